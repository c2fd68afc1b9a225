"""How populations are connected, as the drawn synapses show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Network, Projection
from unisono.validation.description.elements import Section, Table
from unisono.validation.description.values import count, number, spread

#: In-degrees fit a probability of connection where their variance is as many standard errors from that of it.
STANDARD_ERRORS = 5.0


@dataclass(frozen=True)
class Pattern:
    """What the synapses of a projection look like.

    Attributes
    ----------
    rule : str
        The connection rule that the synapses fit, in words.
    probability : float
        Synapses over pairs of cells.
    in_degrees, out_degrees : int64 array, shape (cells,)
        Synapses onto each target and from each source.
    multiple : bool
        Whether two cells share more than one synapse.
    onto_themselves : bool
        Whether a cell projects to itself.
    """

    rule: str
    probability: float
    in_degrees: NDArray[np.int64]
    out_degrees: NDArray[np.int64]
    multiple: bool
    onto_themselves: bool


def patterns_of(network: Network) -> tuple[Pattern, ...]:
    """The pattern of each projection's synapses."""
    return tuple(pattern_of(network, projection) for projection in network.projections)


def pattern_of(network: Network, projection: Projection) -> Pattern:
    """The pattern of a projection's synapses."""
    sources = network.populations[projection.pre_population].size
    targets = network.populations[projection.post_population].size
    into = np.bincount(projection.post, minlength=targets)
    out = np.bincount(projection.pre, minlength=sources)
    pairs = np.sort(projection.pre.astype(np.int64) * targets + projection.post)
    multiple = bool((np.diff(pairs) == 0).any())
    recurrent = projection.pre_population == projection.post_population
    onto_themselves = recurrent and bool((projection.pre == projection.post).any())
    probability = projection.size / (sources * targets)
    rule = _rule(projection, into, out, probability, multiple, recurrent, onto_themselves)
    return Pattern(rule, probability, into, out, multiple, onto_themselves)


def _rule(
    projection: Projection,
    into: NDArray[np.int64],
    out: NDArray[np.int64],
    probability: float,
    multiple: bool,
    recurrent: bool,
    onto_themselves: bool,
) -> str:
    if not projection.size:
        return "no synapse"
    if not multiple:
        if probability == 1.0:
            return "all to all"
        if recurrent and not onto_themselves and projection.size == into.size * (into.size - 1):
            return "all to all, but not to itself"
        if into.size == out.size == projection.size and (projection.pre == projection.post).all():
            return "one to one"
    if (into == into[0]).all():
        return f"fixed in-degree {into[0]:,}"
    if (out == out[0]).all():
        return f"fixed out-degree {out[0]:,}"
    if _is_pairwise(into, out.size, probability):
        return f"each pair with probability {probability:.4g}"
    return "listed synapse by synapse"


def _is_pairwise(into: NDArray[np.int64], sources: int, probability: float) -> bool:
    """Whether in-degrees vary as much as those of independent pairs do."""
    if into.size < 10:
        return False
    expected = sources * probability * (1 - probability)
    return abs(float(into.var(ddof=1)) - expected) <= STANDARD_ERRORS * expected * math.sqrt(2 / (into.size - 1))


def connectivity(network: Network, patterns: Sequence[Pattern]) -> Section:
    """Table C: a row a projection."""
    rows = []
    for index, (projection, pattern) in enumerate(zip(network.projections, patterns, strict=True)):
        pre, post = (network.populations[i].label for i in (projection.pre_population, projection.post_population))
        rows.append(
            (
                projection.label,
                f"{pre} → {post}",
                pattern.rule + (", several synapses a pair" if pattern.multiple else ""),
                f"{projection.size:,}",
                number(pattern.probability),
                spread(pattern.in_degrees.astype(np.float64)),
                spread(pattern.out_degrees.astype(np.float64)),
                f"{spread(projection.weight, network.unit_of(index, 'weight'))}, {projection.receptor}",
                _delay(network, projection),
                projection.synapse,
            )
        )
    columns = (
        "projection",
        "from, to",
        "connections",
        "synapses",
        "probability",
        "in-degree",
        "out-degree",
        "weight, receptor",
        "delay",
        "synapse",
    )
    return Section(
        "C. Connectivity",
        (Table("Projections", columns, tuple(rows)),),
        "Connections as drawn. A rule is what the synapses fit; what they were drawn from is no part of a network.",
    )


def _delay(network: Network, projection: Projection) -> str:
    whole = spread(projection.delay * network.dt, "ms")
    if not projection.axonal.any():
        return whole
    return f"{whole}, of it axonal {spread(projection.axonal * network.dt, 'ms')}"


def in_words(network: Network, patterns: Sequence[Pattern]) -> str:
    """The connectivity in sentences."""
    sentences = []
    for index, (projection, pattern) in enumerate(zip(network.projections, patterns, strict=True)):
        pre, post = (network.populations[i].label for i in (projection.pre_population, projection.post_population))
        weight = spread(projection.weight, network.unit_of(index, "weight"))
        sentences.append(
            f"{pre} to {post}: {pattern.rule}, {count(projection.size, 'synapse')} "
            f"({spread(pattern.in_degrees.astype(np.float64))} onto a cell), weight {weight}, "
            f"delay {_delay(network, projection)}."
        )
    return " ".join(sentences)
