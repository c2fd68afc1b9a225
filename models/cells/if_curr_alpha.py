"""Leaky integrate-and-fire cell with alpha-function synaptic currents."""

from unisono.models.cells.common import LEAKY, synaptic
from unisono.models.cells.model import CellModel, Receptor

#: dv/dt = (v_rest - v)/tau_m + (isyn_exc + isyn_inh + i_offset + i_inj)/cm
#: disyn/dt = (e*x - isyn)/tau_syn, dx/dt = -x/tau_syn; a spike adds its weight to x,
#: so that isyn(t) = weight * (t/tau_syn) * exp(1 - t/tau_syn): the weight (nA) is the peak.
#: Inhibitory weights are negative.
#: Source: PyNN's IF_curr_alpha; Rotter & Diesmann (1999), Biol Cybern 81, eq. 22 (alpha function).
IF_CURR_ALPHA = CellModel(
    name="IF_curr_alpha",
    equations="""
        dv/dt = (v_rest - v)/tau_m + (isyn_exc + isyn_inh + i_offset + i_inj)/cm : mV (unless refractory)
        disyn_exc/dt = (exp(1)*x_exc - isyn_exc)/tau_syn_E : nA
        disyn_inh/dt = (exp(1)*x_inh - isyn_inh)/tau_syn_I : nA
        dx_exc/dt = -x_exc/tau_syn_E : nA
        dx_inh/dt = -x_inh/tau_syn_I : nA
    """,
    parameters=LEAKY | synaptic(0.5, 0.5),
    initial={"v": -65.0, "isyn_exc": 0.0, "isyn_inh": 0.0, "x_exc": 0.0, "x_inh": 0.0},
    receptors={
        "excitatory": Receptor("x_exc", sign=+1),
        "inhibitory": Receptor("x_inh", sign=-1),
    },
    recordable=("v", "isyn_exc", "isyn_inh"),
    source="PyNN 0.13, IF_curr_alpha",
)
