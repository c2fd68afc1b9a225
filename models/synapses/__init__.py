"""The synapse models, by their PyNN names."""

from unisono.models.registry import Registry, registry
from unisono.models.synapses.bcm_synapse import BCM_SYNAPSE
from unisono.models.synapses.clopath_stdp import CLOPATH_STDP
from unisono.models.synapses.dopamine_stdp import DOPAMINE_STDP
from unisono.models.synapses.model import SynapseModel as SynapseModel
from unisono.models.synapses.multi_quantal_synapse import MULTI_QUANTAL_SYNAPSE
from unisono.models.synapses.nearest_neighbour_stdp import NEAREST_NEIGHBOUR_STDP
from unisono.models.synapses.simple_stochastic_synapse import SIMPLE_STOCHASTIC_SYNAPSE
from unisono.models.synapses.spike_pair_rule import (
    SPIKE_PAIR_ADDITIVE,
    SPIKE_PAIR_ADDITIVE_MULTIPLICATIVE,
    SPIKE_PAIR_GUTIG,
    SPIKE_PAIR_MULTIPLICATIVE,
)
from unisono.models.synapses.static_synapse import STATIC_SYNAPSE
from unisono.models.synapses.stochastic_tsodyks_markram_synapse import STOCHASTIC_TSODYKS_MARKRAM_SYNAPSE
from unisono.models.synapses.synaptic_scaling import SYNAPTIC_SCALING
from unisono.models.synapses.triplet_stdp import TRIPLET_STDP
from unisono.models.synapses.tsodyks_markram_synapse import TSODYKS_MARKRAM_SYNAPSE
from unisono.models.synapses.vogels_2011_rule import VOGELS_2011

SYNAPSES: Registry[SynapseModel] = registry(
    "synapse model",
    STATIC_SYNAPSE,
    TSODYKS_MARKRAM_SYNAPSE,
    SIMPLE_STOCHASTIC_SYNAPSE,
    STOCHASTIC_TSODYKS_MARKRAM_SYNAPSE,
    MULTI_QUANTAL_SYNAPSE,
    SPIKE_PAIR_ADDITIVE,
    SPIKE_PAIR_MULTIPLICATIVE,
    SPIKE_PAIR_ADDITIVE_MULTIPLICATIVE,
    SPIKE_PAIR_GUTIG,
    VOGELS_2011,
    TRIPLET_STDP,
    NEAREST_NEIGHBOUR_STDP,
    BCM_SYNAPSE,
    SYNAPTIC_SCALING,
    DOPAMINE_STDP,
    CLOPATH_STDP,
)
