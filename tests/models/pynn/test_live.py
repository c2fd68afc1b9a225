"""A script that asks for data drives one simulation: built once a trial, each step simulated once."""

import numpy as np
import pytest
from live_toy import Toy, batch, same_trials

import unisono.models.pynn as sim
from unisono.models.errors import CaptureError, NetworkError, SimulatorFailed
from unisono.models.pynn.capture import CaptureProgress


class Opened:
    """Opens toys, and keeps them."""

    def __init__(self):
        self.toys = []

    def __call__(self):
        self.toys.append(Toy())
        return self.toys[-1]

    @property
    def toy(self):
        (toy,) = self.toys
        return toy

    def told(self, what):
        return [content for word, *content in self.toy.told if word == what]


@pytest.fixture
def opened():
    return Opened()


@pytest.fixture
def session(opened):
    with sim.capturing(opened) as session:
        sim.setup(timestep=0.1)
        yield session


def firing(size=2, current=1.0):
    cells = sim.Population(size, sim.IF_curr_exp(i_offset=current, v_thresh=-64.0))
    cells.record("spikes")
    return cells


def test_nothing_is_simulated_before_a_request(session, opened):
    cells = firing()
    for _ in range(20):
        sim.run(1.0)
    assert not opened.toys
    assert cells.mean_spike_count() > 0
    ((epoch, _, _),) = opened.told("extend")
    assert epoch.steps == 200


def test_runs_between_two_requests_are_one_and_each_step_is_simulated_once(session, opened):
    cells = firing()
    counts = []
    for _ in range(5):
        for _ in range(4):
            sim.run(2.5)
        counts.append(cells.mean_spike_count())
        cells.get_data()
    assert [epoch.steps for epoch, _, _ in opened.told("extend")] == [100] * 5
    assert counts == sorted(set(counts))
    assert len(opened.told("trial")) == 1 and opened.toy.steps == 500


def test_a_reset_begins_a_trial_in_the_same_simulation(session, opened):
    cells = firing()
    weight = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.0, delay=1.0))
    sim.run(10.0)
    assert cells.get_spike_counts()
    cells.set(tau_m=15.0)
    sim.run(5.0)
    weight.set(weight=2.0)
    cells.initialize(v=-70.0)
    sim.reset()
    sim.run(20.0)
    assert len(cells.get_data().segments) == 2
    (first,), (second,) = opened.told("trial")
    assert [float(n.populations[0].parameters["tau_m"]) for n in (first, second)] == [20.0, 15.0]
    # what was set after the last run of a trial takes effect where the next begins
    assert [float(n.projections[0].weight) for n in (first, second)] == [0.0, 2.0]
    assert float(second.populations[0].initial["v"]) == -70.0
    *_, (epoch, _, _) = opened.told("extend")
    assert not epoch.changes
    assert [epoch.steps for epoch, _, _ in opened.told("extend")] == [100, 50, 200]
    (captured,) = session.networks()
    assert same_trials(captured.recorded, batch(captured.network))


def test_the_simulation_is_brought_to_its_end_and_closed(session, opened):
    cells = firing()
    sim.run(10.0)
    cells.get_spike_counts()
    sim.run(30.0)
    (captured,) = session.networks()
    assert opened.toy.steps == 400 and opened.toy.told[-1][0] == "finish"
    assert opened.toy.told[-1][1].fingerprint == captured.network.fingerprint
    assert same_trials(captured.recorded, batch(captured.network))
    assert captured.driven and [(r.step, r.variable) for r in captured.reads] == [(100, "spikes")]
    session.close()
    assert "close" not in [word for word, *_ in opened.toy.told]


def test_data_asked_for_at_the_end_drive_nothing(session):
    cells = firing()
    sim.run(10.0)
    cells.get_data()
    (captured,) = session.networks()
    assert captured.reads and not captured.driven


def test_what_is_recorded_late_is_recorded_from_then_on(session, opened):
    cells = firing(3)
    cells[:1].record("v")
    sim.run(3.0)
    cells.get_data()
    sim.run(2.0)
    cells[1:].record("v")
    sim.run(5.0)
    signal = cells.get_data("v").segments[0].analogsignals[0]
    # a variable has one beginning; what was not recorded before it was asked for is not made up
    assert signal.shape == (101, 3) and np.isnan(signal.magnitude[:50, 1:]).all()
    assert np.isfinite(signal.magnitude[50:]).all() and np.isfinite(signal.magnitude[:, 0]).all()
    ((request,),) = opened.told("record")
    assert (request.variable, request.cells.tolist()) == ("v", [1, 2])
    place = [word for word, *_ in opened.toy.told].index("record")
    assert sum(content[1].steps for content in opened.toy.told[:place] if content[0] == "extend") == 50
    (captured,) = session.networks()
    assert captured.recorded is None, "it lacks the beginning that a run of the network has"


def test_data_since_the_last_clear(session):
    cells = firing()
    cells.record("v", sampling_interval=0.5)
    whole = []
    for k in range(6):
        sim.run(5.0)
        counted = cells.get_spike_counts()
        segment = cells.get_data(clear=True).segments[0]
        assert float(segment.spiketrains[0].t_start) == 5.0 * k
        assert [len(train) for train in segment.spiketrains] == list(counted.values())
        assert segment.analogsignals[0].shape == (11, 2)
        whole.append(segment.spiketrains[0].magnitude)
    (captured,) = session.networks()
    steps = captured.recorded[0].spikes[0].steps[captured.recorded[0].spikes[0].cells == 0]
    np.testing.assert_allclose(np.concatenate(whole), 0.1 * steps)


