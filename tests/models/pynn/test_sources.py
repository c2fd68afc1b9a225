"""Spike sources with a random process: statistics against theory, determinism, changes, refusals.

Bounds are five standard errors, or Kolmogorov-Smirnov's critical distance at 1 % (1.63 / sqrt(n)), for the number of
spikes at hand; seeds are fixed.
"""

from itertools import pairwise

import numpy as np
import pytest
from pyNN.parameters import Sequence
from scipy import stats

import unisono.models.pynn as sim
from unisono.models.errors import NetworkError

SOURCES = {
    "SpikeSourcePoisson": {"rate": 100.0},
    "SpikeSourcePoissonRefractory": {"rate": 100.0, "tau_refrac": 4.0},
    "SpikeSourceGamma": {"alpha": 3.0, "beta": 300.0},
    "SpikeSourceInhGamma": {"a": [3.0, 2.0, 0.7], "b": [0.003, 0.005, 0.02], "tbins": [0.0, 20.0, 60.0]},
    "SpikeSourceInhPoisson": {"rates": [100.0, 0.0, 300.0], "tbins": [0.0, 20.0, 60.0]},
}
RENEWALS = ["SpikeSourcePoissonRefractory", "SpikeSourceGamma", "SpikeSourceInhGamma"]


def spikes_of(kind, parameters, *durations, size=20, dt=0.1, seed=1, others=0):
    with sim.capturing() as session:
        sim.setup(timestep=dt, seed=seed)
        population = sim.Population(size, getattr(sim, kind)(**parameters), label="sources")
        for _ in range(others):
            sim.Population(3, sim.SpikeSourceGamma(beta=500.0))
        for duration in durations:
            sim.run(duration)
    return session.network().spikes[population.index]


def table(spikes):
    return np.column_stack([spikes.steps, spikes.cells, np.broadcast_to(spikes.counts, spikes.cells.shape)]).tolist()


def trains(spikes, size):
    """Steps of each cell's spikes, each as often as it is counted."""
    repeats = np.broadcast_to(spikes.counts, spikes.cells.shape)
    cells, steps = np.repeat(spikes.cells, repeats), np.repeat(spikes.steps, repeats)
    return [steps[cells == cell] for cell in range(size)]


def intervals(spikes, size, dt):
    return np.concatenate([np.diff(t) for t in trains(spikes, size)]) * dt


def cv_error(cv, skewness, kurtosis, number):
    """Standard error of a coefficient of variation: delta method on mean and standard deviation."""
    return cv * np.sqrt(((kurtosis - 1) / 4 - skewness * cv + cv**2) / number)


# -- statistics ---------------------------------------------------------------


@pytest.mark.parametrize("refractory", [0.0, 5.0, 9.5])
def test_refractory_poisson(refractory):
    size, duration, dt = 40, 10000.0, 0.1
    spikes = spikes_of("SpikeSourcePoissonRefractory", {"rate": 100.0, "tau_refrac": refractory}, duration, size=size)
    found = intervals(spikes, size, dt)
    expected, cv = size * duration / 10.0, 1 - refractory / 10.0
    number = sum(t.size for t in trains(spikes, size))
    assert abs(number - expected) < 5 * cv * np.sqrt(expected)
    # an exponential distribution, shifted: skewness 2, kurtosis 9; rounding to the grid adds dt**2 / 6
    wanted = np.sqrt(cv**2 + (dt / 10.0) ** 2 / 6)
    assert abs(found.std() / found.mean() - wanted) < 5 * cv_error(cv, 2.0, 9.0, found.size)
    assert np.rint(found / dt).min() >= round(refractory / dt)
    if refractory:
        assert np.rint(found / dt).min() <= round(refractory / dt) + 1


