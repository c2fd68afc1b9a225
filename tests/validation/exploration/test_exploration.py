"""An exploration on a simulator, its table, its page; and the modulation of a population's rate."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from scipy.stats import poisson

import unisono
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import NetworkError, UnisonoError, UnknownName
from unisono.validation.exploration.axes import Axis
from unisono.validation.exploration.exploration import Exploration, Point, described, explore
from unisono.validation.exploration.measures import FREQUENCY, MODULATION, PREDICTED_RATE, RATE, modulation
from unisono.validation.exploration.regimes import ASYNCHRONOUS_IRREGULAR, UNKNOWN
from unisono.validation.report.exploration import render
from unisono.validation.statistics.activity import Activity
from unisono.validation.statistics.statistic import Statistic

SOURCE = ModelSource("brunel", {"n": 500, "epsilon": 0.2, "weight": 0.25, "duration": 400.0, "recorded": 0, "eta": 2.0})


@pytest.fixture(scope="module")
def found() -> Exploration:
    return explore(SOURCE, (Axis("g", (5.0, 6.0)),), transient=100.0)


def test_theory_predicts_what_an_asynchronous_irregular_network_does(found):
    for point in found.points:
        rate, predicted = found.value(point, RATE), found.value(point, PREDICTED_RATE)
        assert rate == pytest.approx(predicted, rel=0.05) and 50 < rate < 90
        assert point.predicted is not None and not point.error
    assert found.population == "excitatory" and found.exit_status == 0 and found.axes[0].meaning
    again = unisono.explore("brunel", {"g": (5.0, 6.0)}, transient=100.0, **SOURCE.options)
    assert all(point.cached for point in again.points)
    np.testing.assert_array_equal(again.grid(RATE), found.grid(RATE))


def test_the_table_has_a_line_for_every_point(found):
    lines = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [line["g"] for line in lines] == ["5.0", "6.0"]
    assert float(lines[0][f"{RATE} of excitatory"]) == found.points[0].figures[f"{RATE} of excitatory"]
    data = found.to_dict()
    assert data["points"][0]["regime"] == found.points[0].regime.name
    assert data["definitions"][PREDICTED_RATE]["source"].startswith("Siegert")


def made(axes: tuple[Axis, ...], error: str = "") -> Exploration:
    """An exploration without a run; the last point has an error."""
    statistics = tuple(Statistic("E", 0, n, 1.0, "Hz", "As it is.", "here", 1, 0) for n in (RATE, PREDICTED_RATE))
    size = int(np.prod([len(axis.values) for axis in axes]))
    points = [
        Point({axis.name: axis.values[0] for axis in axes}, {f"{n} of E": float(k) for n in (RATE, PREDICTED_RATE)},
              ASYNCHRONOUS_IRREGULAR, ASYNCHRONOUS_IRREGULAR)
        for k in range(size - 1)
    ]  # fmt: skip
    last = Point({axis.name: axis.values[-1] for axis in axes}, {}, UNKNOWN, None, error)
    return Exploration("toy", {"n": 3}, "nest", axes, "E", 100.0, (*points, last), statistics)


@pytest.mark.parametrize(
    "axes",
    [
        (Axis("g", (3.0, 5.0, 8.0), "mV"),),
        (Axis("cell", ("a", "b")),),
        (Axis("g", (3.0,)), Axis("eta", (1.0, 2.0, 4.0))),
        (Axis("g", (3.0, 4.0)), Axis("cell", ("a", "b"))),
    ],
)
def test_a_page_for_every_kind_of_axis(axes):
    text = render(made(axes, "it <failed>"), "unisono explore toy")
    assert "toy by" in text and "unisono explore toy" in text and "it &lt;failed&gt;" in text
    assert text.count("<figure>") == 4 and "asynchronous irregular" in text
    assert made(axes, "x").exit_status == 2 and made(axes).grid(RATE).size == len(made(axes).points)


def test_what_is_wrong_is_said_before_anything_runs(tmp_path):
    for values, kind, said in (
        ({"nosuch": 1.0}, UnknownName, "Unknown option 'nosuch'"),
        ({"g": -1.0}, NetworkError, "'g' must be at least 0"),
        ({"n": 60.5}, NetworkError, "'n' must be a whole number"),
    ):
        with pytest.raises(kind, match=said):
            described(SOURCE, [Axis(name, (value,)) for name, value in values.items()], [values])
    axes = [Axis("g", (1.0,))]
    with pytest.raises(UnknownName, match="Unknown model 'script'"):
        explore(ModelSource("script"), axes)
    script = tmp_path / "script.py"
    script.write_text("import sys; sys.exit('no network')")
    with pytest.raises(UnknownName, match=r"cannot be given another g"):
        explore(ModelSource(str(script)), axes)
    with pytest.raises(UnisonoError, match=r"No point of the exploration gave a result: .*no network"):
        explore(ModelSource(str(script), args=("{g}",)), axes)


def population(rate: np.ndarray, cells: int = 400) -> Activity:
    """Cells that spike independently at a rate that varies in time, spikes a step."""
    random = np.random.RandomState(3)
    spiking = random.rand(rate.size, cells) < 1 - poisson.pmf(0, rate)[:, None]
    steps, which = np.nonzero(spiking)
    return Activity(Spikes.sorted(which, steps + 1), cells, 0, rate.size, 0.1)


def test_modulation_is_that_of_the_rate_not_of_the_cells():
    steps = np.arange(20000)
    assert modulation(population(np.full(steps.size, 0.003))) < 0.06
    wave = 0.003 * (1 + np.sin(2 * np.pi * steps * 1e-4 * 40.0))
    assert modulation(population(wave)) == pytest.approx(np.sqrt(0.5), abs=0.02)
    silent = Activity(Spikes(np.empty(0, np.uint32), np.empty(0, np.int64)), 5, 0, 1000, 0.1)
    assert modulation(silent) is None


def test_the_measures_have_units_and_sources(found):
    units = {s.name: s.unit for s in found.statistics}
    assert units[MODULATION] == "" and units[FREQUENCY] == "Hz"
    assert all(s.definition.endswith(".") and s.source for s in found.statistics)
