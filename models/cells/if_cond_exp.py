"""Leaky integrate-and-fire cell with exponentially decaying synaptic conductances."""

from unisono.models.cells.common import LEAKY, REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Receptor

#: dv/dt = (v_rest - v)/tau_m
#:         + (gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) + i_offset + i_inj)/cm
#: dgsyn/dt = -gsyn/tau_syn; a spike adds its weight (uS) to gsyn.
#: Source: PyNN's IF_cond_exp; Brette et al. (2007), J Comput Neurosci 23, appendix 2, benchmark 1.
IF_COND_EXP = CellModel(
    name="IF_cond_exp",
    equations="""
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        dv/dt = (v_rest - v)/tau_m + (i_syn + i_offset + i_inj)/cm : mV (unless refractory)
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    parameters=LEAKY | synaptic(5.0, 5.0) | REVERSAL,
    initial={"v": -65.0, "gsyn_exc": 0.0, "gsyn_inh": 0.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="PyNN 0.13, IF_cond_exp",
)
