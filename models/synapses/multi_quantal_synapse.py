"""Facilitation and depression of several release sites."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import CHANCE, CONSTANT_WEIGHT, DRAW, SHORT_TERM
from unisono.models.synapses.model import SynapseModel

#: Of the ``n`` sites ``a`` are full. Each full one releases with the probability ``u``; each empty one is still empty
#: after a time with the probability ``exp(-t/tau_rec)``, which is what is left of ``empty``.
MULTI_QUANTAL_SYNAPSE = SynapseModel(
    "MultiQuantalSynapse",
    CONSTANT_WEIGHT
    | {"n": Parameter(1.0, "1", "number of release sites, at most 1000", positive=True, whole=True)}
    | SHORT_TERM
    | {"tau_rec": Parameter(800.0, "ms", "time constant of recovery", positive=True)},
    """
        dseed/dt = 0 : 1
        da/dt = 0 : 1
        dempty/dt = -empty/tau_rec : 1
        du/dt = -u/max(tau_facil, 1e-30*ms) : 1
    """,
    initial={"empty": 1.0},
    initially={"a": "n"},
    on_pre=f"""
        u += U*(1 - u)
        {DRAW}
        a += binomial(n - a, 1 - empty, {CHANCE})
        empty = 1
        {DRAW}
        released = binomial(a, u, {CHANCE}) : 1
        a -= released
    """,
    send="weight*released/n",
    random=("seed",),
    source="PyNN 0.13; Fuhrmann, Segev, Markram & Tsodyks (2002), J Neurophysiol 87:140; Loebel et al. (2009), "
    "Front Comput Neurosci 3:27",
)
