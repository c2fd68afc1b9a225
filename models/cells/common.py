"""Parameters that several integrate-and-fire cells share, with PyNN 0.13's defaults."""

from unisono.models.dynamics.model import Parameter

LEAKY = {
    "v_rest": Parameter(-65.0, "mV", "resting membrane potential"),
    "cm": Parameter(1.0, "nF", "membrane capacitance", positive=True),
    "tau_m": Parameter(20.0, "ms", "membrane time constant", positive=True),
    "tau_refrac": Parameter(0.1, "ms", "duration of the refractory period"),
    "i_offset": Parameter(0.0, "nA", "constant current"),
    "v_reset": Parameter(-65.0, "mV", "potential after a spike"),
    "v_thresh": Parameter(-50.0, "mV", "spike threshold"),
}


def synaptic(tau_exc: float, tau_inh: float) -> dict[str, Parameter]:
    """The two synaptic time constants with their defaults in ms."""
    return {
        "tau_syn_E": Parameter(tau_exc, "ms", "time constant of excitatory synapses", positive=True),
        "tau_syn_I": Parameter(tau_inh, "ms", "time constant of inhibitory synapses", positive=True),
    }


REVERSAL = {
    "e_rev_E": Parameter(0.0, "mV", "reversal potential of excitation"),
    "e_rev_I": Parameter(-70.0, "mV", "reversal potential of inhibition"),
}

#: Adaptive exponential cell: Brette & Gerstner (2005), J Neurophysiol 94:3637-3642, with PyNN's defaults.
ADAPTIVE_EXPONENTIAL = {
    "cm": Parameter(0.281, "nF", "membrane capacitance", positive=True),
    "tau_refrac": Parameter(0.1, "ms", "duration of the refractory period"),
    "v_spike": Parameter(-40.0, "mV", "spike detection threshold"),
    "v_reset": Parameter(-70.6, "mV", "potential after a spike"),
    "v_rest": Parameter(-70.6, "mV", "resting membrane potential"),
    "tau_m": Parameter(9.3667, "ms", "membrane time constant", positive=True),
    "i_offset": Parameter(0.0, "nA", "constant current"),
    "a": Parameter(4.0, "nS", "subthreshold adaptation conductance"),
    "b": Parameter(0.0805, "nA", "adaptation current that a spike adds"),
    "delta_T": Parameter(2.0, "mV", "slope factor", positive=True),
    "tau_w": Parameter(144.0, "ms", "time constant of adaptation", positive=True),
    "v_thresh": Parameter(-50.4, "mV", "potential at which a spike begins"),
}

REVERSAL_ADAPTIVE = {
    "e_rev_E": Parameter(0.0, "mV", "reversal potential of excitation"),
    "e_rev_I": Parameter(-80.0, "mV", "reversal potential of inhibition"),
}
