"""Synapse models as text: what no simulator runs yet and plasticity will need, and what most run."""

from __future__ import annotations

from dataclasses import replace

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.common import CONSTANT_WEIGHT


def ms(value: float) -> Parameter:
    return Parameter(value, "ms", positive=True)


def number(value: float) -> Parameter:
    return Parameter(value, "1")


def limit(value: float) -> Parameter:
    return Parameter(value, "receptor")


#: Pair STDP with additive steps: Song, Miller & Abbott (2000), Nat Neurosci 3:919, as plasticity needs to write it.
PAIR_STDP = SynapseModel(
    "PairSTDP",
    {
        "tau_plus": ms(20.0),
        "tau_minus": ms(20.0),
        "A_plus": number(0.01),
        "A_minus": number(0.012),
        "w_max": limit(0.1),
    },
    "dweight/dt = 0 : receptor",
    pre="dx/dt = -x/tau_plus : 1; x += 1",
    post="dy/dt = -y/tau_minus : 1; y += 1",
    on_pre="weight = max(weight - A_minus*w_max*y, 0)",
    on_post="weight = min(weight + A_plus*w_max*x, w_max)",
)

#: Guetig et al. (2003), J Neurosci 23:3697.
GUETIG = replace(
    PAIR_STDP,
    name="Guetig",
    parameters={**PAIR_STDP.parameters, "mu": number(0.4)},
    on_pre="weight = max(weight - A_minus*w_max*(weight/w_max)**mu*y, 0)",
    on_post="weight = min(weight + A_plus*w_max*(1 - weight/w_max)**mu*x, w_max)",
)

#: Pfister & Gerstner (2006), J Neurosci 26:9673: two traces a side.
TRIPLET = SynapseModel(
    "Triplet",
    {f"tau_{n}": ms(20.0) for n in ("plus", "x", "minus", "y")}
    | {f"A{k}": number(0.01) for k in ("2p", "3p", "2m", "3m")},
    "dweight/dt = 0 : receptor",
    pre="dr1/dt = -r1/tau_plus : 1; dr2/dt = -r2/tau_x : 1; r1 += 1; r2 += 1",
    post="do1/dt = -o1/tau_minus : 1; do2/dt = -o2/tau_y : 1; o1 += 1; o2 += 1",
    on_pre="weight *= 1 - o1*(A2m + A3m*r2)",
    on_post="weight *= 1 + r1*(A2p + A3p*o2)",
)

#: BCM with a threshold that follows the target's rate; nearest pairs (``x = 1``).
BCM = SynapseModel(
    "BCM",
    {"tau": ms(20.0), "tau_theta": ms(1000.0), "eta": limit(1e-4)},
    "dweight/dt = 0 : receptor",
    pre="dx/dt = -x/tau : 1; x = 1",
    post="""
        dy/dt = -y/tau : 1
        dtheta/dt = -theta/tau_theta : 1
        y += 1
        theta += y*y
    """,
    on_post="weight += eta*x*y*(y - theta)",
    initial={"theta": 1.0},
)

#: Vogels et al. (2011), Science 334:1569.
VOGELS = SynapseModel(
    "Vogels",
    {"tau": ms(20.0), "rho": Parameter(0.003, "kHz"), "eta": limit(1e-3)},
    "dweight/dt = 0 : receptor",
    pre="dx/dt = -x/tau : 1; x += 1",
    post="dy/dt = -y/tau : 1; y += 1",
    on_pre="weight = max(weight + eta*(y - 2*rho*tau), 0)",
    on_post="weight = max(weight + eta*x, 0)",
)

#: Tsodyks, Uziel & Markram (2000), J Neurosci 20:RC50, eqs. 1-4.
TSODYKS_MARKRAM = SynapseModel(
    "TsodyksMarkram",
    CONSTANT_WEIGHT | {"U": number(0.5), "tau_rec": ms(100.0), "tau_facil": ms(50.0), "tau_psc": ms(5.0)},
    """
        z = 1 - x - y : 1
        dx/dt = z/tau_rec : 1
        dy/dt = -y/tau_psc : 1
        du/dt = -u/tau_facil : 1
    """,
    initial={"x": 1.0},
    on_pre="""
        u += U*(1 - u)
        released = u*x : 1
        x -= released
        y += released
    """,
    send="weight*released",
)

#: A release with the probability p: a Lehmer generator in each synapse, as in the cells that draw random numbers.
BERNOULLI = SynapseModel(
    "Bernoulli",
    CONSTANT_WEIGHT | {"p": number(0.5)},
    "dseed/dt = 0 : 1",
    on_pre="""
        seed = mod(16807*seed, 2147483647)
        bound = p*2147483647 : 1
        released = max(0, min(1, bound - mod(bound, 1) + 1 - seed)) : 1
    """,
    send="weight*released",
    random=("seed",),
)

#: Each spike makes the next ones stronger, for good: a model that spikes of the source alone change.
FACILITATING = SynapseModel(
    "Facilitating",
    CONSTANT_WEIGHT | {"U": number(0.5)},
    "du/dt = 0 : 1",
    on_pre="""
        u += U*(1 - u)
        released = min(u, 0.9) : 1
    """,
    send="weight*released",
)

#: Nothing changes it, though it has more parameters than a weight.
GAIN = SynapseModel(
    "Gain", CONSTANT_WEIGHT | {"gain": number(0.5)}, on_pre="doubled = 2*gain : 1", send="doubled*weight"
)

WRITTEN = (PAIR_STDP, GUETIG, TRIPLET, BCM, VOGELS, TSODYKS_MARKRAM, BERNOULLI, FACILITATING, GAIN)
