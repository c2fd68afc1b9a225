"""Plots of runs: what each panel shows, on new axes and on given ones."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError, UnknownName

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def run_of(network, simulator, cells, steps):
    population = next(i for i, p in enumerate(network.populations) if not p.is_source)
    trial = network.trials[0].steps
    values = np.tile(np.linspace(-65.0, -50.0, trial + 1)[:, None], (1, 1))
    signal = Signal(population, "v", "mV", np.array([0], np.uint32), 1, values)
    recorded = TrialRecording(trial, {population: Spikes.sorted(np.array(cells), np.array(steps))}, (signal,))
    labels = tuple(p.label for p in network.populations)
    recording = Recording(network.dt, labels, tuple(p.size for p in network.populations), (recorded,))
    return Run(simulator, network, Settings(), recording)


@pytest.fixture
def runs():
    """The second simulator has one spike a step later."""
    network = driven()
    return Runs(network, {"a": run_of(network, "a", [0, 0], [5, 9]), "b": run_of(network, "b", [0, 0], [5, 10])})


def test_all_panels_share_their_time(runs):
    axes = runs.plot()
    assert [one.get_ylabel() for one in axes] == ["cell (row)", "rate (Hz)", "v (mV)"]
    assert all(one.get_xlim() == pytest.approx((0.0, runs.network.duration)) for one in axes)
    assert axes[-1].get_xlabel() == "time (ms)"
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["a", "b"]


def test_spikes_that_only_some_have_are_in_their_colours(runs):
    (axes,) = runs.plot("raster")
    common, first, second = axes.get_lines()[:3]
    dt = runs.network.dt
    assert common.get_xdata() == pytest.approx([5 * dt])
    assert (first.get_xdata(), second.get_xdata()) == (pytest.approx([9 * dt]), pytest.approx([10 * dt]))
    assert first.get_markeredgecolor() != second.get_markeredgecolor()


def test_a_user_gives_axes(runs):
    _, (left, right) = pyplot.subplots(1, 2)
    assert runs["a"].plot("traces", ax=left) == [left]
    assert runs.plot("raster", "rates", ax=(right,)) == [right]
    assert len(left.get_lines()) == 1 and len(pyplot.get_fignums()) == 1


def test_what_cannot_be_plotted_is_said(runs):
    with pytest.raises(UnknownName, match="Did you mean 'raster'"):
        runs.plot("rastr")
    with pytest.raises(UnisonoError, match="no run has a result"):
        Runs(runs.network, {}).plot()
    with pytest.raises(UnisonoError, match="2 axes are given for 1 panels"):
        runs.plot("raster", ax=pyplot.subplots(2)[1])


def test_statistics_of_runs_are_a_table(runs):
    frame = runs.statistics().to_dataframe()
    assert set(frame.simulator) == {"a", "b"} and set(frame["name"]) >= {"rate", "CV of ISI"}
    rate = frame[frame["name"] == "rate"].set_index("simulator").value
    assert rate["a"] == runs.statistics()["a"][0].value
