"""A release with a fixed probability."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import CONSTANT_WEIGHT, DRAW, happens
from unisono.models.synapses.model import SynapseModel

#: Each spike is transmitted or lost.
SIMPLE_STOCHASTIC_SYNAPSE = SynapseModel(
    "SimpleStochasticSynapse",
    CONSTANT_WEIGHT | {"p": Parameter(0.5, "1", "probability that a spike is transmitted")},
    "dseed/dt = 0 : 1",
    on_pre=f"""
        {DRAW}
        released = {happens("p")} : 1
    """,
    send="weight*released",
    random=("seed",),
    source="PyNN 0.13",
)
