"""Synaptic receptors, to be put on a membrane in any number."""

from unisono.models.receptors.conductances import COND_ALPHA, COND_BETA, COND_EXP
from unisono.models.receptors.currents import CURR_ALPHA, CURR_BETA, CURR_EXP, DELTA
from unisono.models.receptors.model import ReceptorModel as ReceptorModel
from unisono.models.receptors.transmitters import AMPA, GABA_A, GABA_B, NMDA
from unisono.models.registry import Registry, registry

RECEPTORS: Registry[ReceptorModel] = registry(
    "receptor",
    CURR_EXP,
    CURR_ALPHA,
    CURR_BETA,
    DELTA,
    COND_EXP,
    COND_ALPHA,
    COND_BETA,
    AMPA,
    NMDA,
    GABA_A,
    GABA_B,
)
