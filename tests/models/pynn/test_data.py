"""The data a script gets while it is captured: the same Neo structure that PyNN's backends give."""

import pickle
import runpy
import subprocess
import sys
from pathlib import Path

import neo
import numpy as np
import pytest

import unisono.models.pynn as sim
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models.errors import CaptureError


@pytest.fixture
def session(execute):
    with sim.capturing(lambda: live_run(Executor(time_limit=600), "reference", Settings())) as session:
        sim.setup(timestep=0.1)
        yield session


def no_simulation():
    raise AssertionError("no simulation is needed for this")


# One script, run here and, as a process of its own, on PyNN's own NEST backend.
SCRIPT = """
def build(sim):
    sim.setup(timestep=0.1, min_delay=0.1)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[10.0, 20.0, 30.0]), label="source")
    cells = sim.Population(5, sim.IF_cond_exp(i_offset=0.1, tau_refrac=2.0), label="cells", initial_values={"v": -60.0})
    strong = sim.Population(2, sim.IF_cond_exp(i_offset=1.1), label="strong")
    cells.annotate(kind="test", number=3)
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.05, delay=0.5))
    cells[0:3].record(["v", "gsyn_exc"])
    strong.record("v", sampling_interval=0.5)
    for population in (cells, source, strong):
        population.record("spikes")
    sim.run(50.0)
    blocks = [cells.get_data(), cells[1:4].get_data("spikes"), strong.get_data(), (source + cells).get_data("spikes")]
    counts = list(strong.get_spike_counts().values()), strong.mean_spike_count(), source.mean_spike_count()
    blocks.append(cells.get_data("spikes", clear=True))
    sim.run(25.0)
    blocks += [cells.get_data("spikes"), source.get_data("spikes")]
    sim.end()
    return [describe(block) for block in blocks], counts


def plain(values):
    # ids count every node of NEST's kernel, devices included
    skipped = ("simulator", "first_id", "last_id", "channel_id", "channel_ids")
    return {k: getattr(v, "tolist", lambda v=v: v)() for k, v in values.items() if k not in skipped}


def describe(block):
    segments = []
    for segment in block.segments:
        trains = [
            (float(t.t_start), float(t.t_stop), str(t.units), len(t), plain(t.annotations), t.segment is segment)
            for t in segment.spiketrains
        ]
        signals = [
            (s.name, s.shape, str(s.units), float(s.t_start), float(s.sampling_period.rescale("ms")),
             plain(s.annotations), plain(s.array_annotations), len(s.annotations["channel_ids"]), s.segment is segment)
            for s in sorted(segment.analogsignals, key=lambda s: s.name)
        ]
        segments.append((segment.name, plain(segment.annotations), type(segment.spiketrains).__name__, trains, signals))
    return block.name, plain(block.annotations), segments
"""


def test_structure_is_that_of_pynn_nest(tmp_path, execute):
    (tmp_path / "model.py").write_text(SCRIPT)
    (tmp_path / "run.py").write_text(
        "import pickle, pyNN.nest as sim\nfrom model import build\npickle.dump(build(sim), open('data.pkl', 'wb'))\n"
    )
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, check=True, capture_output=True, timeout=100)
    wanted, wanted_counts = pickle.loads((tmp_path / "data.pkl").read_bytes())
    build = runpy.run_path(str(tmp_path / "model.py"))["build"]
    with sim.capturing(lambda: live_run(Executor(time_limit=600), "nest", Settings())):
        found, counts = build(sim)
    assert counts == wanted_counts
    for one, other in zip(found, wanted, strict=True):
        assert one == other


def test_times_and_values(session):
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=[0.0, 1.0, 2.0], tau_refrac=1.0), initial_values={"v": -64.0})
    cells.record(["spikes", "v"])
    sim.run(100.0)
    segment = cells.get_data().segments[0]
    v = segment.filter(name="v")[0]
    assert v.shape == (1001, 3) and (v.magnitude[0] == -64.0).all()
    # the solution of tau dv/dt = v_rest - v + R I, without a spike
    time = v.times.rescale("ms").magnitude
    np.testing.assert_allclose(v.magnitude[:, 0], -65.0 + np.exp(-time / 20.0), rtol=0, atol=1e-10)
    trains = segment.spiketrains
    assert [len(t) > 0 for t in trains] == [False, True, True]
    for index, train in enumerate(trains):
        assert train.annotations["source_index"] == index
        steps = np.rint(train.rescale("ms").magnitude / 0.1).astype(int)
        assert (v.magnitude[steps, index] == -65.0).all()
    assert list(cells.get_spike_counts().values()) == [len(t) for t in trains]
    assert cells.mean_spike_count() == np.mean([len(t) for t in trains])


