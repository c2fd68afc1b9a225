"""Runs, resets and changes between runs: the schedule of the Network."""

import numpy as np
import pytest
from pyNN.random import NumpyRNG, RandomDistribution

import unisono.models.pynn as sim
from unisono.models.errors import CaptureError, NetworkError


@pytest.fixture
def cells(session):
    return sim.Population(4, sim.IF_curr_exp(), label="cells")


def epochs(session, trial=0):
    return session.network().trials[trial].epochs


def test_runs_without_changes_are_one(session, cells):
    assert sim.run(10.0) == 10.0
    assert sim.run_for(5.0) == 15.0
    assert sim.run_until(20.0) == 20.0
    assert sim.get_current_time() == 20.0
    assert [e.steps for e in epochs(session)] == [200]
    with pytest.raises(ValueError, match="in the past"):
        sim.run_until(3.0)


def test_state_queries(session, cells):
    assert (sim.get_time_step(), sim.num_processes(), sim.rank()) == (0.1, 1, 0)
    assert sim.get_min_delay() == sim.get_max_delay() == 0.1
    projection = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=0.5))
    projection[3].delay = 2.0
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.5, 2.0)


def test_callbacks_are_called_at_their_times(session, cells):
    class Every:
        def __init__(self, interval):
            self.interval, self.times = interval, []

        def __call__(self, t):
            self.times.append(round(t, 6))
            return t + self.interval

    often, seldom = Every(2.0), Every(5.0)
    sim.run(10.0, callbacks=[often, seldom])
    assert often.times == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert seldom.times == [0.0, 5.0, 10.0]
    assert [e.steps for e in epochs(session)] == [100]


def test_parameters_that_change(session, cells):
    sim.run(10.0)
    cells.set(tau_m=12.0)
    cells[1:3].set(cm=[0.5, 0.6])
    cells[3].i_offset = 0.7
    sim.run(5.0)
    first, second = epochs(session)
    assert not first.changes and (first.steps, second.steps) == (100, 50)
    found = [(c.kind, c.name, c.values.tolist(), None if c.cells is None else c.cells.tolist()) for c in second.changes]
    assert found == [
        ("parameter", "tau_m", 12.0, None),
        ("parameter", "cm", [0.5, 0.6], [1, 2]),
        ("parameter", "i_offset", 0.7, [3]),
    ]
    population = session.network().populations[0]
    assert float(population.parameters["tau_m"]) == 20.0
    assert cells.get("cm").tolist() == [1.0, 0.5, 0.6, 1.0]


def test_states_that_change(session, cells):
    cells.initialize(v=-60.0)
    sim.run(10.0)
    cells.initialize(v=RandomDistribution("uniform", (-70, -60), rng=NumpyRNG(seed=1)))
    sim.run(10.0)
    sim.reset()
    sim.run(10.0)
    assert float(session.network().populations[0].initial["v"]) == -60.0
    drawn = np.random.RandomState(1).uniform(-70, -60, 4).tolist()
    for trial, epoch in ((0, 1), (1, 0)):
        (change,) = epochs(session, trial)[epoch].changes
        assert (change.kind, change.name, change.values.tolist()) == ("state", "v", drawn)


def test_weights_that_change(session, cells):
    other = sim.Population(2, sim.IF_curr_exp())
    projection = sim.Projection(cells[:3] + other, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    sim.run(10.0)
    projection.set(weight=2.0)
    weights = np.arange(20.0).reshape(5, 4)
    projection.set(weight=weights)
    sim.run(10.0)
    changes = epochs(session)[1].changes
    assert [(c.kind, c.index) for c in changes] == [("synapse", 0), ("synapse", 1)]
    for change, offset in zip(changes, (0, 3), strict=True):
        captured = session.network().projections[change.index]
        np.testing.assert_array_equal(change.values, weights[captured.pre + offset, captured.post])
        assert float(captured.weight) == 1.0


def test_resets_begin_new_trials(session, cells):
    sim.run(10.0)
    sim.reset()
    assert sim.get_current_time() == 0.0
    sim.reset()
    cells.set(tau_m=15.0)
    sim.run(20.0)
    sim.reset()
    network = session.network()
    assert [t.steps for t in network.trials] == [100, 200]
    assert network.duration == pytest.approx(30.0)
    assert [c.name for c in network.trials[1].epochs[0].changes] == ["tau_m"]


def test_a_change_before_the_first_run_is_no_change(session, cells):
    cells.set(tau_m=15.0)
    cells.set(tau_m=16.0)
    sim.run(1.0)
    assert not epochs(session)[0].changes
    assert float(session.network().populations[0].parameters["tau_m"]) == 16.0


def test_setup_begins_anew_and_the_last_run_counts(session):
    for size in (2, 3):
        sim.setup(timestep=0.5)
        sim.Population(size, sim.IF_curr_exp())
        sim.run(5.0)
    sim.setup()
    sim.Population(7, sim.IF_curr_exp())
    network = session.network()
    assert (network.neurons, network.dt) == (3, 0.5)


def test_names_are_counted_from_the_start_of_each_capture():
    def labels():
        with sim.capturing() as session:
            sim.setup()
            cells = [sim.Population(1, sim.IF_curr_exp()) for _ in range(2)]
            assembly = sim.Assembly(*cells)
            sim.run(1.0)
        return [p.label for p in session.network().populations], assembly.label

    assert labels() == labels() == (["population0", "population1"], "assembly0")


def test_nothing_outlives_the_block():
    with sim.capturing() as first:
        sim.setup(timestep=0.2)
        sim.Population(2, sim.IF_curr_exp())
        with sim.capturing() as second:
            sim.setup(timestep=0.3)
            sim.Population(1, sim.IF_curr_exp())
            sim.run(3.0)
        assert sim.get_time_step() == 0.2
        sim.run(2.0)
    assert (first.network().neurons, second.network().neurons) == (2, 1)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda c, p: sim.Population(1, sim.IF_curr_exp()), "population cannot be added after a run"),
        (
            lambda c, p: sim.Projection(c, c, sim.AllToAllConnector(), sim.StaticSynapse()),
            "projection cannot be added after a run",
        ),
        (lambda c, p: p.set(delay=2.0), "delay cannot be changed after a run"),
    ],
)
def test_what_cannot_change_after_a_run(session, cells, act, words):
    projection = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
    sim.run(1.0)
    with pytest.raises(CaptureError, match=words):
        act(cells, projection)


def test_nothing_ran(session, cells):
    with pytest.raises(CaptureError, match="never runs"):
        session.network()


def test_times_that_cannot_be(session, cells):
    with pytest.raises(NetworkError, match="not a time"):
        sim.run(float("nan"))
    with pytest.raises(NetworkError, match="not a time"):
        sim.run(1e12)


def test_data_without_a_simulator(session, cells):
    cells.record("spikes")
    sim.run(1.0)
    with pytest.raises(CaptureError, match="no simulator"):
        cells.get_data()
