"""The synapse models, by their PyNN names."""

from unisono.models.registry import Registry, registry
from unisono.models.synapses.model import SynapseModel as SynapseModel
from unisono.models.synapses.simple_stochastic_synapse import SIMPLE_STOCHASTIC_SYNAPSE
from unisono.models.synapses.static_synapse import STATIC_SYNAPSE
from unisono.models.synapses.stochastic_tsodyks_markram_synapse import STOCHASTIC_TSODYKS_MARKRAM_SYNAPSE
from unisono.models.synapses.tsodyks_markram_synapse import TSODYKS_MARKRAM_SYNAPSE

SYNAPSES: Registry[SynapseModel] = registry(
    "synapse model",
    STATIC_SYNAPSE,
    TSODYKS_MARKRAM_SYNAPSE,
    SIMPLE_STOCHASTIC_SYNAPSE,
    STOCHASTIC_TSODYKS_MARKRAM_SYNAPSE,
)
