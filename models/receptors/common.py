"""Parameters and time courses that several receptors share.

In all of them a spike's weight is the peak of what it causes.
"""

from unisono.models.dynamics.model import Parameter

TAU = {"tau_syn": Parameter(5.0, "ms", "time constant", positive=True)}

RISE_AND_DECAY = {
    "tau_rise": Parameter(0.2, "ms", "time constant of the rise", positive=True),
    "tau_decay": Parameter(1.7, "ms", "time constant of the decay; not that of the rise", positive=True),
}

REVERSAL = {"e_syn": Parameter(0.0, "mV", "reversal potential")}


def exponential(state: str, unit: str) -> str:
    """exp(-t/tau_syn)."""
    return f"d{state}/dt = -{state}/tau_syn : {unit}"


def alpha(state: str, unit: str) -> str:
    """(t/tau_syn) exp(1 - t/tau_syn): Rotter & Diesmann (1999), Biol Cybern 81, eq. 22, as a cascade."""
    return f"""
        d{state}/dt = (exp(1)*x - {state})/tau_syn : {unit}
        dx/dt = -x/tau_syn : {unit}
    """


def beta(state: str, unit: str) -> str:
    """exp(-t/tau_decay) - exp(-t/tau_rise), scaled to a peak of 1, as a cascade.

    Dayan & Abbott (2001), Theoretical Neuroscience, section 5.8. From x = 1 the cascade gives
    k tau_rise/(tau_decay - tau_rise) times that difference, which is largest at
    t = tau_decay tau_rise/(tau_decay - tau_rise) ln r with r = tau_decay/tau_rise; the peak is
    k r^(-tau_decay/(tau_decay - tau_rise)), and so k is the inverse of that power. With equal time constants
    k has no value: that is the alpha function.
    """
    return f"""
        k = exp(log(tau_decay/tau_rise)*tau_decay/(tau_decay - tau_rise)) : 1
        d{state}/dt = (k*x - {state})/tau_decay : {unit}
        dx/dt = -x/tau_rise : {unit}
    """
