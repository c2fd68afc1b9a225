"""What figures show: the trial of the first difference, cells of all populations, and it all as plain data."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.runtime.results import Runs
from unisono.models.network import Epoch, Network, Population, Trial
from unisono.validation.compare import excerpt as module
from unisono.validation.compare.agreement import compare

DT = 0.1


@pytest.fixture
def shifted(make, spikes, gathered):
    """Two runs; the second has one spike of an excitatory cell a step later."""
    index = next(i for i, (p, _, step) in enumerate(spikes) if p == 0 and step < 1990)
    p, cell, step = spikes[index]
    others = [*spikes[:index], (p, cell, step + 1), *spikes[index + 1 :]]
    return compare(gathered(make("a", spikes), make("b", others)), examine=False), (cell, step)


def test_equal_spikes_are_common_and_nothing_is_lone(make, spikes, gathered):
    found = compare(gathered(make("a", spikes), make("b", spikes)), examine=False).excerpt
    raster = found.raster
    assert raster.rows == tuple((0, cell) for cell in range(8)) + tuple((1, cell) for cell in range(4))
    assert [len(events) for events in raster.lone.values()] == [0, 0]
    assert sorted(map(tuple, raster.common.tolist())) == sorted((c + 8 * p, s) for p, c, s in spikes)
    assert found.density is None  # the raster has all cells
    assert (found.trial, found.first_divergence) == (0, None)


def test_a_spike_that_moved_is_alone_on_both_and_in_the_middle_of_the_close_up(shifted):
    agreement, (cell, step) = shifted
    found = agreement.excerpt
    assert {n: e.tolist() for n, e in found.raster.lone.items()} == {"a": [[cell, step]], "b": [[cell, step + 1]]}
    close = found.close_up
    assert close.begin <= step * DT <= close.end and close.end - close.begin == pytest.approx(module.CLOSE_SPAN)
    row = close.rows.index((0, cell))
    assert step in close.spikes["a"][row] and step + 1 in close.spikes["b"][row]
    every = np.concatenate([steps for rows in close.spikes.values() for steps in rows]) * DT
    assert (every >= close.begin).all() and (every <= close.end).all()


def test_traces_begin_with_the_cell_that_differs_first(make, spikes, gathered):
    v = -60.0 + np.zeros((2001, 2))
    index = next(i for i, (p, c, _) in enumerate(spikes) if (p, c) == (0, 3))
    runs = gathered(make("a", spikes, v), make("b", spikes[:index] + spikes[index + 1 :], v + 1.0))
    traces = compare(runs, examine=False).excerpt.traces
    assert [(t.population, t.cell, t.variable, t.unit) for t in traces] == [(0, 3, "v", "mV"), (0, 0, "v", "mV")]
    assert traces[0].times[-1] == pytest.approx(200.0)
    np.testing.assert_array_equal(traces[0].values["b"] - traces[0].values["a"], 1.0)


def test_tables_have_the_samples_around_the_first_difference(make, spikes, gathered, monkeypatch):
    monkeypatch.setattr(module, "SAMPLES", 100)
    index = len(spikes) // 2
    step = spikes[index][2]
    runs = gathered(make("a", spikes), make("b", spikes[:index] + spikes[index + 1 :]))
    (trace, *_) = compare(runs, examine=False).excerpt.traces
    assert trace.times[trace.part].size == 100
    assert trace.times[trace.part][0] < step * DT < trace.times[trace.part][-1]


def test_large_networks_are_counted_in_groups(make, spikes, gathered, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 6)
    moved = [(p, c, s) for p, c, s in spikes if (p, c, s) != spikes[5]]
    found = compare(gathered(make("a", spikes), make("b", moved)), examine=False).excerpt
    p, cell, _ = spikes[5]
    assert len(found.raster.rows) < 12 and (p, cell) in found.raster.rows  # the first to differ is never left out
    density = found.density
    assert density.means.sum() == pytest.approx(len(spikes) - 0.5)
    assert density.differing.sum() == 1
    assert density.edges == ((0, "excitatory"), (8, "inhibitory"))
    assert density.width == pytest.approx(200.0 / module.IMAGE[1])


def test_recordings_of_different_shapes_and_runs_without_a_result_have_none(make, spikes, gathered, crashed):
    run = make("b", spikes)
    short = replace(run, recording=replace(run.recording, trials=(replace(run.recording.trials[0], steps=10),)))
    assert compare(gathered(make("a", spikes), short), examine=False).excerpt is None
    assert compare(gathered(crashed), examine=False).excerpt is None


def test_a_network_of_sources_has_no_raster(make):
    network = Network(DT, (Population("in", "SpikeSourceArray", 2),), trials=(Trial((Epoch(10),)),))
    run = make("a", [])
    recording = replace(run.recording, labels=("in",), sizes=(2,))
    found = module.Excerpt(Runs(network, {"a": replace(run, network=network, recording=recording)}), ())
    assert (found.raster, found.close_up, found.density) == (None, None, None)


def test_the_json_has_what_figures_show(shifted):
    agreement, (cell, step) = shifted
    found = json.loads(agreement.to_json())["excerpt"]
    assert found["trial"] == 0 and found["density"] is None
    assert found["raster"]["lone"]["a"] == {"row": [cell], "time_ms": [pytest.approx(step * DT)]}
    assert found["raster"]["rows"][cell] == {"population": "excitatory", "cell": cell}
    assert len(found["raster"]["common"]["row"]) == len(agreement.excerpt.raster.common)
    assert len(found["close_up"]["cells"]) == len(found["close_up"]["spikes_ms"]["a"])
    assert found["traces"][0]["samples"] == 2001 and set(found["traces"][0]["values"]) == {"a", "b"}
