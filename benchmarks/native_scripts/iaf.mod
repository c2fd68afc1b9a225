: Leaky integrate-and-fire cell with exponential synaptic currents, advanced exactly over a step.
NEURON {
    POINT_PROCESS HandWrittenIaf
    RANGE tau_m, cm, v_rest, v_reset, v_thresh, tau_exc, tau_inh, held_steps, potential, spike
}
PARAMETER {
    tau_m = 20
    cm = 1
    v_rest = -65
    v_reset = -65
    v_thresh = -50
    tau_exc = 5
    tau_inh = 5
    held_steps = 1
}
ASSIGNED {
    dt
    potential
    spike
    exc
    inh
    held
    keep_m
    keep_exc
    keep_inh
    gain_exc
    gain_inh
}
INITIAL {
    exc = 0
    inh = 0
    held = 0
    spike = 0
    keep_m = exp(-dt/tau_m)
    keep_exc = exp(-dt/tau_exc)
    keep_inh = exp(-dt/tau_inh)
    gain_exc = tau_exc*tau_m/(cm*(tau_exc - tau_m))*(keep_exc - keep_m)
    gain_inh = tau_inh*tau_m/(cm*(tau_inh - tau_m))*(keep_inh - keep_m)
}
BREAKPOINT {
    SOLVE advance
}
PROCEDURE advance() {
    spike = 0
    if (held > 0) {
        held = held - 1
    } else {
        potential = v_rest + (potential - v_rest)*keep_m + gain_exc*exc + gain_inh*inh
        if (potential >= v_thresh) {
            potential = v_reset
            held = held_steps
            spike = 1
        }
    }
    exc = exc*keep_exc
    inh = inh*keep_inh
}
NET_RECEIVE(weight) {
    if (weight >= 0) {
        exc = exc + weight
    } else {
        inh = inh + weight
    }
}
