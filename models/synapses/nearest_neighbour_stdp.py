"""Plasticity by pairs of neighbouring spikes."""

from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel
from unisono.models.synapses.spike_pair_rule import PAIR

#: Each spike pairs with the last one of the other side alone: it sets its trace to 1.
NEAREST_NEIGHBOUR_STDP = SynapseModel(
    "NearestNeighbourSTDP",
    PAIR | BOUNDS,
    STATE_OF_WEIGHT,
    pre="dx/dt = -x/tau_plus : 1; x = 1",
    post="dy/dt = -y/tau_minus : 1; y = 1",
    on_post="weight = min(weight + A_plus*w_max*x, w_max)",
    on_pre="weight = max(weight - A_minus*w_max*y, w_min)",
    source="Morrison, Diesmann & Gerstner (2008), Biol Cybern 98:459, fig. 7A (symmetric), additive steps",
)
