"""Pairs of spikes leave an eligibility, which dopamine turns into a change of the weight."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS
from unisono.models.synapses.model import SynapseModel

#: ``c`` is the eligibility, ``n`` the dopamine; a spike of a modulating cell adds so much to it that its integral over
#: all time grows by 1. Both decay, and so does their product ``cn``, so that the weight has a closed form between
#: spikes. It is bounded at every spike.
_BOUNDED = "cn = c*n; weight = min(max(weight, w_min), w_max)"

DOPAMINE_STDP = SynapseModel(
    "DopamineSTDP",
    {
        "tau_plus": Parameter(20.0, "ms", "time constant of the trace of the source's spikes", positive=True),
        "tau_minus": Parameter(20.0, "ms", "time constant of the trace of the target's spikes", positive=True),
        "A_plus": Parameter(0.01, "1", "part of w_max that the eligibility gains, source before target"),
        "A_minus": Parameter(0.015, "1", "part of w_max that the eligibility loses, target before source"),
        "tau_c": Parameter(1000.0, "ms", "time constant of the eligibility", positive=True),
        "tau_n": Parameter(200.0, "ms", "time constant of the dopamine", positive=True),
        "b": Parameter(0.0, "kHz", "dopamine at which the weight rests"),
    }
    | BOUNDS,
    """
        dweight/dt = cn - b*c : receptor
        dc/dt = -c/tau_c : receptor
        dn/dt = -n/tau_n : kHz
        dcn/dt = -cn*(1/tau_c + 1/tau_n) : receptor/ms
    """,
    pre="dx/dt = -x/tau_plus : 1; x += 1",
    post="dy/dt = -y/tau_minus : 1; y += 1",
    on_pre=f"c -= A_minus*w_max*y; {_BOUNDED}",
    on_post=f"c += A_plus*w_max*x; {_BOUNDED}",
    on_modulator=f"n += 1/tau_n; {_BOUNDED}",
    source="Izhikevich (2007), Cereb Cortex 17:2443; Potjans, Morrison & Diesmann (2010), Front Comput Neurosci 4:141",
)
