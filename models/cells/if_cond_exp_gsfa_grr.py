"""Leaky integrate-and-fire cell with adaptation and a relative refractory period, both as conductances."""

from unisono.models.cells.common import LEAKY, REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: As IF_cond_exp, with two conductances (nS) more that jump by q_sfa and q_rr at each spike of the cell and
#: decay; 0.001 uS are a nS. PyNN calls them g_s and g_r.
#: After a spike the relative refractory conductance makes the membrane as fast as cm/q_rr = 0.33 ms: hence the
#: time step.
#: Source: Muller et al. (2007), Neural Comput 19:2958-3010, section 2 (the conductance-based neuron of the 5DME);
#: defaults of PyNN's IF_cond_exp_gsfa_grr.
IF_COND_EXP_GSFA_GRR = CellModel(
    name="IF_cond_exp_gsfa_grr",
    equations="""
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        i_adaptation = 0.001*uS/nS*(g_s*(e_rev_sfa - v) + g_r*(e_rev_rr - v)) : nA
        dv/dt = (v_rest - v)/tau_m + (i_syn + i_adaptation + i_offset + i_inj)/cm : mV (unless refractory)
        dg_s/dt = -g_s/tau_sfa : nS
        dg_r/dt = -g_r/tau_rr : nS
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    reset="v = v_reset; g_s += q_sfa; g_r += q_rr",
    parameters=LEAKY
    | synaptic(5.0, 5.0)
    | REVERSAL
    | {
        "tau_sfa": Parameter(100.0, "ms", "time constant of adaptation", positive=True),
        "e_rev_sfa": Parameter(-75.0, "mV", "reversal potential of adaptation"),
        "q_sfa": Parameter(15.0, "nS", "adaptation conductance that a spike adds"),
        "tau_rr": Parameter(2.0, "ms", "time constant of the relative refractory conductance", positive=True),
        "e_rev_rr": Parameter(-75.0, "mV", "reversal potential of the relative refractory conductance"),
        "q_rr": Parameter(3000.0, "nS", "relative refractory conductance that a spike adds"),
    },
    initial={"v": -65.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "g_r", "g_s", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="Muller et al. (2007), Neural Comput 19:2958; PyNN 0.13, IF_cond_exp_gsfa_grr",
    time_step=(0.025, 0.1),
)
