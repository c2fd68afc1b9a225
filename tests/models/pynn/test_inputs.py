"""Spike sources and current sources, instantiated on the grid."""

import numpy as np
import pytest
from pyNN.random import NumpyRNG

import unisono.models.pynn as sim
from unisono.models.errors import CaptureError, NetworkError


def spikes_of(sources, *durations, seed=1, others=0, dt=0.1):
    with sim.capturing() as session:
        sim.setup(timestep=dt, seed=seed)
        population = sources()
        for _ in range(others):
            sim.Population(3, sim.SpikeSourcePoisson(rate=500.0))
        for duration in durations:
            sim.run(duration)
    return session.network().spikes[population.index]


def table(spikes):
    return np.column_stack([spikes.steps, spikes.cells, np.broadcast_to(spikes.counts, spikes.cells.shape)]).tolist()


def test_times_are_rounded_counted_and_cut():
    spikes = spikes_of(
        lambda: sim.Population(2, sim.SpikeSourceArray(spike_times=[0.0, 0.29, 0.31, 0.9, 1.0, 2.0])), 1.0
    )
    assert table(spikes) == [[s, c, n] for s, n in ((0, 1), (3, 2), (9, 1), (10, 1)) for c in (0, 1)]


SOURCES = {
    "SpikeSourcePoisson": {"rate": 50.0},
    "SpikeSourcePoissonRefractory": {"rate": 50.0, "tau_refrac": 5.0},
    "SpikeSourceGamma": {"alpha": 2.0, "beta": 100.0},
    "SpikeSourceInhGamma": {"a": [2.0], "b": [0.01], "tbins": [0.0]},
}


def network_with(kind, before, label=None):
    with sim.capturing() as session:
        sim.setup(timestep=0.1, seed=3)
        before()
        sources = sim.Population(5, getattr(sim, kind)(**SOURCES[kind]), label=label)
        sim.Population(2, getattr(sim, kind)(**SOURCES[kind]))
        sim.run(200.0)
    return next(table(spikes) for spikes in session.network().spikes if spikes.population == sources.index)


@pytest.mark.parametrize("kind", SOURCES)
def test_spikes_depend_on_no_other_part_of_the_network(kind):
    def others():
        sim.Population(7, sim.IF_curr_exp())
        sim.NoisyCurrentSource()

    def other_sources():
        sim.Population(4, sim.SpikeSourceArray(spike_times=[]))

    def namesakes():
        sim.Population(4, getattr(sim, kind)(**SOURCES[kind]))

    alone = network_with(kind, lambda: None)
    assert len(alone) > 10 and network_with(kind, others) == network_with(kind, other_sources) == alone
    # where nothing tells sources apart, their order does; a label does, too
    assert network_with(kind, namesakes) != alone
    named = network_with(kind, lambda: None, "input")
    assert network_with(kind, namesakes, "input") == named != alone
    assert network_with(kind, others, "input") == named


def test_noise_depends_on_no_other_current():
    def drawn(*others):
        with sim.capturing():
            sim.setup(timestep=0.1, seed=3)
            for kind in others:
                kind()
            noise = sim.NoisyCurrentSource(stdev=1.0)
            sim.Population(1, sim.IF_curr_exp()).inject(noise)
            noise.record()
            sim.run(5.0)
            return noise.get_data().magnitude.ravel().tolist()

    assert drawn() == drawn(sim.DCSource, sim.ACSource) != drawn(sim.NoisyCurrentSource)


@pytest.mark.parametrize("times", [[-1.0, 2.0], [1.0, float("nan")], [float("inf")]])
def test_times_that_cannot_be(times):
    with pytest.raises(NetworkError, match="spike time"):
        spikes_of(lambda: sim.Population(1, sim.SpikeSourceArray(spike_times=times)), 1.0)


