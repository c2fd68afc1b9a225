"""Single-compartment Hodgkin-Huxley cell with the rates of Traub & Miles and exponential synaptic conductances."""

from unisono.models.cells.common import synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: cm dv/dt = gbar_Na m^3 h (e_rev_Na - v) + gbar_K n^4 (e_rev_K - v) + g_leak (e_rev_leak - v) + i,
#: dm/dt = alpha_m (1 - m) - beta_m m, and so h and n. With x = v - v_offset in mV, rates in 1/ms:
#:   alpha_m = 0.32 (13 - x)/(exp((13 - x)/4) - 1),  beta_m = 0.28 (x - 40)/(exp((x - 40)/5) - 1),
#:   alpha_h = 0.128 exp((17 - x)/18),               beta_h = 4/(1 + exp((40 - x)/5)),
#:   alpha_n = 0.032 (15 - x)/(exp((15 - x)/5) - 1), beta_n = 0.5 exp((10 - x)/40).
#: y/(exp(y/k) - 1) is written k/exprel(y/k), which has a value at y = 0.
#: Source: Traub & Miles (1991), Neuronal Networks of the Hippocampus, as in Brette et al. (2007), J Comput
#: Neurosci 23, appendix 2, benchmark 3; defaults and initial values of PyNN's HH_cond_exp.
#:
#: A spike is a step in which v rises to v_thresh, which PyNN does not name. Its backends differ: NEURON's counts
#: upward crossings of 10 mV, NEST's maxima above v_offset + 30 mV (late by the rest of the upstroke), Brian2's
#: every step above -40 mV. 10 mV is the one that stands for a crossing, and lies on the steep upstroke.
HH_COND_EXP = CellModel(
    name="HH_cond_exp",
    equations="""
        x = v - v_offset : mV
        alpha_m = 1.28/ms/exprel((13*mV - x)/(4*mV)) : 1/ms
        beta_m = 1.4/ms/exprel((x - 40*mV)/(5*mV)) : 1/ms
        alpha_h = 0.128/ms*exp((17*mV - x)/(18*mV)) : 1/ms
        beta_h = 4/ms/(1 + exp((40*mV - x)/(5*mV))) : 1/ms
        alpha_n = 0.16/ms/exprel((15*mV - x)/(5*mV)) : 1/ms
        beta_n = 0.5/ms*exp((10*mV - x)/(40*mV)) : 1/ms
        i_ion = gbar_Na*m**3*h*(e_rev_Na - v) + gbar_K*n**4*(e_rev_K - v) + g_leak*(e_rev_leak - v) : nA
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        dv/dt = (i_ion + i_syn + i_offset + i_inj)/cm : mV
        dm/dt = alpha_m*(1 - m) - beta_m*m : 1
        dh/dt = alpha_h*(1 - h) - beta_h*h : 1
        dn/dt = alpha_n*(1 - n) - beta_n*n : 1
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    reset="",
    refractory="",
    parameters={
        "gbar_Na": Parameter(20.0, "uS", "largest sodium conductance"),
        "gbar_K": Parameter(6.0, "uS", "largest potassium conductance"),
        "g_leak": Parameter(0.01, "uS", "leak conductance"),
        "cm": Parameter(0.2, "nF", "membrane capacitance", positive=True),
        "v_offset": Parameter(-63.0, "mV", "potential from which the rates are counted"),
        "e_rev_Na": Parameter(50.0, "mV", "reversal potential of sodium"),
        "e_rev_K": Parameter(-90.0, "mV", "reversal potential of potassium"),
        "e_rev_leak": Parameter(-65.0, "mV", "reversal potential of the leak"),
        "e_rev_E": Parameter(0.0, "mV", "reversal potential of excitation"),
        "e_rev_I": Parameter(-80.0, "mV", "reversal potential of inhibition"),
        **synaptic(0.2, 2.0),
        "i_offset": Parameter(0.0, "nA", "constant current"),
        "v_thresh": Parameter(10.0, "mV", "potential whose upward crossing is a spike; not in PyNN"),
    },
    initial={"v": -65.0, "h": 1.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh", "m", "h", "n"),
    conductance_based=True,
    source="Traub & Miles (1991); Brette et al. (2007), J Comput Neurosci 23; PyNN 0.13, HH_cond_exp",
    time_step=(0.01, 0.05),
)