def test_counts_are_those_of_the_data(session):
    cells = firing(2, [1.0, 3.0])
    for _ in range(5):
        sim.run(5.0)
        trains = cells.get_data().segments[0].spiketrains
        assert list(cells.get_spike_counts().values()) == [len(train) for train in trains]
        assert list(cells[1:].get_spike_counts().values()) == [len(trains[1])]
    assert len(trains[0]) > 5


def test_currents_and_spike_times_set_in_a_loop(session, opened):
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[]))
    cells = firing(2, 0.0)
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=30.0, delay=0.5))
    current = sim.DCSource(amplitude=0.0)
    cells[:1].inject(current)
    source.record("spikes")
    for k in range(5):
        sim.run(10.0)
        given = source.get_data().segments[0].spiketrains[0].magnitude
        assert len(given) == 2 * k
        t = sim.get_current_time()
        if cells.mean_spike_count() < 1000:
            source.set(spike_times=[t + 2.0, t + 4.0])
        current.amplitude = 0.1 * k
    extends = opened.told("extend")
    assert [[spikes.steps.tolist() for spikes in trains] for _, trains, _ in extends] == [
        [] if not k else [[100 * k + 20, 100 * k + 40]] for k in range(5)
    ]
    injected = [(c.steps.tolist(), c.amplitudes.tolist()) for *_, currents in extends for c in currents.values()]
    assert injected == [([200], [0.1]), ([300], [0.2]), ([400], [0.1 * 3])]
    (captured,) = session.networks()
    assert same_trials(captured.recorded, batch(captured.network))
    (train,) = captured.network.spikes
    assert train.steps.tolist() == [120, 140, 220, 240, 320, 340, 420, 440]


def test_callbacks_that_read_and_write(session, opened):
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[]))
    cell = sim.Population(1, sim.IF_cond_exp())
    cell.record(["v", "spikes"])
    seen = []

    def loop(t):
        if t > 0:
            seen.append(float(cell.get_data("v").segments[0].analogsignals[0].magnitude[-1, 0]))
            source.set(spike_times=[t + 1.0, t + 3.0])
        return t + 10.0

    sim.run(50.0, callbacks=[loop])
    (captured,) = session.networks()
    assert captured.network.spikes[0].steps.tolist() == [110, 130, 210, 230, 310, 330, 410, 430]
    assert opened.toy.steps == 500 and len(seen) == 5
    assert seen == [float(captured.recorded[0].signals[0].values[step, 0]) for step in (100, 200, 300, 400, 500)]


def test_weights_are_read_and_set_in_a_loop(session, opened):
    cells = firing()
    projection = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=1.0))
    for k in range(3):
        sim.run(5.0)
        assert cells.mean_spike_count() >= 0
        (weight, *_) = (w for *_, w in projection.get("weight", format="list"))
        assert weight == pytest.approx(0.1 * 2**k)
        projection.set(weight=2 * weight)
    assert [[float(c.values) for c in epoch.changes] for epoch, *_ in opened.told("extend")] == [[], [0.2], [0.4]]
    assert len(opened.told("trial")) == 1


def test_a_change_that_cannot_be_is_refused_before_it_is_sent(session, opened):
    cells = firing()
    sim.run(5.0)
    cells.get_data()
    cells.set(tau_m=-1.0)
    sim.run(5.0)
    with pytest.raises(NetworkError, match=r"tau_m.*must be positive"):
        cells.get_data()
    assert opened.toy.steps == 50


def test_a_simulation_that_fails_is_closed(opened):
    class Failing(Toy):
        def extend(self, *content):
            raise SimulatorFailed("The toy broke.")

    toy = Failing()
    with pytest.raises(SimulatorFailed), sim.capturing(lambda: toy):
        sim.setup()
        cells = firing()
        sim.run(1.0)
        cells.get_data()
    assert toy.told[-1] == ("close",)


def test_how_far_it_is_can_be_watched(opened):
    seen = []
    with sim.capturing(opened, watch=seen.append):
        sim.setup(timestep=0.1)
        cells = firing()
        for _ in range(3):
            sim.run(5.0)
            cells.get_data()
            cells.get_data()
    assert seen == [CaptureProgress(5.0, 1), CaptureProgress(10.0, 2), CaptureProgress(15.0, 3)]


def test_each_setup_has_a_simulation_of_its_own(opened):
    with sim.capturing(opened, "sweep") as session:
        first = None
        for current in (0.0, 1.0):
            sim.setup(timestep=0.1)
            cells = firing(2, current)
            sim.run(10.0)
            first = first or cells
            cells.mean_spike_count()
        sim.setup()
        assert first.mean_spike_count() == 0
        one, other = session.networks()
    assert (one.network.label, other.network.label) == ("sweep-1", "sweep-2")
    assert len(opened.toys) == 2 and [toy.told[-1][0] for toy in opened.toys] == ["finish"] * 2
    # the second was built after data of the first were read
    assert not one.driven and other.driven
    assert not one.recorded[0].spikes[0].found and other.recorded[0].spikes[0].found


def test_a_request_before_anything_ran(session, opened):
    cells = firing()
    sim.run(0.0)
    with pytest.raises(CaptureError, match="Nothing has run yet"):
        cells.get_data()
    assert not opened.toys