@pytest.mark.parametrize("rate", [20.0, 900.0, 20000.0])
@pytest.mark.parametrize("uneven", [False, True])
def test_poisson_counts_have_the_distribution(rate, uneven):
    size, duration, dt = 50, 200.0, 0.1
    rates = rate * (1 + np.arange(size) / size) if uneven else np.full(size, rate)
    spikes = spikes_of(lambda: sim.Population(size, sim.SpikeSourcePoisson(rate=rates if uneven else rate)), duration)
    counts = np.zeros((round(duration / dt), size))
    counts[spikes.steps - 1, spikes.cells] = spikes.counts
    wanted = rates * dt / 1000.0
    # the sum of many Poisson numbers: within five standard deviations
    assert abs(counts.sum() - wanted.sum() * len(counts)) < 5 * np.sqrt(wanted.sum() * len(counts))
    error = 5 * np.sqrt((wanted + 2 * wanted**2) / len(counts))
    assert (np.abs(counts.mean(axis=0) - wanted) < error).all()
    assert (np.abs(counts.var(axis=0) - wanted) < np.maximum(5 * error, 0.02 * wanted)).all()
    first, second = ((half - wanted).ravel() for half in np.split(counts, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(first.size)


def test_poisson_spikes_depend_on_nothing_else_in_the_network():
    def sources():
        return sim.Population(20, sim.SpikeSourcePoisson(rate=100.0))

    alone = table(spikes_of(sources, 100.0))
    assert table(spikes_of(sources, 100.0, others=2)) == alone
    assert table(spikes_of(sources, 37.0, 13.0, 50.0)) == alone
    longer = spikes_of(sources, 300.0)
    assert [row for row in table(longer) if row[0] <= 1000] == alone
    assert table(spikes_of(sources, 100.0, seed=2)) != alone


def test_poisson_beginning_and_end():
    spikes = spikes_of(
        lambda: sim.Population(2, sim.SpikeSourcePoisson(rate=5000.0, start=[10.0, 20.0], duration=30.0)), 100.0
    )
    for cell, start in enumerate((100, 200)):
        steps = spikes.steps[spikes.cells == cell]
        assert steps.min() > start and steps.max() <= start + 300
        assert steps.min() < start + 20 and steps.max() > start + 280


@pytest.mark.parametrize("parameters", [{"rate": -1.0}, {"rate": float("nan")}, {"rate": 1.0, "duration": -5.0}])
def test_poisson_parameters_that_cannot_be(parameters):
    with pytest.raises(NetworkError, match=r"rate|duration"):
        spikes_of(lambda: sim.Population(1, sim.SpikeSourcePoisson(**parameters)), 1.0)


def test_rates_and_times_change_between_runs():
    with sim.capturing() as session:
        sim.setup()
        poisson = sim.Population(50, sim.SpikeSourcePoisson(rate=100.0))
        array = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 95.0, 150.0]))
        sim.run(100.0)
        before = session.network().spikes
        poisson.set(rate=1000.0)
        array.set(spike_times=[50.0, 120.0])
        sim.run(100.0)
        sim.reset()
        sim.run(200.0)
    drawn, drawn_again, given, given_again = session.network().spikes
    assert table(before[0]) == [row for row in table(drawn) if row[0] <= 1000]
    later = drawn.counts * (drawn.steps > 1000) if drawn.counts.ndim else drawn.steps > 1000
    assert 4000 < later.sum() < 6000
    assert given.steps.tolist() == [50, 950, 1200]
    assert (given_again.trial, given_again.steps.tolist()) == (1, [500, 1200])
    assert drawn_again.trial == 1 and table(drawn_again) != table(drawn)


# -- currents -----------------------------------------------------------------


@pytest.fixture
def cells(session):
    return session, sim.Population(4, sim.IF_curr_exp(), label="cells")


def held(current, steps):
    """The amplitude of each step."""
    values = np.concatenate([[0.0], current.amplitudes])
    return values[np.searchsorted(current.steps, np.arange(steps), side="right")]


def captured(session, duration=10.0):
    sim.run(duration)
    return session.network().currents


def test_dc(cells):
    session, population = cells
    population.inject(sim.DCSource(amplitude=0.5, start=1.04, stop=3.0))
    (current,) = captured(session)
    assert (current.steps.tolist(), current.amplitudes.tolist()) == ([10, 30], [0.5, 0.0])
    assert current.cells.tolist() == [0, 1, 2, 3]


def test_ac_is_read_at_the_beginning_of_each_step(cells):
    session, population = cells
    population.inject(sim.ACSource(amplitude=0.5, offset=0.1, frequency=40.0, phase=30.0, start=2.0, stop=8.0))
    (current,) = captured(session)
    time = np.arange(100) * 0.1
    wanted = np.where(
        (time > 1.95) & (time < 7.95), 0.1 + 0.5 * np.sin(2 * np.pi * (0.04 * (time - 2.0) + 30 / 360)), 0
    )
    np.testing.assert_allclose(held(current, 100), wanted, rtol=0, atol=1e-14)


