"""Synaptic receptors, to be put on a membrane in any number."""

from unisono.models.receptors.conductances import COND_ALPHA, COND_BETA, COND_EXP
from unisono.models.receptors.currents import CURR_ALPHA, CURR_BETA, CURR_EXP, DELTA
from unisono.models.receptors.model import ReceptorModel as ReceptorModel
from unisono.models.receptors.transmitters import AMPA, GABA_A, GABA_B, NMDA

RECEPTORS: dict[str, ReceptorModel] = {
    model.name: model
    for model in (
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
}
