"""Two one-sided tests, margins, numbers of runs and the three verdicts, on numbers whose truth is known."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from unisono.validation.ensembles.equivalence import CANNOT_TELL, DIFFERENT, EQUIVALENT, judge, tost
from unisono.validation.ensembles.margins import (
    FEWEST,
    FIXED,
    HALF_CHANGE,
    ONE_SD,
    Margin,
    holm,
    margins_of,
    runs_by_formula,
    runs_needed,
)
from unisono.validation.ensembles.permutation import wasserstein
from unisono.validation.statistics.statistics import Statistic


def statistics(count: int, scale: str = "linear") -> list[Statistic]:
    return [Statistic("p", 0, f"s{k}", None, "Hz", "", "", 0, 0, scale) for k in range(count)]


def figures(values: np.ndarray) -> list[dict[str, float | None]]:
    return [{f"s{k} of p": float(v) for k, v in enumerate(row)} for row in values]


def margin(value: float, scale: str = "linear", name: str = "s0") -> Margin:
    return Margin(name, "p", "Hz", "", "", scale, value, ONE_SD, value, None, None, 10)


@pytest.fixture
def random() -> np.random.RandomState:
    return np.random.RandomState(5)


@pytest.mark.parametrize(("count", "runs"), [(1, 22), (8, 35), (30, 42)])
def test_the_formula_of_the_design(count, runs):
    assert runs_by_formula(1.0, count) == runs
    assert runs_by_formula(2.0, count) == math.ceil(4 * 2 * (stats.norm.isf(0.05) + stats.norm.isf(0.05 / count)) ** 2)


def test_a_pilot_that_is_short_needs_more_runs():
    short, long, formula = runs_needed(1.0, 8, 10), runs_needed(1.0, 8, 60), runs_by_formula(1.0, 8)
    assert short > 1.5 * formula and formula < long < 1.2 * formula
    assert runs_needed(0.01, 8, 20) == FEWEST


def test_two_one_sided_tests_are_welchs(random):
    a, b = random.normal(0, 1, 20), random.normal(0.2, 3, 30)
    va, vb = a.var(ddof=1) / 20, b.var(ddof=1) / 30
    freedom = (va + vb) ** 2 / (va**2 / 19 + vb**2 / 29)
    half = stats.t.ppf(0.95, freedom) * math.sqrt(va + vb)
    gap = b.mean() - a.mean()
    p, different, low, high = tost(a, b, 1.0)
    assert (low, high) == (pytest.approx(gap - half), pytest.approx(gap + half))
    assert different == 1.0
    just = abs(gap) + half
    assert tost(a, b, just * 1.0001)[0] < 0.05 < tost(a, b, just * 0.9999)[0]
    assert p == pytest.approx(stats.t.sf((1 - abs(gap)) / math.sqrt(va + vb), freedom))


def verdicts(random: np.random.RandomState, shift: float, count: int = 8, repeats: int = 120) -> Counter[str]:
    """Verdicts of whole studies, pilots included, on statistics with SD 1."""
    found = Counter[str]()
    for _ in range(repeats):
        margins = margins_of(statistics(count), figures(random.normal(9, 1, (20, count))), [], {})
        a, b = random.normal(9, 1, (2, margins.runs, count))
        found[judge("a", "b", figures(a), figures(b + shift), margins.tested).verdict] += 1
    return found


def test_error_rates_and_power_where_nothing_differs(random):
    found = verdicts(random, 0.0)
    assert found[DIFFERENT] <= 0.05 * 120
    assert found[EQUIVALENT] >= 0.90 * 120  # 95 % but for chance: 2.5 standard errors


def test_a_large_difference_is_seen_and_one_at_the_margin_is_not_called_equivalent(random):
    assert verdicts(random, 3.0, repeats=30) == {DIFFERENT: 30}
    assert verdicts(random, 1.0, repeats=30)[EQUIVALENT] <= 1


def test_a_real_difference_within_the_margin_is_none(random):
    a, b = random.normal(0, 1, (2, 2000, 1))
    found = judge("a", "b", figures(a), figures(b + 0.5), [margin(1.0)])
    assert stats.ttest_ind(a[:, 0], b[:, 0] + 0.5).pvalue < 1e-6
    assert found.verdict == EQUIVALENT


def test_at_the_margin_the_rate_of_different_is_the_level(random):
    wrong = 0
    for _ in range(300):
        a, b = random.normal(0, 1, (2, 12, 1))
        wrong += judge("a", "b", figures(a), figures(b + 0.3), [margin(0.3)]).verdict == DIFFERENT
    assert wrong <= 0.05 * 300 + 2 * math.sqrt(300 * 0.05)


def test_too_few_runs_cannot_tell_and_say_how_many_would(random):
    a, b = random.normal(0, 1, (2, 5, 1))
    found = judge("a", "b", figures(a), figures(b), [margin(1.0)])
    assert found.verdict == CANNOT_TELL
    assert found.needed is not None and found.needed > 5
    assert f"about {found.needed:,} runs a side would decide" in found.reason


def test_failed_runs_keep_from_saying_equivalent(random):
    a, b = random.normal(0, 1, (2, 60, 1))
    assert judge("a", "b", figures(a), figures(b), [margin(1.0)]).verdict == EQUIVALENT
    found = judge("a", "b", figures(a), figures(b), [margin(1.0)], failed=1)
    assert found.verdict == CANNOT_TELL and "1 run gave no result" in found.reason
    assert found.needed is None


def test_a_value_that_only_one_side_has_is_a_difference():
    nothing: list[dict[str, float | None]] = [{"s0 of p": None}] * 20
    found = judge("a", "b", [{"s0 of p": float(k)} for k in range(20)], nothing, [margin(1.0)])
    assert found.verdict == DIFFERENT
    assert "not defined in 0 and 20 runs" in found.reason
    assert judge("a", "b", nothing, nothing, [margin(1.0)]).verdict == CANNOT_TELL
    silent = [{"s0 of p": 0.0}] * 20
    assert judge("a", "b", silent, silent, [margin(1.0, "log")]).rows[0].undefined_a == 20


def test_what_does_not_vary_must_be_the_same():
    same, other = [{"s0 of p": 2.0}] * 5, [{"s0 of p": 2.5}] * 5
    rounded = [{"s0 of p": 0.1}] * 3
    assert np.std([0.1] * 3) > 0  # the mean of three 0.1 is not 0.1
    assert judge("a", "b", rounded, rounded, [margin(0.0)]).verdict == EQUIVALENT
    assert judge("a", "b", same, same, [margin(0.0)]).verdict == EQUIVALENT
    assert judge("a", "b", same, other, [margin(0.0)]).verdict == DIFFERENT
    assert judge("a", "b", same, other, [margin(1.0)]).verdict == EQUIVALENT


def test_logarithmic_statistics_are_compared_as_ratios(random):
    a, b = np.exp(random.normal(0, 0.1, (2, 60, 1)))
    (m,) = margins_of(statistics(1, "log"), figures(a), [], {}).tested
    assert m.sd == pytest.approx(0.1, rel=0.3)
    found = judge("a", "b", figures(a), figures(b), [m])
    assert found.verdict == EQUIVALENT and "ratio" in found.reason
    assert found.rows[0].to_dict()["scale"] == "log"


def test_the_statistic_that_weights_move_most_has_half_of_that_for_a_margin(random):
    pilots = random.normal(9, 1, (20, 3))
    moved = pilots + np.array([0.0, 1.2, 0.4]) + random.normal(0, 0.1, (20, 3))
    found = margins_of(statistics(3), figures(pilots), figures(moved), {})
    assert [m.rule for m in found.tested] == [ONE_SD, HALF_CHANGE, ONE_SD]
    assert found.tested[1].value == pytest.approx(0.6, abs=0.05)
    assert "moves the s1 of p most" in found.note
    assert found.runs > runs_needed(1.0, 3, 20)
    clear = margins_of(statistics(3), figures(pilots), figures(pilots + np.array([0, 9, 0.4])), {})
    assert {m.rule for m in clear.tested} == {ONE_SD}
    unmoved = margins_of(statistics(3), figures(pilots), figures(pilots + random.normal(0, 1, (20, 3))), {})
    assert {m.rule for m in unmoved.tested} == {ONE_SD} and "moves no statistic" in unmoved.note
    untouched = margins_of(statistics(3), figures(pilots), figures(pilots), {})
    assert [m.effect_p for m in untouched.tested] == [1.0] * 3 and "moves no statistic" in untouched.note


def test_fixed_margins_and_what_is_left_out(random):
    pilots = figures(random.normal(9, [0.1, 1.0, 1.0, 0.0], (20, 4)))
    for k in range(3):
        pilots[k]["s2 of p"] = None
    found = margins_of(statistics(4), pilots, [], {"s0": 0.25, "s1": 0.05, "shift": 1.0})
    assert {m.statistic: m.rule for m in found.tested} == {"s0": FIXED, "s3": ONE_SD}
    assert found.tested[0].value == 0.25 and found.tested[1].value == 0.0
    assert "runs a side would be needed" in found.left_out["s1 of p"]
    assert found.left_out["s2 of p"] == "not defined in 3 of 20 pilot runs"
    assert "shift" in found.left_out
    assert "not measured" in found.note


def test_several_differences_are_corrected_by_holm(random):
    a, b = random.normal(0, 1, (2, 40, 5))
    b[:, 0] += 4
    found = judge("a", "b", figures(a), figures(b), [margin(1.0, name=f"s{k}") for k in range(5)])
    assert [row.verdict == DIFFERENT for row in found.rows] == [True, False, False, False, False]
    raw = tost(a[:, 0], b[:, 0], 1.0)[1]
    assert found.rows[0].p_different == pytest.approx(min(1, 5 * raw))
    assert "1 of 5 statistics differ by more than the margin: s0 of p, +" in found.reason
    assert judge("a", "b", [], [], []).verdict == CANNOT_TELL


@pytest.mark.parametrize("p", [[0.04], [0.01, 0.04, 0.03, 0.2], [0.5, 0.5, 1e-9, 0.9]])
def test_holm_is_that_of_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())
    assert holm([None, *p, None])[1:-1] == holm(p)
    assert holm([]) == []


def test_distances_of_distributions_by_permuting_runs(random):
    levels = np.linspace(0, 1, 51)
    a, b = ([np.quantile(random.normal(m, 1, 100), levels) for _ in range(12)] for m in (0.0, 0.0))
    same = wasserstein("rate", "p", a, b, 199)
    assert same.p > 0.01 and same.permutations == 199
    far = wasserstein("rate", "p", a, [q + 1.0 for q in b], 199)
    assert far.value == pytest.approx(1.0, abs=0.15) and far.p == 1 / 200
    assert wasserstein("rate", "p", a[:1], b[:1]).p == 1.0
    with pytest.raises(ValueError, match="Both sides"):
        wasserstein("rate", "p", [], b)


def test_permuting_runs_keeps_the_level_where_cells_depend_on_each_other(random):
    levels = np.linspace(0, 1, 21)

    def run() -> np.ndarray:
        return np.quantile(random.normal(random.normal(), 1, 200), levels)  # a shift that all cells share

    found = [wasserstein("rate", "p", [run() for _ in range(6)], [run() for _ in range(6)], 99).p for _ in range(100)]
    assert sum(p <= 0.05 for p in found) <= 12