@pytest.mark.parametrize("alpha", [0.5, 1.0, 4.0, 50.0])
def test_gamma(alpha):
    size, duration, dt = 40, 5000.0, 0.01
    spikes = spikes_of("SpikeSourceGamma", {"alpha": alpha, "beta": 100.0 * alpha}, duration, size=size, dt=dt)
    found = intervals(spikes, size, dt)
    expected, cv = size * duration / 10.0, 1 / np.sqrt(alpha)
    number = sum(t.size for t in trains(spikes, size))
    assert abs(number - expected) < 5 * cv * np.sqrt(expected)
    error = cv_error(cv, 2 / np.sqrt(alpha), 3 + 6 / alpha, found.size)
    assert abs(found.std() / found.mean() - cv) < 5 * error
    one = np.diff(trains(spikes, size)[0])
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 5 / np.sqrt(one.size)
    if alpha >= 1:  # below, rounding to the grid moves many of the shortest intervals to zero
        distance = stats.kstest(found, stats.gamma(alpha, scale=10.0 / alpha).cdf).statistic
        assert distance < 1.63 / np.sqrt(found.size)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("SpikeSourcePoissonRefractory", {"rate": 100.0, "tau_refrac": 9.0}),
        ("SpikeSourceGamma", {"alpha": 20.0, "beta": 2000.0}),
        ("SpikeSourceGamma", {"alpha": 0.3, "beta": 30.0}),
        ("SpikeSourceInhGamma", {"a": [20.0], "b": [0.0005], "tbins": [0.0]}),
    ],
)
def test_renewal_processes_begin_in_equilibrium(kind, parameters):
    size = 10000
    spikes = spikes_of(kind, parameters, 20.0, size=size)
    times = np.concatenate(trains(spikes, size)) * 0.1
    counts = np.histogram(times, np.arange(0, 21) + 0.05)[0]
    # 0.1 spikes a cell in a millisecond; those of a bursting source come in groups: variance 1 + CV**2 at most
    assert (np.abs(counts - 0.1 * size) < 5 * np.sqrt(0.1 * size * (1 + 1 / parameters.get("alpha", 1.0)))).all()


def rescaled(spikes, size, hazard, steps, dt):
    """Integrals of the hazard over the intervals between spikes: of mean one, exponential, if the hazard is right.

    Brown, Barbieri, Ventura, Kass & Frank (2002), Neural Comput 14:325. The integral is the midpoint rule's.
    """
    middle = (np.arange(steps) + 0.5) * dt
    parts = []
    for train in trains(spikes, size):
        for begin, end in pairwise(train):
            time = middle[begin:end]
            parts.append(np.sum(hazard(time, time - begin * dt)) * dt)
    return np.array(parts)


def distance(parts):
    return stats.kstest(parts, stats.expon.cdf).statistic


def test_time_rescaling_of_the_inhomogeneous_gamma_process():
    size, duration, dt = 8, 4000.0, 0.02
    a, b, tbins = np.array([3.0, 1.5, 6.0, 2.0]), np.array([0.004, 0.006, 0.003, 0.02]), np.arange(4) * 1000.0 + 0.6
    # many short bins: parameters change within intervals
    edges = np.arange(0, 4000.0, 7.3)
    place = np.searchsorted(tbins, edges, side="right") - 1 + (np.arange(edges.size) % 2)
    a, b = a[np.clip(place, 0, 3)], b[np.clip(place, 0, 3)]
    spikes = spikes_of(
        "SpikeSourceInhGamma",
        {"a": Sequence(a), "b": Sequence(b), "tbins": Sequence(edges)},
        duration,
        size=size,
        dt=dt,
    )

    def hazard(time, age):
        index = np.searchsorted(edges, time, side="right") - 1
        law = stats.gamma(a[index], scale=1000 * b[index])
        return law.pdf(age) / law.sf(age)

    def forgetful(time, age):
        index = np.searchsorted(edges, time, side="right") - 1
        return 0.001 / (a[index] * b[index])

    steps = round(duration / dt)
    parts = rescaled(spikes, size, hazard, steps, dt)
    assert parts.size > 1500
    assert distance(parts) < 1.63 / np.sqrt(parts.size)
    assert distance(rescaled(spikes, size, forgetful, steps, dt)) > 3 * 1.63 / np.sqrt(parts.size)


