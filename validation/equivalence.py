"""Whether two simulators are equivalent: two one-sided tests on ensembles of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EQUIVALENT, DIFFERENT, CANNOT_TELL = "equivalent", "different", "cannot tell"


@dataclass(frozen=True)
class Margin:
    """How large a difference may be, fixed before the runs that are tested.

    Attributes
    ----------
    statistic, population, unit, definition, source : str
    scale : str
        ``linear`` or ``log``; all that follows is on that scale.
    value : float
        The margin.
    rule : str
        Where it comes from: ``one SD of seeds``, ``half of 2 % in weights``, ``fixed``.
    sd : float
        Standard deviation over the pilot seeds.
    effect : float or None
        What a weight change of 2 % does: mean difference over the pilot seeds.
    effect_p : float or None
        Its p-value (paired t-test, corrected by Holm over the statistics).
    runs : int
        Runs a side that this statistic needs.
    """

    statistic: str
    population: str
    unit: str
    definition: str
    source: str
    scale: str
    value: float
    rule: str
    sd: float
    effect: float | None
    effect_p: float | None
    runs: int

    @property
    def key(self) -> str:
        """Statistic and population."""
        return f"{self.statistic} of {self.population}"


@dataclass(frozen=True)
class Comparison:
    """One statistic on two sides; means, differences and SDs are on the scale that is tested.

    Attributes
    ----------
    margin : Margin
    n_a, n_b : int
        Runs that have a value.
    undefined_a, undefined_b : int
        Runs that have none.
    mean_a, mean_b, sd_a, sd_b : float or None
    difference : float or None
        Mean of ``b`` minus that of ``a``.
    low, high : float or None
        90 % confidence interval of the difference (Welch): equivalent if it is within the margin.
    p_equivalent : float or None
        Of the two one-sided tests.
    p_different : float or None
        Of a difference beyond the margin; corrected by Holm over the statistics of the pair.
    verdict : str
        ``equivalent``, ``different``, ``cannot tell``.
    needed : int or None
        Runs a side that would tell, if the difference and the SDs are what they seem; only where it cannot be told.
    note : str
    """

    margin: Margin
    n_a: int
    n_b: int
    undefined_a: int
    undefined_b: int
    mean_a: float | None
    mean_b: float | None
    sd_a: float | None
    sd_b: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_equivalent: float | None
    p_different: float | None
    verdict: str
    needed: int | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Flat: the fields of :class:`Margin` that say what it is, ``margin`` (its value), then all others."""
        m = self.margin
        data = {
            "statistic": m.statistic,
            "population": m.population,
            "unit": m.unit,
            "definition": m.definition,
            "source": m.source,
            "scale": m.scale,
            "margin": m.value,
            "margin_rule": m.rule,
        }
        return data | {name: value for name, value in vars(self).items() if name != "margin"}


@dataclass(frozen=True)
class Distance:
    """Distance of the distributions over cells of two sides.

    Attributes
    ----------
    quantity, population : str
    value : float
        Wasserstein distance, in the quantity's unit.
    p : float
        Of permuting runs: how often runs that are dealt out at random are as far apart.
    permutations : int
    """

    quantity: str
    population: str
    value: float
    p: float
    permutations: int


@dataclass(frozen=True)
class Equivalence:
    """Two sides held against each other.

    Attributes
    ----------
    a, b : str
        Labels of the sides.
    verdict : str
        ``equivalent``: every statistic is (intersection-union test). ``different``: at least one differs beyond its
        margin (Holm). Else ``cannot tell``.
    rows : tuple of Comparison
    reason : str
    distances : tuple of Distance
        Shown beside the verdict, no part of it.
    identical_pilots : int
        Pilot seeds on which both sides gave the same spikes.
    paired_pilots : int
        Pilot seeds that ran on both sides.
    """

    a: str
    b: str
    verdict: str
    rows: tuple[Comparison, ...]
    reason: str
    distances: tuple[Distance, ...] = ()
    identical_pilots: int = 0
    paired_pilots: int = 0

    @property
    def needed(self) -> int | None:
        """Runs a side that would tell; None where it is told, or where no number of runs would."""
        needed = [row.needed for row in self.rows if row.verdict == CANNOT_TELL]
        known = [n for n in needed if n is not None]
        return max(known) if self.verdict == CANNOT_TELL and known and len(known) == len(needed) else None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "a": self.a,
            "b": self.b,
            "verdict": self.verdict,
            "reason": self.reason,
            "needed": self.needed,
            "identical_pilots": self.identical_pilots,
            "paired_pilots": self.paired_pilots,
            "rows": [row.to_dict() for row in self.rows],
            "distances": [vars(distance) for distance in self.distances],
        }
