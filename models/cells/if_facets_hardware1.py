"""Leaky integrate-and-fire cell with conductances as the FACETS hardware, stage 1, has it."""

from unisono.models.cells.common import synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: As IF_cond_exp with a leak conductance g_leak (nS). The chip fixes cm to 0.2 nF, e_rev_E to 0 mV and the
#: refractory period to 1 ms: the first two stand in the equation; the last is a parameter, which PyNN lacks,
#: because a refractory period is one.
#: Source: PyNN 0.13, IF_facets_hardware1 (docstring).
IF_FACETS_HARDWARE1 = CellModel(
    name="IF_facets_hardware1",
    equations="""
        i_syn = gsyn_exc*(0*mV - v) + gsyn_inh*(e_rev_I - v) : nA
        dv/dt = (0.001*uS/nS*g_leak*(v_rest - v) + i_syn + i_inj)/(0.2*nF) : mV (unless refractory)
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    parameters={
        "g_leak": Parameter(40.0, "nS", "leak conductance", positive=True),
        **synaptic(30.0, 30.0),
        "v_reset": Parameter(-80.0, "mV", "potential after a spike"),
        "e_rev_I": Parameter(-80.0, "mV", "reversal potential of inhibition"),
        "v_rest": Parameter(-65.0, "mV", "resting membrane potential"),
        "v_thresh": Parameter(-55.0, "mV", "spike threshold"),
        "tau_refrac": Parameter(1.0, "ms", "duration of the refractory period; not in PyNN"),
    },
    initial={"v": -65.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="PyNN 0.13, IF_facets_hardware1",
)
