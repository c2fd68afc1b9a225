"""Whether two simulators are equivalent: two one-sided tests on ensembles of runs.

The run is the unit: cells of one run are no independent samples. *Equivalent* is that every
statistic passes its two one-sided tests (an intersection-union test, which needs no correction);
*different* that the difference of at least one is larger than its margin, corrected by Holm. A
difference that is real but smaller than the margin is none. All else is undecided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.cards import brief
from unisono.validation.ensembles.margins import ALPHA, LIMIT, POWER, Figures, holm, scaled, sd_of
from unisono.validation.ensembles.margins import Margin as Margin
from unisono.validation.ensembles.permutation import Distance as Distance
from unisono.validation.verdict import Level, weakest

EQUIVALENT, DIFFERENT, CANNOT_TELL = Level.EQUIVALENT, Level.DIFFERENT, Level.CANNOT_TELL


@dataclass(frozen=True)
class StatisticTest:
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
    verdict : Level
        ``equivalent``, ``different``, ``cannot tell``.
    needed : int or None
        Runs a side that would tell, if the difference and the SDs are what they seem; only for an undecided comparison.
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
    verdict: Level
    needed: int | None = None
    note: str = ""

    __repr__ = brief

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
class Equivalence:
    """The comparison of two sides.

    Attributes
    ----------
    a, b : str
        Labels of the sides.
    verdict : Level
        ``equivalent``: every statistic is (intersection-union test). ``different``: at least one differs beyond its
        margin (Holm). Else ``cannot tell``.
    rows : tuple of StatisticTest
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
    verdict: Level
    rows: tuple[StatisticTest, ...]
    reason: str
    distances: tuple[Distance, ...] = ()
    identical_pilots: int = 0
    paired_pilots: int = 0

    __repr__ = brief

    @property
    def needed(self) -> int | None:
        """Runs per side that would decide; None if it is decided, or if no number of runs would."""
        needed = [row.needed for row in self.rows if row.verdict is CANNOT_TELL]
        known = [n for n in needed if n is not None]
        return max(known) if self.verdict is CANNOT_TELL and known and len(known) == len(needed) else None

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


def judge(
    a: str,
    b: str,
    of_a: Sequence[Figures],
    of_b: Sequence[Figures],
    margins: Sequence[Margin],
    *,
    failed: int = 0,
    alpha: float = ALPHA,
    power: float = POWER,
) -> Equivalence:
    """Hold the runs of two sides against each other.

    Parameters
    ----------
    a, b : str
        Labels of the sides.
    of_a, of_b : sequence of mapping
        Figures of their runs by key.
    margins : sequence of Margin
        Of the statistics that are tested.
    failed : int
        Runs of either side that gave no result. They are not missing at random: with any, nothing is called equivalent.
    alpha, power : float
    """
    first = [_tested(m, of_a, of_b) for m in margins]
    corrected = holm([row.p_different for row in first])
    rows = tuple(_decided(row, p, len(margins), alpha, power) for row, p in zip(first, corrected, strict=True))
    verdict = weakest(row.verdict for row in rows)
    if failed and verdict is EQUIVALENT:
        verdict = CANNOT_TELL
    found = Equivalence(a, b, verdict, rows, "")
    return replace(found, reason=_reason(found, failed))


def tost(a: NDArray[np.float64], b: NDArray[np.float64], margin: float) -> tuple[float, float, float, float]:
    """Two one-sided tests by Welch, and the test of a difference beyond the margin.

    Equivalent at level alpha if |mean(b) - mean(a)| + t_{1-alpha,nu} sqrt(s_a²/n_a + s_b²/n_b) < margin (Schuirmann
    (1987), J Pharmacokinet Biopharm 15:657-680; Welch (1947)).

    Parameters
    ----------
    a, b : array, shape (runs,)
        At least two values each.
    margin : float
        Not negative.

    Returns
    -------
    p_equivalent, p_different : float
        Of the null hypotheses that the difference is at least the margin, and at most the margin.
    low, high : float
        90 % confidence interval of mean(b) - mean(a).
    """
    from scipy.special import stdtr, stdtrit

    gap = float(b.mean() - a.mean())
    if not (sd_of(a) or sd_of(b)):  # exact values: nothing to test
        within = abs(gap) <= margin + 1e-9 * max(abs(float(a.mean())), abs(float(b.mean())))
        return (0.0, 1.0, gap, gap) if within else (1.0, 0.0, gap, gap)
    of_a, of_b = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    error = math.sqrt(of_a + of_b)
    freedom = (of_a + of_b) ** 2 / (of_a**2 / (a.size - 1) + of_b**2 / (b.size - 1))
    # The distribution functions themselves: those of scipy.stats take a hundred times as long, and self-tests draw
    # thousands of times. P(T < x) and P(T > x) = P(T < -x) for the two one-sided tests.
    above, below = (gap - margin) / error, (gap + margin) / error
    p_equivalent = max(stdtr(freedom, above), stdtr(freedom, -below))
    # Either side may be exceeded: with both tests the level is kept also where the margin is small.
    p_different = min(1.0, 2 * min(stdtr(freedom, -above), stdtr(freedom, below)))
    reach = float(stdtrit(freedom, 1 - ALPHA)) * error
    return float(p_equivalent), float(p_different), gap - reach, gap + reach


