"""The cell of Hodgkin and Huxley (1952), in densities, with exponential synaptic conductances."""

from unisono.models.cells.common import REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: cm dv/dt = gbar_Na m^3 h (e_rev_Na - v) + gbar_K n^4 (e_rev_K - v) + g_leak (e_rev_leak - v) + i/area,
#: dm/dt = alpha_m (1 - m) - beta_m m, and so h and n. Rates in 1/ms, v in mV:
#:   alpha_m = 0.1 (v + 40)/(1 - exp(-(v + 40)/10)),   beta_m = 4 exp(-(v + 65)/18),
#:   alpha_h = 0.07 exp(-(v + 65)/20),                 beta_h = 1/(1 + exp(-(v + 35)/10)),
#:   alpha_n = 0.01 (v + 55)/(1 - exp(-(v + 55)/10)),  beta_n = 0.125 exp(-(v + 65)/80).
#: y/(1 - exp(-y/k)) is written k/exprel(-y/k), which has a value at y = 0.
#: Currents (nA) and synaptic conductances (uS) act on an area in um2: 1 nA/um2 are 1e5 uA/cm2.
#: Source: Hodgkin & Huxley (1952), J Physiol 117:500-544, eqs. 26, 7, 15, 16 and, at 6.3 °C, 12, 13, 20, 21, 23,
#: 24, with v turned and counted as Dayan & Abbott (2001), Theoretical Neuroscience, eqs. 5.22 and 5.24, do.
#: The default area is 20,000 um2, as in Brette et al. (2007), so 0.2 nF: some 1.5 nA make it fire.
#:
#: A spike is a step in which v rises to v_thresh. The initial values are the steady state at -65 mV.
#: fastest: 1/(alpha_m + beta_m) at e_rev_Na, the smallest of all gates for v between e_rev_K and e_rev_Na.
HH = CellModel(
    name="HH",
    equations="""
        alpha_m = 1/ms/exprel(-(v + 40*mV)/(10*mV)) : 1/ms
        beta_m = 4/ms*exp(-(v + 65*mV)/(18*mV)) : 1/ms
        alpha_h = 0.07/ms*exp(-(v + 65*mV)/(20*mV)) : 1/ms
        beta_h = 1/ms/(1 + exp(-(v + 35*mV)/(10*mV))) : 1/ms
        alpha_n = 0.1/ms/exprel(-(v + 55*mV)/(10*mV)) : 1/ms
        beta_n = 0.125/ms*exp(-(v + 65*mV)/(80*mV)) : 1/ms
        i_Na = gbar_Na*m**3*h*(e_rev_Na - v) : uA/cm2
        i_K = gbar_K*n**4*(e_rev_K - v) : uA/cm2
        i_leak = g_leak*(e_rev_leak - v) : uA/cm2
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        i_in = 1e5*(uA/cm2)/(nA/um2)*(i_syn + i_offset + i_inj)/area : uA/cm2
        dv/dt = (i_Na + i_K + i_leak + i_in)/cm : mV
        dm/dt = alpha_m*(1 - m) - beta_m*m : 1
        dh/dt = alpha_h*(1 - h) - beta_h*h : 1
        dn/dt = alpha_n*(1 - n) - beta_n*n : 1
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    reset="",
    refractory="",
    parameters={
        "gbar_Na": Parameter(120.0, "mS/cm2", "largest sodium conductance"),
        "gbar_K": Parameter(36.0, "mS/cm2", "largest potassium conductance"),
        "g_leak": Parameter(0.3, "mS/cm2", "leak conductance"),
        "cm": Parameter(1.0, "uF/cm2", "membrane capacitance", positive=True),
        "area": Parameter(20000.0, "um2", "membrane area", positive=True),
        "e_rev_Na": Parameter(50.0, "mV", "reversal potential of sodium"),
        "e_rev_K": Parameter(-77.0, "mV", "reversal potential of potassium"),
        "e_rev_leak": Parameter(-54.4, "mV", "reversal potential of the leak"),
        **REVERSAL,
        **synaptic(5.0, 5.0),
        "i_offset": Parameter(0.0, "nA", "constant current"),
        "v_thresh": Parameter(10.0, "mV", "potential whose upward crossing is a spike"),
    },
    initial={"v": -65.0, "m": 0.05293, "h": 0.59612, "n": 0.31768},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh", "m", "h", "n"),
    conductance_based=True,
    source="Hodgkin & Huxley (1952), J Physiol 117:500; Dayan & Abbott (2001), eqs. 5.22, 5.24",
    time_step=(0.01, 0.05),
)