def test_time_rescaling_of_the_inhomogeneous_poisson_process():
    size, duration, dt = 10, 2000.0, 0.02
    edges = np.arange(0.0, duration, 10.0)
    rates = 60.0 + 60.0 * np.sin(2 * np.pi * edges / 500.0)
    spikes = spikes_of(
        "SpikeSourceInhPoisson", {"rates": Sequence(rates), "tbins": Sequence(edges)}, duration, size=size, dt=dt
    )

    def hazard(time, age):
        return rates[np.searchsorted(edges, time, side="right") - 1] / 1000.0

    parts = rescaled(spikes, size, hazard, round(duration / dt), dt)
    assert parts.size > 1000
    assert distance(parts) < 1.63 / np.sqrt(parts.size)
    constant = rescaled(spikes, size, lambda time, age: np.full(time.size, 0.06), round(duration / dt), dt)
    assert distance(constant) > 2 * 1.63 / np.sqrt(parts.size)


@pytest.mark.parametrize("highest", [20.0, 800.0, 20000.0])
def test_the_course_of_a_poisson_rate(highest):
    size, dt = 400, 0.1
    rates, tbins = [[0.1, 1.0, 0.0, 0.5], [0.7, 0.2]], [[10.0, 30.0, 50.0, 70.0], [0.04, 60.0]]
    given = {
        "rates": [Sequence(np.array(rates[i % 2]) * highest) for i in range(size)],
        "tbins": [Sequence(tbins[i % 2]) for i in range(size)],
    }
    spikes = spikes_of("SpikeSourceInhPoisson", given, 100.0, size=size)
    for half, (values, times) in enumerate(zip(rates, tbins, strict=True)):
        mine = spikes.cells % 2 == half
        steps = np.repeat(spikes.steps, np.broadcast_to(spikes.counts, spikes.cells.shape) * mine)
        edges = np.array([0.0, *np.round(times, 1), 100.0])
        counts = np.histogram(steps * dt, edges + dt / 2)[0]
        wanted = np.array([0.0, *values]) * highest * np.diff(edges) * size / 2 / 1000.0
        assert (np.abs(counts - wanted) <= 5 * np.sqrt(wanted)).all()


# -- determinism --------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_spikes_depend_on_nothing_but_the_seed_and_their_own_parameters(kind):
    parameters = SOURCES[kind]
    alone = table(spikes_of(kind, parameters, 100.0))
    assert len(alone) > 100
    assert table(spikes_of(kind, parameters, 100.0)) == alone
    assert table(spikes_of(kind, parameters, 100.0, others=2)) == alone
    assert table(spikes_of(kind, parameters, 3.7, 16.3, 1.0, 79.0)) == alone
    longer = spikes_of(kind, parameters, 3000.0)
    assert [row for row in table(longer) if row[0] <= 1000] == alone
    assert table(spikes_of(kind, parameters, 100.0, seed=2)) != alone


def test_the_parameters_of_one_cell_leave_the_others_alone():
    one = spikes_of("SpikeSourceGamma", {"alpha": 3.0, "beta": [300.0, 200.0, 100.0]}, 1000.0, size=3)
    other = spikes_of("SpikeSourceGamma", {"alpha": [3.0, 1.0, 3.0], "beta": [300.0, 900.0, 100.0]}, 1000.0, size=3)
    same = [np.array_equal(x, y) for x, y in zip(trains(one, 3), trains(other, 3), strict=True)]
    assert same == [True, False, True]


def test_a_constant_course_has_the_statistics_of_the_constant_process():
    one = spikes_of("SpikeSourceInhGamma", {"a": 4.0, "b": 0.0025, "tbins": 0.0}, 10000.0, size=40)
    found = intervals(one, 40, 0.1)
    assert abs(found.size + 40 - 40000) < 5 * 0.5 * np.sqrt(40000)
    assert abs(found.std() / found.mean() - 0.5) < 5 * cv_error(0.5, 1.0, 4.5, found.size)
    again = spikes_of("SpikeSourceInhPoisson", {"rates": 100.0, "tbins": 0.0}, 100.0)
    assert table(again) == table(spikes_of("SpikeSourcePoisson", {"rate": 100.0}, 100.0))


