"""Margins of equivalence and the number of runs, fixed from pilot runs.

The margin of a statistic is one standard deviation over the seeds: a difference that another seed
makes as well is none between simulators. So that a study also sees a weight change of 2 %, the
statistic that such a change moves most has half of its effect for a margin where that is smaller.
Not every statistic has: many hardly depend on the weights, half of nothing is nothing, and no number
of runs would do. One that sees the change is enough, since all statistics must be equivalent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unisono.models.cards import brief
from unisono.validation.statistics.statistic import LOG, SYNAPSES, Statistic

#: Level of all tests, and the power that is promised: equivalent simulators are called so at least as often.
ALPHA, POWER = 0.05, 0.9

#: The power that the number of runs is chosen for. It is that of an average network, whose pilot runs are as they
#: should be; chosen for the one that is promised, half of all networks would have less.
DESIGN_POWER = 0.95

#: The fault whose effect bounds the margins, and the part of its effect that does.
CHANGE, PART = "weights + 2 %", 0.5

#: Part of a margin by which half the effect may miss it: the effect is measured.
CLOSE = 0.01

#: Pilot runs that are enough where nobody says how many.
ENOUGH = 20

#: Most runs a side that are asked for; a statistic that needs more is left out, and said to be.
LIMIT = 200

#: No number of runs is counted beyond.
MOST = 10**7

#: Fewest runs a side, and the share of pilot runs in which a statistic may be undefined.
FEWEST, UNDEFINED = 3, 0.1

ONE_SD, HALF_CHANGE, FIXED = "one SD of seeds", "half of 2 % in weights", "fixed"

#: Figures of a run by key.
Figures = Mapping[str, float | None]


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

    __repr__ = brief

    @property
    def key(self) -> str:
        """Statistic and population."""
        return f"{self.statistic} of {self.population}"


@dataclass(frozen=True)
class Margins:
    """The margins of a study.

    Attributes
    ----------
    tested : tuple of Margin
    left_out : mapping of str to str
        Statistics that cannot be tested, with the reason.
    note : str
        What is to be said of a weight change of 2 %.
    """

    tested: tuple[Margin, ...]
    left_out: Mapping[str, str]
    note: str

    @property
    def runs(self) -> int:
        """Runs a side that all statistics need."""
        return max((margin.runs for margin in self.tested), default=FEWEST)


def scaled(values: Sequence[float | None], scale: str) -> NDArray[np.float64]:
    """The defined values on the scale of the tests, shape (defined,); what has no logarithm is not defined."""
    return np.array([v for v in (on_scale(value, scale) for value in values) if v is not None], float)


def on_scale(value: float | None, scale: str) -> float | None:
    """One value on the scale of the tests."""
    if value is None or not math.isfinite(value) or (scale == LOG and value <= 0):
        return None
    return math.log(value) if scale == LOG else float(value)


def sd_of(values: NDArray[np.float64]) -> float:
    """Standard deviation of at least two values; 0 where it is rounding, as of values that are all 0.1."""
    sd = float(values.std(ddof=1))
    return sd if sd >= 1e-12 * float(np.abs(values).max()) else 0.0


def runs_by_formula(ratio: float, statistics: int = 1, power: float = POWER, alpha: float = ALPHA) -> int:
    """Runs a side for two one-sided tests of ``statistics`` statistics that do not differ, all of which must pass.

    n = 2 (z_{1-alpha} + z_{1-beta/2m})² (sigma/margin)², with beta = 1 - power and m statistics (Chow, Shao & Wang
    (2008), Sample Size Calculations in Clinical Research, ch. 3).

    Parameters
    ----------
    ratio : float
        Standard deviation over margin.
    statistics : int
    power, alpha : float
    """
    from scipy.stats import norm

    z = norm.isf(alpha) + norm.isf((1 - power) / (2 * statistics))
    return max(FEWEST, math.ceil(min(2 * float(z * ratio) ** 2, MOST)))


@lru_cache(maxsize=1024)
def runs_needed(ratio: float, statistics: int, pilots: int, power: float = POWER, alpha: float = ALPHA) -> int:
    """As :func:`runs_by_formula`, with Student's t, and with the SD known from ``pilots`` runs only.

    Of many statistics, some have by chance a pilot SD that is too small, and with it a margin that is too narrow for
    the runs of the formula. Here the probability that a statistic fails is taken over the chi-square distribution
    of the pilot's variance.
    """
    from scipy.stats import chi2, t

    parts = (np.arange(1000) + 0.5) / 1000
    spread = np.sqrt(chi2.ppf(parts, pilots - 1) / (pilots - 1))  # pilot SD over true SD

    def fails(n: int) -> bool:
        freedom = 2 * n - 2
        beyond = t.sf(spread / ratio * math.sqrt(n / 2) - t.isf(alpha, freedom), freedom)
        return float(np.minimum(1, 2 * beyond).mean()) > (1 - power) / statistics

    high = low = runs_by_formula(ratio, statistics, power, alpha)
    while fails(high):
        low, high = high, 2 * high
        if high > MOST:
            return high
    low = min(low, high) // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fails(max(2, middle)) else (low, middle)
    return max(FEWEST, high)


def margins_of(
    statistics: Sequence[Statistic],
    pilots: Sequence[Figures],
    changed: Sequence[Figures],
    fixed: Mapping[str, float],
    *,
    limit: int = LIMIT,
    power: float = DESIGN_POWER,
    alpha: float = ALPHA,
) -> Margins:
    """Margins and numbers of runs.

    Parameters
    ----------
    statistics : sequence of Statistic
        One of each; the values do not matter.
    pilots : sequence of mapping
        Figures of the pilot runs by key.
    changed : sequence of mapping
        Figures of the same seeds with weights 2 % larger; may be empty.
    fixed : mapping of str to float
        Margins that are fixed, by name of the statistic.
    limit : int
        A statistic that needs more runs a side is left out.
    power, alpha : float
    """
    left_out: dict[str, str] = {}
    found: list[Margin] = []
    for statistic in statistics:
        key = statistic.key
        values = scaled([figures.get(key) for figures in pilots], statistic.scale)
        if why := _untestable(statistic, values, len(pilots)):
            left_out[key] = why
            continue
        sd = sd_of(values)
        effect, p = _effect(statistic, pilots, changed)
        value, rule = (fixed[statistic.name], FIXED) if statistic.name in fixed else (sd, ONE_SD)
        about = (statistic.name, statistic.population, statistic.unit, statistic.definition, statistic.source)
        found.append(Margin(*about, statistic.scale, value, rule, sd, effect, p, 0))
    for name in sorted({*fixed} - {statistic.name for statistic in statistics}):
        left_out[name] = "the pilot runs do not show it: too few events, or no potentials recorded"
    found, note = _bounded(_corrected(found), alpha)
    return _counted(found, left_out, note, len(pilots), limit, power, alpha)


def _untestable(statistic: Statistic, values: NDArray[np.float64], pilots: int) -> str:
    """Why a statistic cannot have a margin from what the pilot runs show; empty if it can."""
    missing = pilots - values.size
    if values.size < FEWEST or missing > UNDEFINED * pilots:
        return f"not defined in {missing} of {pilots} pilot runs"
    # A part of synapses that no pilot run shows may still be there in others: it would have to be exactly the same.
    if statistic.counted == SYNAPSES and not statistic.unit and not sd_of(values):
        return f"{values[0]:g} in all pilot runs, which do not show how it varies"
    return ""


def _effect(statistic: Statistic, pilots: Sequence[Figures], changed: Sequence[Figures]) -> tuple[float | None, ...]:
    """Mean difference and p-value of a paired t-test."""
    from scipy.stats import ttest_1samp

    if len(changed) != len(pilots):
        return None, None
    both = [
        (on_scale(one.get(statistic.key), statistic.scale), on_scale(other.get(statistic.key), statistic.scale))
        for one, other in zip(pilots, changed, strict=True)
    ]
    gaps = np.array([b - a for a, b in both if a is not None and b is not None])
    if gaps.size < FEWEST:
        return None, None
    if gaps.std() <= 1e-9 * float(np.abs(gaps).max()):  # rounding, or nothing moved at all
        return float(gaps.mean()), (0.0 if gaps.any() else 1.0)
    return float(gaps.mean()), float(ttest_1samp(gaps, 0).pvalue)


def _corrected(margins: Sequence[Margin]) -> list[Margin]:
    """With p-values corrected over the statistics."""
    return [replace(m, effect_p=p) for m, p in zip(margins, holm([m.effect_p for m in margins]), strict=True)]


def holm(p: Sequence[float | None]) -> list[float | None]:
    """P-values corrected for their number by Holm (1979), Scand J Stat 6:65-70; None stays.

    As ``statsmodels.stats.multitest.multipletests`` gives them, which collects garbage at each call: 0.2 s.
    """
    known = np.array([value for value in p if value is not None])
    order = np.argsort(known)
    corrected = np.empty(known.size)
    corrected[order] = np.minimum(1, np.maximum.accumulate(known[order] * np.arange(known.size, 0, -1)))
    found = iter(corrected.tolist())
    return [None if value is None else next(found) for value in p]


def _bounded(margins: Sequence[Margin], alpha: float) -> tuple[list[Margin], str]:
    """Half the effect for the statistic that a weight change moves most, unless one sees the change already."""
    if all(m.effect is None for m in margins):
        return list(margins), "What a weight change of 2 % does was not measured."
    moved = [m for m in margins if m.effect is not None and (1.0 if m.effect_p is None else m.effect_p) < alpha]
    seen = [m for m in moved if PART * abs(m.effect or 0.0) >= (1 - CLOSE) * m.value]
    if seen:
        best = max(seen, key=lambda m: abs(m.effect or 0.0) / m.value if m.value else math.inf)
        times = abs(best.effect or 0.0) / best.value if best.value else math.inf
        return list(margins), f"A weight change of 2 % moves the {best.key} by {times:.2g} of its margins."
    free = [m for m in moved if m.rule == ONE_SD]
    if not free:
        return list(margins), "A weight change of 2 % moves no statistic in the pilot runs: nothing is known about it."
    most = max(free, key=lambda m: abs(m.effect or 0.0) / m.sd)
    size = abs(most.effect or 0.0)
    narrow = replace(most, value=PART * size, rule=HALF_CHANGE)
    said = f"A weight change of 2 % moves the {most.key} most, by {size / most.sd:.2g} SD of seeds"
    return [narrow if m is most else m for m in margins], f"{said}; half of that is its margin."


def too_few(pilots: int) -> str:
    """Why a statistic is left out whose spread over seeds so many pilot runs do not show."""
    return f"{pilots} pilot seeds are too few to know how it varies over seeds; repeat with --pilot {ENOUGH}"


def by_reason(left_out: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Reasons why statistics are left out, each once, with the statistics; the one of most statistics first."""
    found: dict[str, list[str]] = {}
    for key, why in left_out.items():
        found.setdefault(why, []).append(key)
    return sorted(found.items(), key=lambda item: -len(item[1]))


