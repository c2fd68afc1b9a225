"""A synapse with a constant weight."""

from unisono.models.synapses.common import CONSTANT_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: Each spike delivers the weight.
STATIC_SYNAPSE = SynapseModel("StaticSynapse", CONSTANT_WEIGHT, send="weight", source="PyNN 0.13, StaticSynapse")