@pytest.mark.parametrize("kind", SOURCES)
def test_beginning_and_end(kind):
    spikes = spikes_of(kind, {**SOURCES[kind], "start": [65.0, 80.0] * 50, "duration": 30.0}, 150.0, size=100)
    for half, start in enumerate((650, 800)):
        steps = spikes.steps[spikes.cells % 2 == half]
        assert steps.min() > start and steps.max() <= start + 300
        assert steps.min() < start + 30 and steps.max() > start + 270


def test_there_are_no_spikes_before_the_first_bin():
    for kind, values in (("SpikeSourceInhGamma", {"a": 2.0, "b": 0.001}), ("SpikeSourceInhPoisson", {"rates": 500.0})):
        spikes = spikes_of(kind, {**values, "tbins": 30.0}, 60.0)
        assert 300 < spikes.steps.min() < 310


def test_bins_before_zero_and_bins_on_one_grid_point():
    spikes = spikes_of(
        "SpikeSourceInhPoisson", {"rates": [9.0, 1000.0, 9.0, 0.0], "tbins": [-20.0, -10.0, 50.0, 50.04]}, 100.0
    )
    assert 490 < spikes.steps.max() <= 500
    assert 800 < np.sum(np.broadcast_to(spikes.counts, spikes.steps.shape)) < 1200


# -- changes between runs -----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("SpikeSourcePoissonRefractory", {"rate": 100.0, "tau_refrac": 9.0}, {"rate": 50.0, "tau_refrac": 15.0}),
        ("SpikeSourceGamma", {"alpha": 100.0, "beta": 10000.0}, {"alpha": 100.0, "beta": 5000.0}),
        (
            "SpikeSourceInhGamma",
            {"a": [100.0], "b": [0.0001], "tbins": [0.0]},
            {"a": [100.0, 100.0], "b": [0.0002, 0.0002], "tbins": [0.0, 500.0]},
        ),
    ],
)
def test_renewal_processes_go_on_from_their_last_spike(kind, before, after):
    size = 200
    with sim.capturing() as session:
        sim.setup(timestep=0.1)
        population = sim.Population(size, getattr(sim, kind)(**before))
        sim.run(100.0)
        first = session.network().spikes[0]
        population.set(**before)
        sim.run(100.0)
        population.set(**after)
        sim.run(200.0)
        sim.reset()
        sim.run(100.0)
    spikes, again = session.network().spikes
    assert table(first) == [row for row in table(spikes) if row[0] <= 1000]
    found = trains(spikes, size)
    # the chance of an interval below half the mean is below 1e-8 for these gamma processes
    least = 9.0 if "Refractory" in kind else 5.0
    assert min(np.diff(t[t <= 2000]).min() for t in found) * 0.1 >= least
    # from the last spike before the change, the longer refractory period holds
    assert min(np.diff(t[np.searchsorted(t, 2000, side="right") - 1 :]).min() for t in found) * 0.1 >= least * 5 / 3
    late = sum((t > 3000).sum() for t in found)
    assert abs(late - size * 5) < 5 * np.sqrt(size * 5)
    assert again.trial == 1 and table(again) != table(first)


def test_inconsistent_parameters_between_two_set_calls_are_no_error():
    with sim.capturing() as session:
        sim.setup(timestep=0.1)
        population = sim.Population(2, sim.SpikeSourcePoissonRefractory(rate=10.0, tau_refrac=50.0))
        sim.run(100.0)
        population.set(rate=100.0)
        population.set(tau_refrac=5.0)
        sim.run(500.0)
    assert session.network().spikes[0].steps.max() > 5000


