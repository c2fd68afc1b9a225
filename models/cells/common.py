"""Parameters that several integrate-and-fire cells share, with PyNN 0.13's defaults."""

from unisono.models.equations import Parameter

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
