"""Leaky integrate-and-fire cell with alpha-function synaptic conductances."""

from unisono.models.cells.common import LEAKY, REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Receptor

#: dv/dt = (v_rest - v)/tau_m
#:         + (gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) + i_offset + i_inj)/cm
#: dgsyn/dt = (e*x - gsyn)/tau_syn, dx/dt = -x/tau_syn; a spike adds its weight to x,
#: so that the weight (uS) is the peak of the conductance.
#: Source: PyNN's IF_cond_alpha; Rotter & Diesmann (1999), Biol Cybern 81, eq. 22 (alpha function).
IF_COND_ALPHA = CellModel(
    name="IF_cond_alpha",
    equations="""
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        dv/dt = (v_rest - v)/tau_m + (i_syn + i_offset + i_inj)/cm : mV (unless refractory)
        dgsyn_exc/dt = (exp(1)*x_exc - gsyn_exc)/tau_syn_E : uS
        dgsyn_inh/dt = (exp(1)*x_inh - gsyn_inh)/tau_syn_I : uS
        dx_exc/dt = -x_exc/tau_syn_E : uS
        dx_inh/dt = -x_inh/tau_syn_I : uS
    """,
    parameters=LEAKY | synaptic(0.3, 0.5) | REVERSAL,
    initial={"v": -65.0, "gsyn_exc": 0.0, "gsyn_inh": 0.0, "x_exc": 0.0, "x_inh": 0.0},
    receptors={
        "excitatory": Receptor("x_exc", sign=+1),
        "inhibitory": Receptor("x_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="PyNN 0.13, IF_cond_alpha",
)
