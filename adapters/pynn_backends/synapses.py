"""The synapses of PyNN that spikes change: which backend has which, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Projection
from unisono.models.synapses.model import WEIGHT

#: PyNN's rules for the timing and the weight, which together are a synapse model.
RULES: Mapping[str, tuple[str, str]] = {
    "SpikePairAdditive": ("SpikePairRule", "AdditiveWeightDependence"),
    "SpikePairMultiplicative": ("SpikePairRule", "MultiplicativeWeightDependence"),
    "SpikePairAdditiveMultiplicative": ("SpikePairRule", "AdditivePotentiationMultiplicativeDepression"),
    "SpikePairGutig": ("SpikePairRule", "GutigWeightDependence"),
    "Vogels2011": ("Vogels2011Rule", "AdditiveWeightDependence"),
}

#: The models that PyNN has: rules, and those with a class of their own.
MODELS = (
    *RULES,
    "TsodyksMarkramSynapse",
    "SimpleStochasticSynapse",
    "StochasticTsodyksMarkramSynapse",
    "MultiQuantalSynapse",
)


@dataclass(frozen=True)
class Limit:
    """Which values a backend takes.

    Attributes
    ----------
    takes : callable
        Whether it takes values, shape () or (synapses,).
    error : str
        What PyNN says to others.
    remedy : str
        What works.
    """

    takes: Callable[[NDArray[Any]], bool]
    error: str
    remedy: str


def only(value: float, error: str) -> Limit:
    """One value alone."""
    return Limit(lambda values: bool((values == value).all()), error, f"Set it to {value:g}.")


@dataclass(frozen=True)
class Plasticity:
    """What a backend has of PyNN's synapses that spikes change.

    Attributes
    ----------
    lacking : mapping of str to str
        Models that it does not have, and what PyNN says when a script makes one.
    fraction : Limit, optional
        The ``dendritic_delay_fraction`` that it takes; without: any.
    parameters : mapping of str to Limit
        Parameters of which it does not take any value.
    faults : mapping of str to tuple of str
        By model, names of the injected faults that the backend is known to have, in the order in which they are
        injected; with ``{meeting}`` for what spikes do that meet.
    """

    lacking: Mapping[str, str]
    fraction: Limit | None = None
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Limit] = field(default_factory=dict)

    def known_faults(self, projections: Sequence[Projection]) -> tuple[str, ...]:
        """Names of the known faults of the rules in a network, each once."""
        found: dict[str, None] = {}
        for projection in projections:
            meeting = "depress" if (projection.dendritic == projection.delay).all() else "potentiate"
            found |= dict.fromkeys(f.format(meeting=meeting) for f in self.faults.get(projection.synapse, ()))
        return tuple(sorted(found, key=_ORDER.index))

    def check(self, subject: str, projection: Projection) -> None:
        """Refuse the synapses of a projection that the backend does not have.

        Raises
        ------
        UnsupportedFeature
        """
        where, name = f"{subject}, projection '{projection.label}'", projection.synapse
        remedy = f"Choose one of: {', '.join(model for model in MODELS if model not in self.lacking)}."
        if projection.definition or name not in MODELS:
            raise UnsupportedFeature(f"{where}: PyNN has no synapse with the equations of {name}.", remedy)
        if name in self.lacking:
            raise UnsupportedFeature(f"{where}: it has no {name}; PyNN says: {self.lacking[name]}", remedy)
        if name in RULES and self.fraction is not None and not self.fraction.takes(fraction(projection)):
            raise UnsupportedFeature(
                f"{where}: it does not take this dendritic_delay_fraction; PyNN says: {self.fraction.error}",
                self.fraction.remedy,
            )
        for parameter, limit in self.parameters.items():
            if parameter in projection.parameters and not limit.takes(projection.parameters[parameter]):
                raise UnsupportedFeature(
                    f"{where}: it does not take this {parameter}; PyNN says: {limit.error}", limit.remedy
                )
        pairs = projection.pre.astype(np.int64) << 32 | projection.post
        if np.unique(pairs).size < pairs.size:
            raise UnsupportedFeature(
                f"{where}: PyNN gives weights by pairs of cells, and some pairs have several synapses.",
                "Make a projection for each of them.",
            )


def fraction(projection: Projection) -> NDArray[np.float64]:
    """The dendritic part of each delay, shape () or (synapses,)."""
    return np.asarray(projection.dendritic / projection.delay)


def check_change(subject: str, projection: Projection, change: Change) -> None:
    """Refuse a change that ``Projection.set`` cannot make.

    Raises
    ------
    UnsupportedFeature
    """
    if change.name not in (WEIGHT, *projection.model.parameters):
        raise UnsupportedFeature(
            f"{subject}, projection '{projection.label}': PyNN cannot set the state '{change.name}'.",
            "Set the weight, or parameters.",
        )


def _no(backend: str, name: str) -> str:
    return f"module 'pyNN.{backend}' has no attribute '{name}'"


#: The order in which faults are injected: those that change the text of a model after those of its values.
_ORDER = (
    "rho per ms",
    "absolute steps",
    "additive steps",
    "no facilitation",
    "recovery with the current",
    "nearest pairs",
    "no upper bound",
    "no lower bound",
    "meeting spikes depress",
    "meeting spikes potentiate",
    "changes summed",
    "weights as of the source",
)
_PAIRS = tuple(name for name in RULES if name.startswith("SpikePair"))

NEST = Plasticity(
    {"Vogels2011": _no("nest", "Vogels2011Rule")},
    only(1.0, "NEST does not currently support axonal delays"),
    dict.fromkeys(_PAIRS, ("weights as of the source",)),
    {
        "w_min": only(0.0, "Non-zero minimum weight is not supported by NEST."),
    },
)
BRIAN2 = Plasticity(
    {
        "SpikePairGutig": "No attribute with name mu_plus",
        "Vogels2011": _no("brian2", "Vogels2011Rule"),
        "SimpleStochasticSynapse": _no("brian2", "SimpleStochasticSynapse"),
        "StochasticTsodyksMarkramSynapse": _no("brian2", "StochasticTsodyksMarkramSynapse"),
        "MultiQuantalSynapse": _no("brian2", "MultiQuantalSynapse"),
    },
    only(0.0, "The pyNN.brian2 backend does not currently support dendritic delays"),
    dict.fromkeys(_PAIRS, ("additive steps", "meeting spikes potentiate"))
    | {"TsodyksMarkramSynapse": ("no facilitation", "recovery with the current")},
    {"tau_facil": Limit(lambda values: bool((values > 0).all()), "float division", "Set it to 1e-3 or more.")},
)
_SUMMED = ("meeting spikes {meeting}", "changes summed")
_FREE = ("no upper bound", "no lower bound", *_SUMMED)
NEURON = Plasticity(
    {},
    faults={
        "SpikePairAdditive": _SUMMED,
        "SpikePairMultiplicative": _FREE,
        "SpikePairAdditiveMultiplicative": ("absolute steps", *_FREE),
        "SpikePairGutig": ("absolute steps", *_FREE),
        "Vogels2011": ("rho per ms", "nearest pairs", *_SUMMED),
    },
)