def test_some_cells_change():
    with sim.capturing() as session:
        sim.setup(timestep=0.1)
        population = sim.Population(4, sim.SpikeSourceInhPoisson(rates=[100.0], tbins=[0.0]))
        sim.run(100.0)
        population[2:].set(rates=Sequence([0.0, 2000.0]), tbins=Sequence([0.0, 150.0]))
        sim.run(100.0)
    found = trains(session.network().spikes[0], 4)
    assert all(not ((t > 1000) & (t <= 1500)).any() and (t > 1500).sum() > 50 for t in found[2:])
    assert all((t > 1500).sum() < 30 for t in found[:2])


# -- refusals -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("SpikeSourcePoissonRefractory", {"rate": -1.0}, "rate"),
        ("SpikeSourcePoissonRefractory", {"rate": 100.0, "tau_refrac": -1.0}, "tau_refrac"),
        ("SpikeSourcePoissonRefractory", {"rate": 100.0, "tau_refrac": 10.0}, "shorter than the mean interval"),
        ("SpikeSourcePoissonRefractory", {"rate": [1.0, 100.0], "tau_refrac": 11.0}, "shorter than the mean interval"),
        ("SpikeSourcePoissonRefractory", {"rate": 1e12}, "Give the rate in Hz"),
        ("SpikeSourceGamma", {"alpha": 0.0}, "alpha must be above zero"),
        ("SpikeSourceGamma", {"beta": -2.0}, "beta must be above zero"),
        ("SpikeSourceGamma", {"beta": 1e12}, "alpha/beta"),
        ("SpikeSourceGamma", {"duration": -1.0}, "duration must be a number that is not negative"),
        ("SpikeSourceInhGamma", {"a": [1.0, 0.0], "b": [1.0, 1.0], "tbins": [0.0, 1.0]}, "values of a must be above"),
        ("SpikeSourceInhGamma", {"a": [1.0, 2.0], "b": [1.0, -1.0], "tbins": [0.0, 1.0]}, "values of b must be above"),
        ("SpikeSourceInhGamma", {"a": [1.0, 2.0], "b": [1.0, 1.0], "tbins": [1.0, 1.0]}, "increase"),
        ("SpikeSourceInhGamma", {"a": [1.0, 2.0], "b": [1.0, 1.0], "tbins": [0.0, np.nan]}, "increase"),
        ("SpikeSourceInhGamma", {"a": [1.0, 2.0], "b": [1.0], "tbins": [0.0, 1.0]}, "one value for each time"),
        ("SpikeSourceInhGamma", {"a": [], "b": [], "tbins": []}, "increase"),
        ("SpikeSourceInhGamma", {"a": [1.0], "b": [1e-12], "tbins": [0.0]}, "Give b in s"),
        ("SpikeSourceInhPoisson", {"rates": [1.0, -3.0], "tbins": [0.0, 5.0]}, "values of rates"),
        ("SpikeSourceInhPoisson", {"rates": [1.0, 3.0], "tbins": [5.0, 0.0]}, "increase"),
    ],
)
def test_parameters_that_cannot_be(kind, parameters, message):
    with pytest.raises(NetworkError, match=message) as caught:
        spikes_of(kind, parameters, 1.0, size=2)
    assert caught.value.remedy and "sources" in caught.value.message


@pytest.mark.parametrize("bad", [{"beta": float("nan")}, {"start": float("inf")}, {"alpha": [1.0, -1.0]}])
def test_values_that_cannot_be_are_refused_after_a_run_too(bad):
    with sim.capturing() as session:
        sim.setup()
        population = sim.Population(2, sim.SpikeSourceGamma(), label="late")
        sim.run(1.0)
        population.set(**bad)
        sim.run(1.0)
        with pytest.raises(NetworkError, match=f"'late': {next(iter(bad))} must be"):
            session.network()


def test_defaults_run_and_are_kept():
    for kind in SOURCES:
        with sim.capturing() as session:
            sim.setup()
            sim.Population(2, getattr(sim, kind)(), label="defaults")
            sim.run(5000.0)
        network = session.network()
        assert network.spikes[0].cells.size > 0
        assert {"start", "duration"} <= set(network.populations[0].parameters)
