"""Facilitation and depression."""

from unisono.models.synapses.common import CONSTANT_WEIGHT, SHORT_TERM, TARGET_TIME_CONSTANT
from unisono.models.synapses.model import SynapseModel

#: A part ``u`` of what is available, ``x``, is released by each spike; it is active as long as the current lasts
#: (``y``), then recovers. ``u`` grows with each spike. A time constant of 0 means: at once.
TSODYKS_MARKRAM_SYNAPSE = SynapseModel(
    "TsodyksMarkramSynapse",
    CONSTANT_WEIGHT | SHORT_TERM | TARGET_TIME_CONSTANT,
    """
        dx/dt = (1 - x - y)/tau_rec : 1
        dy/dt = -y/tau_psc : 1
        du/dt = -u/max(tau_facil, 1e-30*ms) : 1
    """,
    initial={"x": 1.0},
    on_pre="""
        u += U*(1 - u)
        released = u*x : 1
        x -= released
        y += released
    """,
    send="weight*released",
    source="PyNN 0.13; Tsodyks, Uziel & Markram (2000), J Neurosci 20:RC50, eqs. 1-4",
)
