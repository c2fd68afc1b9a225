"""Receptors whose spikes cause a conductance (uS)."""

from unisono.models.receptors.common import REVERSAL, RISE_AND_DECAY, TAU, alpha, beta, exponential
from unisono.models.receptors.model import ReceptorModel

OHMIC = "gsyn*(e_syn - v)"

COND_EXP = ReceptorModel(
    "CondExp",
    REVERSAL | TAU,
    exponential("gsyn", "uS"),
    current=OHMIC,
    state="gsyn",
    sign=+1,
    recordable=("gsyn",),
    conductance_based=True,
    source="PyNN 0.13, CondExpPostSynapticResponse",
)

COND_ALPHA = ReceptorModel(
    "CondAlpha",
    REVERSAL | TAU,
    alpha("gsyn", "uS"),
    current=OHMIC,
    state="x",
    sign=+1,
    recordable=("gsyn",),
    conductance_based=True,
    source="PyNN 0.13, CondAlphaPostSynapticResponse; Rotter & Diesmann (1999), Biol Cybern 81, eq. 22",
)

COND_BETA = ReceptorModel(
    "CondBeta",
    REVERSAL | RISE_AND_DECAY,
    beta("gsyn", "uS"),
    current=OHMIC,
    state="x",
    sign=+1,
    recordable=("gsyn",),
    conductance_based=True,
    source="PyNN 0.13, CondBetaPostSynapticResponse; Dayan & Abbott (2001), section 5.8",
)
