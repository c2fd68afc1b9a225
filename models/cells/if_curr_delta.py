"""Leaky integrate-and-fire cell whose potential jumps with every spike that arrives."""

from unisono.models.cells.common import LEAKY
from unisono.models.cells.model import CellModel, Receptor

#: dv/dt = (v_rest - v)/tau_m + (i_offset + i_inj)/cm; a spike adds its weight (mV) to v.
#: Input that arrives in the refractory period is discarded. Inhibitory weights are negative.
#: Source: PyNN's IF_curr_delta; Brunel (2000), J Comput Neurosci 8, eqs. 1-2.
IF_CURR_DELTA = CellModel(
    name="IF_curr_delta",
    equations="""
        dv/dt = (v_rest - v)/tau_m + (i_offset + i_inj)/cm : mV (unless refractory)
    """,
    parameters=LEAKY,
    initial={"v": -65.0},
    receptors={
        "excitatory": Receptor("v", sign=+1, only_when_active=True),
        "inhibitory": Receptor("v", sign=-1, only_when_active=True),
    },
    source="PyNN 0.13, IF_curr_delta",
)
