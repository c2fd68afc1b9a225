"""Poisson input that cells draw themselves: when it is chosen, and that it is the process of spikes drawn before."""

import numpy as np
import pytest

from unisono.models import pynn as sim
from unisono.models.dynamics.generator import advanced, counts, numbers
from unisono.models.library import build_network
from unisono.models.pynn import poisson_inside
from unisono.models.pynn.simulator import capturing

SIZE, RATE, STEPS = 40, 12_000.0, 500


def _network(change=None, size=SIZE, **source):
    with capturing(label="test") as session:
        sim.setup(timestep=0.1, rng_seed=5)
        cells = sim.Population(size, sim.IF_curr_delta(), label="cells")
        sources = sim.Population(size, sim.SpikeSourcePoisson(**{"rate": RATE, **source}), label="sources")
        synapse = sim.StaticSynapse(weight=0.25, delay=1.5)
        projection = sim.Projection(sources, cells, sim.OneToOneConnector(), synapse)
        if change:
            change(cells, sources, projection)
        sim.run(STEPS * 0.1)
    return session.network()


@pytest.fixture
def _many(monkeypatch):
    monkeypatch.setattr(poisson_inside, "LARGEST", SIZE * RATE * STEPS * 1e-4 - 1)


def test_few_spikes_are_drawn_in_the_network():
    network = _network()
    assert len(network.projections) == len(network.spikes) == 1
    assert network.populations[0].cell == "IF_curr_delta"


@pytest.mark.usefixtures("_many")
def test_many_are_drawn_by_the_cells():
    network = _network()
    assert not network.projections and not network.spikes
    cells = network.populations[0]
    assert cells.cell == "IF_curr_delta_poisson"
    (found,) = cells.model.poisson.values()
    values = {name: float(cells.parameters[getattr(found, name)]) for name in ("weight", "mean", "none")}
    assert values == {"weight": 0.25, "mean": pytest.approx(1.2), "none": pytest.approx(np.exp(-1.2))}
    assert _network().fingerprint == network.fingerprint
    # one step less, and they are too few
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(poisson_inside, "LARGEST", SIZE * RATE * STEPS * 1e-4)
        assert _network().spikes


@pytest.mark.usefixtures("_many")
def test_both_forms_are_the_same_process(monkeypatch):
    cells = _network().populations[0]
    (found,) = cells.model.poisson.values()
    state = cells.initial[found.first], cells.initial[found.second]
    mean, none = (np.broadcast_to(cells.parameters[name], SIZE) for name in (found.mean, found.none))
    inside = np.empty((STEPS, SIZE))
    for step in range(STEPS):
        state = advanced(*state)
        inside[step] = counts(numbers(*state), mean, none)
    monkeypatch.setattr(poisson_inside, "LARGEST", np.inf)
    (spikes,) = _network().spikes
    outside = np.zeros((STEPS + 1, SIZE))
    outside[spikes.steps, spikes.cells] = spikes.counts
    number = STEPS * SIZE
    for drawn in (inside, outside[1:]):
        # mean and variance of a Poisson process within four standard errors, no correlation of cells or of steps
        assert drawn.mean() == pytest.approx(1.2, abs=4 * np.sqrt(1.2 / number))
        assert drawn.var() == pytest.approx(1.2, abs=4 * np.sqrt((1.2 + 2 * 1.2**2) / number))
        centred = drawn - 1.2
        for a, b in ((centred[:-1], centred[1:]), (centred[:, :-1], centred[:, 1:])):
            assert (a * b).mean() == pytest.approx(0, abs=4 * 1.2 / np.sqrt(a.size))
        # both have the distribution of Poisson
        expected = number * np.exp(-1.2) * np.cumprod([1, *(1.2 / k for k in range(1, 7))])
        seen = np.array([(drawn == k).sum() for k in range(7)])
        assert ((seen - expected) ** 2 / expected).sum() < 22.5  # 0.1 % of chi2 with 6 degrees of freedom


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize(
    "change",
    [
        lambda cells, sources, projection: sources.record("spikes"),
        lambda cells, sources, projection: sources.set(start=5.0),
        lambda cells, sources, projection: sources.set(duration=5.0),
        lambda cells, sources, projection: sim.Projection(
            sources, cells, sim.FixedProbabilityConnector(0.1), sim.StaticSynapse()
        ),
        lambda cells, sources, projection: (sim.run(1.0), projection.set(weight=0.5)),
        lambda cells, sources, projection: (sim.run(1.0), sources.set(rate=2 * RATE)),
        lambda cells, sources, projection: (sim.run(1.0), sim.reset(), sources.set(rate=2 * RATE)),
    ],
)
def test_a_source_that_something_else_sees_stays_one(change):
    network = _network(change)
    assert network.spikes and network.populations[0].cell == "IF_curr_delta"


@pytest.mark.usefixtures("_many")
def test_several_inputs_and_trials_have_numbers_of_their_own():
    def more(cells, sources, projection):
        other = sim.Population(SIZE, sim.SpikeSourcePoisson(rate=2 * RATE), label="others")
        sim.Projection(
            other, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=-0.1), receptor_type="inhibitory"
        )
        sim.run(1.0)
        sim.reset()

    network = _network(more)
    cells = network.populations[0]
    assert [found.receptor for found in cells.model.poisson.values()] == ["excitatory", "inhibitory"]
    drawn = [cells.initial[state].tolist() for state in cells.model.random]
    later = [change.values.tolist() for change in network.trials[1].epochs[0].changes]
    values = [tuple(x) for x in (*drawn, *later)]
    assert len(set(values)) == len(values) == 8


def test_the_microcircuit_draws_its_input_inside(monkeypatch):
    monkeypatch.setattr(poisson_inside, "LARGEST", 0)
    network = build_network("potjans_diesmann", n_scaling=0.005, k_scaling=0.05, duration=10.0)
    assert not network.spikes
    assert {p.cell for p in network.populations if not p.is_source} == {"IF_curr_exp_poisson"}