def test_spikes_of_sources_need_no_simulation(tmp_path):
    with sim.capturing(no_simulation):
        sim.setup()
        array = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0, 1.0, 5.0]), label="array")
        poisson = sim.Population(10, sim.SpikeSourcePoisson(rate=200.0))
        (array + poisson).record("spikes")
        sim.run(3.0)
        (train, _) = array.get_data().segments[0].spiketrains
        assert train.magnitude.tolist() == [1.0, 1.0]
        assert list(array.get_spike_counts().values()) == [2, 2]
        sim.run(97.0)
        assert 100 < sum(poisson.get_spike_counts().values()) < 300
        array.write_data(str(tmp_path / "spikes.pkl"), annotations={"script": "here"})
    block = neo.io.PickleIO(str(tmp_path / "spikes.pkl")).read_block()
    assert block.annotations["script"] == "here"
    assert len(block.segments[0].spiketrains[1]) == 3


def test_segments_follow_the_resets(session):
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.0), label="cells")
    cells.record(["spikes", "v"])
    sim.run(40.0)
    sim.reset(annotations={"drive": "weak"})
    cells.set(i_offset=3.0)
    sim.run(20.0)
    weak, strong = cells.get_data().segments
    assert (weak.name, strong.name) == ("segment000", "segment001")
    assert weak.annotations == {"drive": "weak"}
    assert [s.analogsignals[0].shape for s in (weak, strong)] == [(401, 2), (201, 2)]
    assert len(strong.spiketrains[0]) > len(weak.spiketrains[0])
    (v,) = cells[1:].get_data("v").segments[0].analogsignals
    np.testing.assert_array_equal(v.magnitude, weak.analogsignals[0].magnitude[:, 1:])
    sim.reset()
    assert len(cells.get_data().segments) == 2


def test_clearing(session):
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=2.0))
    cells.record(["spikes", "v"])
    sim.run(30.0)
    first = cells.get_data(clear=True).segments[0]
    sim.run(30.0)
    second = cells.get_data().segments[0]
    assert float(second.spiketrains[0].t_start) == float(second.analogsignals[0].t_start) == 30.0
    assert second.analogsignals[0][0] == first.analogsignals[0][-1]
    assert first.spiketrains[0].max() <= 30.0 < second.spiketrains[0].min()
    assert cells.get_spike_counts() == {int(cells[0]): len(second.spiketrains[0])}


def test_recording_that_begins_late(session):
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=2.0))
    sim.run(30.0)
    cells.record(["spikes", "v"])
    sim.run(20.0)
    segment = cells.get_data().segments[0]
    assert segment.analogsignals[0].shape == (201, 2)
    assert float(segment.analogsignals[0].t_start) == 30.0
    assert all(t.min() > 30.0 for t in segment.spiketrains)
    with pytest.raises(CaptureError, match="cannot change after a run"):
        cells.record(None)
        cells.record("v", sampling_interval=1.0)


def test_files_are_written_at_the_end(session, tmp_path):
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.0), label="cells")
    cells.record("v", to_file=str(tmp_path / "v.pkl"), sampling_interval=1.0)
    sim.run(10.0)
    assert not (tmp_path / "v.pkl").exists()
    sim.end()
    block = neo.io.PickleIO(str(tmp_path / "v.pkl")).read_block()
    assert block.name == "cells" and block.segments[0].analogsignals[0].shape == (11, 2)


def test_a_callback_may_look_at_data(session):
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=2.0))
    cells.record("spikes")
    counts = []

    def look(t):
        counts.append(cells.mean_spike_count())
        return t + 20.0

    sim.run(40.0, callbacks=[look])
    assert counts[0] == 0 and counts[1] > 0 and counts[2] > counts[1]
    assert len(session.network().trials[0].epochs) == 1


def test_data_of_a_network_stay_after_the_next_setup(session):
    counts = []
    first = None
    for current in (1.0, 3.0):
        sim.setup(timestep=0.1)
        cells = sim.Population(2, sim.IF_curr_exp(i_offset=current))
        cells.record("spikes")
        sim.run(30.0)
        first = first or cells
        counts.append(cells.mean_spike_count())
    assert first.mean_spike_count() == counts[0] < counts[1]
    assert len(first.get_data().segments[0].spiketrains[0]) == counts[0]


def test_figures(session, tmp_path):
    from pyNN.utility.plotting import Figure, Panel

    cells = sim.Population(3, sim.IF_cond_exp(i_offset=1.0), label="cells")
    cells.record(["spikes", "v"])
    sim.run(30.0)
    data = cells.get_data().segments[0]
    Figure(Panel(data.filter(name="v")[0], ylabel="v (mV)"), Panel(data.spiketrains)).save(str(tmp_path / "figure.png"))
    assert Path(tmp_path / "figure.png").stat().st_size > 1000
