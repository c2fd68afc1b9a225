"""Shifts against pilot runs: exact on shifted curves, unbiased on counted ones, and seen on a real simulator."""

from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.validation.faults.faults import FAULTS
from unisono.validation.statistics.curve import CLAMPED, CORRELOGRAM, EXCITATORY, HAZARD, INHIBITORY, PSP, Curve
from unisono.validation.statistics.curves import curves_of
from unisono.validation.statistics.templates import (
    DELAY_SHIFT,
    MARGINS,
    PSP_RATIO,
    REFRACTORY_SHIFT,
    shifts,
    templates_of,
)

DT = 0.1
LAGS = np.arange(-50, 151)


def correlogram(y: np.ndarray, of: str = EXCITATORY, expected: float = 2000.0) -> Curve:
    return Curve(CORRELOGRAM, of, LAGS * DT, y, "ms", "", "", "", int(expected * y.sum()))


def edge(height: float, at: float = 0.5) -> np.ndarray:
    return 1.0 + np.where(at < LAGS, height * np.exp(-(LAGS - at) / 60.0), 0.0)


def rise(height: float) -> np.ndarray:
    return 1.0 + np.where(LAGS > 0, height * (1 - np.exp(-LAGS / 20.0)), 0.0)


def value_of(curves: list[Curve], templates: list[Curve], name: str = DELAY_SHIFT) -> float | None:
    found = [s for s in shifts(curves, templates) if s.name == name]
    assert len(found) == 1
    assert found[0].unit == ("" if name == PSP_RATIO else "steps")
    return found[0].value


@pytest.mark.parametrize("shape", [edge(0.5), edge(-0.9), rise(0.8)])
@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_shift_by_one_step_is_one(shape: np.ndarray, steps: int) -> None:
    template = correlogram(shape, expected=1e7)
    assert value_of([replace(template, y=np.roll(shape, steps))], [template]) == pytest.approx(steps, abs=0.03)


def test_size_and_level_are_no_shift() -> None:
    template = correlogram(edge(0.5), expected=1e7)
    assert value_of([correlogram(1.1 * edge(0.53))], [template]) == pytest.approx(0.0, abs=0.02)


def test_the_estimate_from_counts_is_unbiased_and_its_spread_below_the_margin() -> None:
    random = np.random.RandomState(11)
    expected = {EXCITATORY: 700.0, INHIBITORY: 120.0}

    def run(steps: int) -> list[Curve]:
        shapes = {EXCITATORY: edge(0.55), INHIBITORY: 0.5 + edge(-1.4)}
        means = {of: np.maximum(np.roll(y, steps), 0) * expected[of] for of, y in shapes.items()}
        return [correlogram(random.poisson(m) / expected[of], of, expected[of]) for of, m in means.items()]

    templates = templates_of([run(0) for _ in range(10)])
    for steps in (-1, 0, 1):
        values = [value_of(run(steps), list(templates)) for _ in range(100)]
        assert np.std(values) < MARGINS[DELAY_SHIFT] / 2
        assert np.mean(values) == pytest.approx(steps, abs=0.06)  # the templates' own error is 0.03


def test_templates_that_cannot_tell_give_no_statistic() -> None:
    random = np.random.RandomState(12)
    noisy = [[correlogram(random.poisson(5 * edge(0.3)) / 5, expected=5.0)] for _ in range(4)]
    assert not shifts(noisy[0], templates_of(noisy))
    assert not shifts(noisy[0], ())


def test_curves_with_another_time_step_are_not_compared() -> None:
    template = correlogram(edge(0.5), expected=1e7)
    assert value_of([replace(template, x=template.x / 2)], [template]) is None
    assert value_of([replace(template, x=template.x[:-1], y=template.y[:-1])], [template]) is None