def test_steps(cells):
    session, population = cells
    population.inject(sim.StepCurrentSource(times=[1.0, 2.0, 2.04, 50.0], amplitudes=[0.1, 0.2, 0.3, 0.4]))
    (current,) = captured(session)
    assert (current.steps.tolist(), current.amplitudes.tolist()) == ([10, 20], [0.1, 0.3])


@pytest.mark.parametrize(("times", "amplitudes"), [([-1.0], [1.0]), ([2.0, 1.0], [1.0, 1.0]), ([1.0], [1.0, 2.0])])
def test_steps_that_cannot_be(cells, times, amplitudes):
    with pytest.raises(NetworkError, match="StepCurrentSource"):
        sim.StepCurrentSource(times=times, amplitudes=amplitudes)


def test_noise(cells):
    session, population = cells
    population.inject(sim.NoisyCurrentSource(mean=0.2, stdev=0.5, start=1.0, stop=9.0, dt=0.2, rng=NumpyRNG(seed=4)))
    (current,) = captured(session)
    drawn = np.random.RandomState(4).normal(size=100)
    wanted = np.zeros(100)
    wanted[10:90] = 0.2 + 0.5 * np.repeat(drawn[:40], 2)
    np.testing.assert_array_equal(held(current, 100), wanted)


def test_noise_does_not_depend_on_how_a_run_is_divided():
    def amplitudes(*durations):
        with sim.capturing() as session:
            sim.setup(seed=5)
            population = sim.Population(1, sim.IF_curr_exp())
            population.inject(sim.NoisyCurrentSource(mean=0.0, stdev=1.0))
            for duration in durations:
                sim.run(duration)
        return session.network().currents[0].amplitudes.tolist()

    assert amplitudes(10.0) == amplitudes(3.0, 7.0)
    with pytest.raises(NetworkError, match="multiple of the time step"):
        sim.NoisyCurrentSource(mean=0.0, stdev=1.0, dt=0.15)


def test_where_currents_go(cells):
    session, population = cells
    other = sim.Population(2, sim.IF_curr_exp())
    sim.DCSource(amplitude=1.0).inject_into(population[1:3])
    sim.DCSource(amplitude=2.0).inject_into([population[0], population[3], other[1]])
    population[2].inject(sim.DCSource(amplitude=3.0))
    (population + other).inject(sim.DCSource(amplitude=4.0))
    found = [(c.population, c.cells.tolist(), c.amplitudes.tolist()) for c in captured(session)]
    assert found == [
        (0, [1, 2], [1.0]),
        (0, [0, 3], [2.0]),
        (1, [1], [2.0]),
        (0, [2], [3.0]),
        (0, [0, 1, 2, 3], [4.0]),
        (1, [0, 1], [4.0]),
    ]


def test_no_current_goes_into_a_spike_source(cells):
    sources = sim.Population(2, sim.SpikeSourceArray())
    for target in (sources, sources[:1], [sources[0]]):
        with pytest.raises(TypeError, match="spike source"):
            sim.DCSource().inject_into(target)


def test_currents_change_between_runs_and_start_again_after_a_reset(cells):
    session, population = cells
    source = sim.DCSource(amplitude=1.0, start=2.0)
    source.record()
    population.inject(source)
    sim.run(5.0)
    source.amplitude = 3.0
    assert source.amplitude == 3.0
    sim.run(5.0)
    recorded = source.get_data()
    sim.reset()
    sim.run(4.0)
    late = sim.DCSource(amplitude=0.5)
    late.inject_into(population)
    sim.run(1.0)
    first, second, third = session.network().currents
    assert (first.steps.tolist(), first.amplitudes.tolist()) == ([20, 50], [1.0, 3.0])
    assert (second.trial, second.steps.tolist(), second.amplitudes.tolist()) == (1, [20], [3.0])
    assert (third.trial, third.steps.tolist(), third.amplitudes.tolist()) == (1, [40], [0.5])
    assert recorded.shape == (101, 1) and str(recorded.units.dimensionality) == "nA"
    assert recorded.magnitude[[19, 20, 49, 50, 100], 0].tolist() == [0.0, 1.0, 1.0, 3.0, 3.0]


def test_a_current_that_was_not_recorded(cells):
    with pytest.raises(CaptureError, match="not recorded"):
        sim.DCSource().get_data()
