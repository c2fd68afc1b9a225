: Adaptive exponential integrate-and-fire cell, advanced by the classical Runge-Kutta method.
NEURON {
    POINT_PROCESS HandWrittenAdEx
    RANGE tau_m, cm, v_rest, v_reset, v_thresh, v_spike, delta_T, a, b, tau_w, i_offset, held_steps
    RANGE potential, w, spike
}
PARAMETER {
    tau_m = 9.3667
    cm = 0.281
    v_rest = -70.6
    v_reset = -70.6
    v_thresh = -50.4
    v_spike = -40
    delta_T = 2
    a = 0.004
    b = 0.0805
    tau_w = 144
    i_offset = 0
    held_steps = 1
}
ASSIGNED {
    dt
    potential
    w
    spike
    held
}
INITIAL {
    held = 0
    spike = 0
}
BREAKPOINT {
    SOLVE advance
}
FUNCTION slope_v(x, y) {
    LOCAL c
    c = x
    if (c > v_spike) {
        c = v_spike
    }
    slope_v = (v_rest - c + delta_T*exp((c - v_thresh)/delta_T))/tau_m + (i_offset - y)/cm
    if (held > 0) {
        slope_v = 0
    }
}
FUNCTION slope_w(x, y) {
    LOCAL c
    c = x
    if (c > v_spike) {
        c = v_spike
    }
    slope_w = (a*(c - v_rest) - y)/tau_w
}
PROCEDURE advance() {
    LOCAL p1, p2, p3, p4, q1, q2, q3, q4
    spike = 0
    p1 = dt*slope_v(potential, w)
    q1 = dt*slope_w(potential, w)
    p2 = dt*slope_v(potential + 0.5*p1, w + 0.5*q1)
    q2 = dt*slope_w(potential + 0.5*p1, w + 0.5*q1)
    p3 = dt*slope_v(potential + 0.5*p2, w + 0.5*q2)
    q3 = dt*slope_w(potential + 0.5*p2, w + 0.5*q2)
    p4 = dt*slope_v(potential + p3, w + q3)
    q4 = dt*slope_w(potential + p3, w + q3)
    potential = potential + (p1 + 2*p2 + 2*p3 + p4)/6
    w = w + (q1 + 2*q2 + 2*q3 + q4)/6
    if (held > 0) {
        held = held - 1
    } else if (potential >= v_spike) {
        potential = v_reset
        w = w + b
        held = held_steps
        spike = 1
    }
}