def said_of_left_out(left_out: Mapping[str, str], named: int = 3) -> str:
    """What is not tested, in a sentence a reason; of many statistics the first ones are named."""
    said = []
    for why, keys in by_reason(left_out):
        some = ", ".join(keys[:named])
        more = f" and {len(keys) - named} more" if len(keys) > named else ""
        said.append(f"Not tested: {some}{more}: {why}.")
    return " ".join(said)


def _counted(
    margins: Sequence[Margin],
    left_out: dict[str, str],
    note: str,
    pilots: int,
    limit: int,
    power: float,
    alpha: float,
) -> Margins:
    """With the runs that each needs; one that needs too many is left out."""
    kept: list[Margin] = list(margins)
    while True:
        counted = []
        for m in kept:
            exact = not (m.sd and m.value)
            runs = FEWEST if exact else runs_needed(m.sd / m.value, len(kept), pilots, power, alpha)
            counted.append(replace(m, runs=runs))
        kept = [m for m in counted if m.runs <= limit]
        if len(kept) == len(counted):
            return Margins(tuple(counted), left_out, note)
        for m in counted:
            if m.runs <= limit:
                continue
            # Were the SD known, the margin could be tested: the pilots are what is missing.
            if pilots < ENOUGH and runs_by_formula(m.sd / m.value, len(counted), power, alpha) <= limit:
                left_out[m.key] = too_few(pilots)
            else:
                left_out[m.key] = (
                    f"the SD over seeds, {m.sd:.3g}, is too large for the margin, {m.value:.3g}: "
                    f"about {m.runs:,} runs a side would be needed"
                )
