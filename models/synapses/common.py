"""What synapse models share."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.model import RECEPTOR

#: PyNN's weight, as a parameter that no spike changes.
CONSTANT_WEIGHT = {"weight": Parameter(0.0, RECEPTOR, "what a spike adds to the receptor's state")}
