"""Plasticity by pairs of spikes: PyNN's SpikePairRule with each of its weight dependences."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: Of the rule, under PyNN's names.
PAIR = {
    "tau_plus": Parameter(20.0, "ms", "time constant of potentiation", positive=True),
    "tau_minus": Parameter(20.0, "ms", "time constant of depression", positive=True),
    "A_plus": Parameter(0.01, "1", "amplitude of potentiation, as a part of the range of weights"),
    "A_minus": Parameter(0.01, "1", "amplitude of depression, as a part of the range of weights"),
}

#: What each spike leaves at its synapses: all pairs count.
PRE_TRACE, POST_TRACE = "dx/dt = -x/tau_plus : 1; x += 1", "dy/dt = -y/tau_minus : 1; y += 1"


def _pair_rule(name: str, up: str, down: str, source: str, **more: Parameter) -> SynapseModel:
    """A model in which a pair of spikes changes the weight by these amounts times what is left of the other's trace."""
    return SynapseModel(
        name,
        PAIR | BOUNDS | more,
        STATE_OF_WEIGHT,
        pre=PRE_TRACE,
        post=POST_TRACE,
        on_post=f"weight = min(weight + {up}*x, w_max)",
        on_pre=f"weight = max(weight - {down}*y, w_min)",
        source=source,
    )


#: The step does not depend on the weight.
SPIKE_PAIR_ADDITIVE = _pair_rule(
    "SpikePairAdditive",
    "A_plus*w_max",
    "A_minus*w_max",
    "PyNN 0.13, SpikePairRule, AdditiveWeightDependence; Song, Miller & Abbott (2000), Nat Neurosci 3:919, eqs. 1-3",
)

#: The step is proportional to what is left of the range in its direction.
SPIKE_PAIR_MULTIPLICATIVE = _pair_rule(
    "SpikePairMultiplicative",
    "A_plus*(w_max - weight)",
    "A_minus*(weight - w_min)",
    "PyNN 0.13, SpikePairRule, MultiplicativeWeightDependence; Rubin, Lee & Sompolinsky (2001), Phys Rev Lett 86:364",
)

#: Potentiation does not depend on the weight, depression is proportional to it.
SPIKE_PAIR_ADDITIVE_MULTIPLICATIVE = _pair_rule(
    "SpikePairAdditiveMultiplicative",
    "A_plus*w_max",
    "A_minus*(weight - w_min)",
    "PyNN 0.13, SpikePairRule, AdditivePotentiationMultiplicativeDepression; "
    "van Rossum, Bi & Turrigiano (2000), J Neurosci 20:8812",
)

_RANGE = "(w_max - w_min)"

#: Between additive (exponent 0) and multiplicative (1); beyond the bounds a weight is not changed away from them.
SPIKE_PAIR_GUTIG = _pair_rule(
    "SpikePairGutig",
    f"A_plus*{_RANGE}*(max(w_max - weight, 0)/{_RANGE})**mu_plus",
    f"A_minus*{_RANGE}*(max(weight - w_min, 0)/{_RANGE})**mu_minus",
    "PyNN 0.13, SpikePairRule, GutigWeightDependence; Guetig, Aharonov, Rotter & Sompolinsky (2003), "
    "J Neurosci 23:3697, eq. 3",
    mu_plus=Parameter(0.5, "1", "exponent of potentiation"),
    mu_minus=Parameter(0.5, "1", "exponent of depression"),
)