def _tested(margin: Margin, of_a: Sequence[Figures], of_b: Sequence[Figures]) -> StatisticTest:
    """One statistic; the verdict is left open."""
    from scipy.stats import fisher_exact

    a, b = (scaled([figures.get(margin.key) for figures in of], margin.scale) for of in (of_a, of_b))
    gone = len(of_a) - a.size, len(of_b) - b.size
    p_undefined = None
    if any(gone) and of_a and of_b:
        p_undefined = float(fisher_exact([[a.size, gone[0]], [b.size, gone[1]]]).pvalue)
    note = f"not defined in {gone[0]} and {gone[1]} runs" if any(gone) else ""
    mean_a, mean_b = (float(x.mean()) if x.size else None for x in (a, b))
    sd_a, sd_b = (sd_of(x) if x.size > 1 else None for x in (a, b))
    about = (margin, a.size, b.size, *gone, mean_a, mean_b, sd_a, sd_b)
    if min(a.size, b.size) < 2:
        return StatisticTest(*about, None, None, None, None, p_undefined, CANNOT_TELL, None, note)
    p_equivalent, p_different, low, high = tost(a, b, margin.value)
    if p_undefined is not None:
        p_different = min(1.0, 2 * min(p_different, p_undefined))
    gap = float(b.mean() - a.mean())
    return StatisticTest(*about, gap, low, high, p_equivalent, p_different, CANNOT_TELL, None, note)


def _decided(
    row: StatisticTest, p_different: float | None, statistics: int, alpha: float, power: float
) -> StatisticTest:
    row = replace(row, p_different=p_different)
    if p_different is not None and p_different < alpha:
        return replace(row, verdict=DIFFERENT)
    if row.p_equivalent is not None and row.p_equivalent < alpha:
        return replace(row, verdict=EQUIVALENT)
    return replace(row, verdict=CANNOT_TELL, needed=_needed(row, statistics, alpha, power))


def _needed(row: StatisticTest, statistics: int, alpha: float, power: float) -> int | None:
    """Runs a side for a verdict on a statistic with this difference and these SDs.

    n = (z_{1-alpha} + z_{power})² (s_a² + s_b²) / (margin - |difference|)², with alpha over the number of statistics
    where the difference seems to be beyond the margin, and power each statistic's part of it where all must pass.
    """
    from scipy.stats import norm

    if row.difference is None or row.sd_a is None or row.sd_b is None:
        return None
    room = row.margin.value - abs(row.difference)
    level, miss = (alpha, (1 - power) / statistics) if room > 0 else (alpha / (2 * statistics), 1 - power)
    if not room:
        return None
    n = float(norm.isf(level) + norm.isf(miss)) ** 2 * (row.sd_a**2 + row.sd_b**2) / room**2
    return max(math.ceil(n), row.n_a + 1, row.n_b + 1)


def _reason(found: Equivalence, failed: int) -> str:
    rows = found.rows
    parts = []
    if found.verdict is DIFFERENT:
        worst = [row for row in rows if row.verdict is DIFFERENT]
        worst.sort(key=lambda row: row.p_different or 0.0)
        named = "; ".join(_difference(row) for row in worst[:3])
        more = f"; and {len(worst) - 3} more" if len(worst) > 3 else ""
        parts.append(f"{len(worst)} of {len(rows)} statistics differ by more than the margin: {named}{more}.")
    elif found.verdict is EQUIVALENT:
        closest = max(rows, key=lambda row: max(abs(row.low or 0), abs(row.high or 0)) / (row.margin.value or math.inf))
        parts.append(f"All {len(rows)} statistics are equivalent; the closest to its margin is {_difference(closest)}.")
    elif not rows:
        parts.append("No statistic can be tested.")
    else:
        open_ = [row for row in rows if row.verdict is CANNOT_TELL]
        if open_:
            named = "; ".join(_difference(row) for row in open_[:3])
            more = f"; and {len(open_) - 3} more" if len(open_) > 3 else ""
            parts.append(f"{len(open_)} of {len(rows)} statistics are undecided: {named}{more}.")
        if found.needed is not None:
            size = f"more than {50 * LIMIT:,}" if found.needed > 50 * LIMIT else f"about {found.needed:,}"
            parts.append(f"With these differences, {size} runs a side would decide.")
    if failed:
        parts.append(f"{failed} {'run' if failed == 1 else 'runs'} gave no result.")
    return " ".join(parts)


def _difference(row: StatisticTest) -> str:
    """Name, difference with its interval, margin, in words."""
    name, margin = row.margin.key, row.margin
    if row.difference is None or row.low is None or row.high is None:
        return f"{name}, {row.note}" if row.note else name
    unit = f" {margin.unit}" if margin.unit and margin.scale == "linear" else ""
    if margin.scale == "log":
        ratio, low, high = (math.exp(x) for x in (row.difference, row.low, row.high))
        return f"{name}, ratio {ratio:.4g} ({low:.4g} to {high:.4g}; margin {math.exp(margin.value):.4g})"
    return f"{name}, {row.difference:+.3g}{unit} ({row.low:+.3g} to {row.high:+.3g}; margin {margin.value:.3g})"
