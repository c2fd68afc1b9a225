"""Plasticity by triplets of spikes."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: Two traces on each side; the slow ones are read as they were before the spike. The defaults are the minimal set that
#: fits the visual cortex, all pairs and triplets (table 4 of the source: A2_minus, A3_plus and their time constants).
TRIPLET_STDP = SynapseModel(
    "TripletSTDP",
    {
        "tau_plus": Parameter(16.8, "ms", "fast time constant of the source", positive=True),
        "tau_x": Parameter(101.0, "ms", "slow time constant of the source", positive=True),
        "tau_minus": Parameter(33.7, "ms", "fast time constant of the target", positive=True),
        "tau_y": Parameter(114.0, "ms", "slow time constant of the target", positive=True),
        "A2_plus": Parameter(0.0, "1", "potentiation by pairs, as a part of w_max"),
        "A3_plus": Parameter(6.5e-3, "1", "potentiation by triplets, as a part of w_max"),
        "A2_minus": Parameter(7.1e-3, "1", "depression by pairs, as a part of w_max"),
        "A3_minus": Parameter(0.0, "1", "depression by triplets, as a part of w_max"),
    }
    | BOUNDS,
    STATE_OF_WEIGHT,
    pre="dr1/dt = -r1/tau_plus : 1; dr2/dt = -r2/tau_x : 1; r1 += 1; r2 += 1",
    post="do1/dt = -o1/tau_minus : 1; do2/dt = -o2/tau_y : 1; o1 += 1; o2 += 1",
    on_pre="weight = max(weight - w_max*o1*(A2_minus + A3_minus*r2), w_min)",
    on_post="weight = min(weight + w_max*r1*(A2_plus + A3_plus*o2), w_max)",
    source="Pfister & Gerstner (2006), J Neurosci 26:9673, eqs. 3-4",
)
