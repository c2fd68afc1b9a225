"""What synapse models share."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.model import RECEPTOR

#: PyNN's weight, as a parameter that no spike changes.
CONSTANT_WEIGHT = {"weight": Parameter(0.0, RECEPTOR, "what a spike adds to the receptor's state")}

#: PyNN's weight, as a state that spikes alone change, and the bounds that they keep.
STATE_OF_WEIGHT = "dweight/dt = 0 : receptor"
BOUNDS = {
    "w_min": Parameter(0.0, RECEPTOR, "smallest weight"),
    "w_max": Parameter(1.0, RECEPTOR, "largest weight"),
}

#: PyNN's parameters of short-term plasticity.
SHORT_TERM = {
    "U": Parameter(0.5, "1", "part of what is available that a first spike releases"),
    "tau_rec": Parameter(100.0, "ms", "time constant of recovery", positive=True),
    "tau_facil": Parameter(0.0, "ms", "time constant of facilitation; 0: none"),
}

#: The one parameter that no script sets: the time constant of the receptor that the synapse acts on.
TAU_PSC = "tau_psc"
TARGET_TIME_CONSTANT = {TAU_PSC: Parameter(1e-30, "ms", "time constant of the target's receptor", positive=True)}

#: The next number of a Lehmer generator (Park & Miller 1988, Commun ACM 31:1192), exact in double precision.
DRAW = "seed = mod(16807*seed, 2147483647)"

#: That number as one between 0 and 1.
CHANCE = "seed/2147483647"


def happens(probability: str) -> str:
    """1 with that probability, else 0: whether the number that was drawn is at most that part of the largest one."""
    bound = f"({probability})*2147483647"
    return f"max(0, min(1, {bound} - mod({bound}, 1) + 1 - seed))"
