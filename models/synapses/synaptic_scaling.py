"""Homeostasis: synapses are scaled so that the target comes to fire at one rate."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: ``r`` counts the spikes of the target in its last ``tau_rate``. Each spike of the source changes the weight in
#: proportion to itself, so that the weights of a cell keep their ratios.
SYNAPTIC_SCALING = SynapseModel(
    "SynapticScaling",
    {
        "tau_rate": Parameter(1000.0, "ms", "time over which the rate of the target is taken", positive=True),
        "rho": Parameter(5.0, "Hz", "rate of the target that is aimed at"),
        "eta": Parameter(1e-3, "1", "part of the weight by which a spike too few or too many changes it"),
    }
    | BOUNDS,
    STATE_OF_WEIGHT,
    post="dr/dt = -r/tau_rate : 1; r += 1",
    on_pre="weight = min(max(weight*(1 + eta*((rho/Hz)*(tau_rate/ms)/1000 - r)), w_min), w_max)",
    source="Turrigiano, Leslie, Desai, Rutherford & Nelson (1998), Nature 391:892; van Rossum, Bi & Turrigiano (2000), "
    "J Neurosci 20:8812, eq. 6, at the spikes of the source",
)
