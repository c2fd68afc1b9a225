"""The synapse models, by their PyNN names."""

from unisono.models.registry import Registry, registry
from unisono.models.synapses.model import SynapseModel as SynapseModel
from unisono.models.synapses.static_synapse import STATIC_SYNAPSE

SYNAPSES: Registry[SynapseModel] = registry("synapse model", STATIC_SYNAPSE)
