"""Receptors whose spikes cause a current (nA), or move the potential (mV)."""

from unisono.models.receptors.common import RISE_AND_DECAY, TAU, alpha, beta, exponential
from unisono.models.receptors.model import ReceptorModel

CURR_EXP = ReceptorModel(
    "CurrExp",
    TAU,
    exponential("isyn", "nA"),
    current="isyn",
    state="isyn",
    recordable=("isyn",),
    source="PyNN 0.13, CurrExpPostSynapticResponse",
)

CURR_ALPHA = ReceptorModel(
    "CurrAlpha",
    TAU,
    alpha("isyn", "nA"),
    current="isyn",
    state="x",
    recordable=("isyn",),
    source="Rotter & Diesmann (1999), Biol Cybern 81, eq. 22",
)

CURR_BETA = ReceptorModel(
    "CurrBeta",
    RISE_AND_DECAY,
    beta("isyn", "nA"),
    current="isyn",
    state="x",
    recordable=("isyn",),
    source="Dayan & Abbott (2001), section 5.8",
)

DELTA = ReceptorModel("Delta", source="Brunel (2000), J Comput Neurosci 8, eq. 2")
