"""Facilitation and depression of a single release site."""

from unisono.models.synapses.common import CONSTANT_WEIGHT, DRAW, SHORT_TERM, happens
from unisono.models.synapses.model import SynapseModel

#: The site is full (``full`` = 1) or empty. A full one releases what it has with the probability ``u``; an empty one is
#: still empty after a time with the probability ``exp(-t/tau_rec)``, which is what is left of ``empty``.
STOCHASTIC_TSODYKS_MARKRAM_SYNAPSE = SynapseModel(
    "StochasticTsodyksMarkramSynapse",
    CONSTANT_WEIGHT | SHORT_TERM,
    """
        dseed/dt = 0 : 1
        dfull/dt = 0 : 1
        dempty/dt = -empty/tau_rec : 1
        du/dt = -u/max(tau_facil, 1e-30*ms) : 1
    """,
    initial={"full": 1.0, "empty": 1.0},
    on_pre=f"""
        u += U*(1 - u)
        {DRAW}
        full = max(full, 1 - {happens("empty")})
        empty = 1
        {DRAW}
        released = full*{happens("u")} : 1
        full -= released
    """,
    send="weight*released",
    random=("seed",),
    source="PyNN 0.13; Fuhrmann, Segev, Markram & Tsodyks (2002), J Neurophysiol 87:140, with one site",
)