def test_templates_are_means_and_leave_out_what_is_rare() -> None:
    one, other = correlogram(edge(0.5), expected=100.0), correlogram(edge(0.7), expected=300.0)
    rare = Curve(PSP, EXCITATORY, LAGS * DT, edge(1.0), "ms", "mV", "", "", 10)
    found = {t.key: t for t in templates_of([[one], [other], [one, rare]])}
    assert list(found) == [one.key]
    counts = np.array([one.count, other.count, one.count], float)
    np.testing.assert_allclose(found[one.key].y, np.average([one.y, other.y, one.y], axis=0, weights=counts))
    assert (found[one.key].count, found[one.key].runs) == (counts.sum(), 3)
    assert [t.key for t in templates_of([[one, rare], [one]])] == [one.key, rare.key]


def test_the_refractory_period_from_potentials_is_a_count() -> None:
    x = np.arange(-19, 21) * DT
    template = Curve(CLAMPED, "E", x, (x < 0.05).astype(float), "ms", "", "", "", 30, 3)
    longer = replace(template, y=(x < 0.25).astype(float))
    assert value_of([longer], [template], REFRACTORY_SHIFT) == pytest.approx(2.0)
    assert value_of([], [template], REFRACTORY_SHIFT) is None  # the recorded cells of this run are silent


def test_the_refractory_period_from_a_sharp_hazard() -> None:
    x = np.arange(1, 251) * DT

    def hazard(shift: float, count: int = 100_000, runs: int = 1) -> Curve:
        shape = 1e3 / (1 + np.exp(-(x - 5.0 - shift * DT) / 0.3))
        return Curve(HAZARD, "E", x, shape, "ms", "Hz", "", "", count, runs)

    template = hazard(0, 1_000_000, 10)
    assert value_of([hazard(1)], [template], REFRACTORY_SHIFT) == pytest.approx(1.0, abs=0.1)
    assert value_of([hazard(-1)], [template], REFRACTORY_SHIFT) == pytest.approx(-1.0, abs=0.15)
    assert not shifts([hazard(1)], [hazard(0, 200, 10)])  # too few intervals
    scattered = templates_of([[hazard(s)] for s in (-0.4, 0, 0.4) * 4])
    assert scattered[0].scatter > MARGINS[REFRACTORY_SHIFT]
    assert not shifts([hazard(1)], scattered)


@pytest.mark.parametrize("late", [0, 1])
def test_the_size_of_a_response_does_not_depend_on_its_delay(late: int) -> None:
    x = np.arange(-1, 11)
    shape = np.where(x > 0, 1 - np.exp(-np.maximum(x, 0) / 8.0), 0.0)
    template = Curve(PSP, "excitatory connections to E", x * DT, shape, "ms", "mV", "", "", 100)
    assert value_of([replace(template, y=1.02 * np.roll(shape, late))], [template], PSP_RATIO) == pytest.approx(1.02)


@pytest.mark.slow
def test_faults_are_seen_on_a_real_simulator() -> None:
    """2 s of 1,000 cells: by docs/statistics.md one run's delay shift scatters by 0.15 steps."""
    source = ModelSource("vogels_abbott", {"n": 1000, "p": 0.08, "duration": 2000.0})

    def curves(seed: int, fault: str = "") -> tuple[Curve, ...]:
        network = source.network(seed=seed)
        runs = FAULTS[fault].run(network, ["nest"]) if fault else Executor().run(network, ["nest"])
        recording = runs["nest"].recording
        assert recording is not None
        return curves_of(recording, network)

    templates = templates_of([curves(seed) for seed in range(1, 5)])

    def found(seed: int, fault: str = "") -> dict[str, float | None]:
        return {s.key: s.value for s in shifts(curves(seed, fault), templates)}

    same, late = found(8), found(9, "delay + 1 step")
    assert same["delay shift of connections"] == pytest.approx(0.0, abs=0.6)
    assert late["delay shift of connections"] == pytest.approx(1.0, abs=0.6)
    heavier = found(11, "weights + 2 %")
    longer = found(10, "refractory + 1 step")["refractory shift of excitatory"]
    assert longer in (None, 1.0)
    for of in ("excitatory", "inhibitory"):
        key = f"PSP ratio of {of} connections to excitatory"
        assert [same[key], late[key]] == pytest.approx([1.0, 1.0], abs=1e-6)
        assert heavier[key] == pytest.approx(1.02, abs=1e-6)
