"""Leaky integrate-and-fire cell with exponentially decaying synaptic currents."""

from unisono.models.cells.common import LEAKY, synaptic
from unisono.models.cells.model import CellModel, Receptor

#: dv/dt = (v_rest - v)/tau_m + (isyn_exc + isyn_inh + i_offset + i_inj)/cm
#: disyn/dt = -isyn/tau_syn; a spike adds its weight (nA) to isyn.
#: Inhibitory weights are negative.
#: Source: PyNN's IF_curr_exp; Brette et al. (2007), J Comput Neurosci 23, appendix 2, benchmark 2.
IF_CURR_EXP = CellModel(
    name="IF_curr_exp",
    equations="""
        dv/dt = (v_rest - v)/tau_m + (isyn_exc + isyn_inh + i_offset + i_inj)/cm : mV (unless refractory)
        disyn_exc/dt = -isyn_exc/tau_syn_E : nA
        disyn_inh/dt = -isyn_inh/tau_syn_I : nA
    """,
    parameters=LEAKY | synaptic(5.0, 5.0),
    initial={"v": -65.0, "isyn_exc": 0.0, "isyn_inh": 0.0},
    receptors={
        "excitatory": Receptor("isyn_exc", sign=+1),
        "inhibitory": Receptor("isyn_inh", sign=-1),
    },
    recordable=("v", "isyn_exc", "isyn_inh"),
    source="PyNN 0.13, IF_curr_exp",
)
