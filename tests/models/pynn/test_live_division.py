"""However a schedule is divided into runs and requests for data, the Network and the simulation are the same."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from live_toy import Toy, batch, same_trials
from pyNN.random import NumpyRNG

import unisono.models.pynn as sim

#: What a script may do between two runs, by name; each takes the objects of the network and a number of 0 to 9.
ACTIONS = {
    "times": lambda o, n, t: o.array.set(spike_times=[t + 0.1 * k for k in range(1, n + 1)]),
    "rate": lambda o, n, t: o.poisson.set(rate=100.0 * n),
    "refractory": lambda o, n, t: o.refractory.set(rate=20.0 + 10 * n, tau_refrac=0.5 * n),
    "gamma": lambda o, n, t: o.gamma.set(beta=100.0 + 50 * n),
    "table": lambda o, n, t: o.table.set(b=sim.Sequence([0.001 * (n + 1), 0.002])),
    "rates": lambda o, n, t: o.rates.set(rates=sim.Sequence([50.0 * n, 400.0])),
    "direct": lambda o, n, t: o.direct.set_parameters(amplitude=0.1 * n),
    "sine": lambda o, n, t: o.sine.set_parameters(frequency=10.0 * n),
    "steps": lambda o, n, t: o.steps.set_parameters(times=[t + 1.0, t + 2.0], amplitudes=[0.1 * n, 0.3]),
    "noise": lambda o, n, t: o.noise.set_parameters(stdev=0.1 * n),
    "inject": lambda o, n, t: o.cells[n % 3].inject(o.direct),
    "offset": lambda o, n, t: o.cells[n % 3 : 3].set(i_offset=0.2 * n),
    "state": lambda o, n, t: o.cells.initialize(v=-60.0 - n),
    "weight": lambda o, n, t: o.projection.set(weight=0.5 * n),
}

ACTION = st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(0, 9))
#: Steps of a run, in parts; then what is done after it, and whether a reset follows.
STRETCH = st.tuples(st.lists(st.integers(1, 120), min_size=1, max_size=4), st.lists(ACTION, max_size=3), st.booleans())
SCHEDULE = st.lists(STRETCH, min_size=1, max_size=5)


class Objects:
    """Every kind of source and current, on a few cells."""

    def __init__(self):
        sim.setup(timestep=0.1, rng_seed=7)
        bins = sim.Sequence([0.0, 15.0])
        self.array = sim.Population(2, sim.SpikeSourceArray(spike_times=[0.0, 0.5, 12.0]))
        self.poisson = sim.Population(3, sim.SpikeSourcePoisson(rate=300.0))
        self.refractory = sim.Population(2, sim.SpikeSourcePoissonRefractory(rate=150.0, tau_refrac=2.0))
        self.gamma = sim.Population(2, sim.SpikeSourceGamma(alpha=2.0, beta=400.0))
        self.table = sim.Population(2, sim.SpikeSourceInhGamma(a=sim.Sequence([2.0, 1.0]), b=[0.003] * 2, tbins=bins))
        self.rates = sim.Population(2, sim.SpikeSourceInhPoisson(rates=sim.Sequence([100.0, 500.0]), tbins=bins))
        self.sources = [self.array, self.poisson, self.refractory, self.gamma, self.table, self.rates]
        self.cells = sim.Population(3, sim.IF_curr_exp(i_offset=[0.0, 0.5, 1.5]))
        every = sim.Assembly(*self.sources)
        synapses = sim.StaticSynapse(weight=2.0, delay=0.3)
        self.projection = sim.Projection(every, self.cells, sim.AllToAllConnector(), synapses)
        self.direct = sim.DCSource(amplitude=0.5, start=3.0, stop=40.0)
        self.sine = sim.ACSource(amplitude=0.5, frequency=30.0, phase=20.0, start=2.0)
        self.steps = sim.StepCurrentSource(times=[1.0, 9.0], amplitudes=[0.4, 0.0])
        self.noise = sim.NoisyCurrentSource(mean=0.2, stdev=0.5, dt=0.2, rng=NumpyRNG(seed=4))
        for source in (self.direct, self.sine, self.steps, self.noise, sim.NoisyCurrentSource(stdev=0.3, mean=0.0)):
            self.cells.inject(source)
        self.cells.record(["v", "spikes"])
        for source in self.sources:
            source.record("spikes")


def played(schedule, divided, read):
    """The session of a schedule, its runs in parts or not, with requests for data or none."""
    toys = []

    def simulate():
        toys.append(Toy())
        return toys[-1]

    with sim.capturing(simulate) as session:
        objects = Objects()
        for parts, actions, reset in schedule:
            for steps in parts if divided else [sum(parts)]:
                sim.run(0.1 * steps)
                if read:
                    objects.cells.get_data("v", clear=bool(steps % 2))
                    objects.cells.get_spike_counts()
                    assert len(objects.array.get_data().segments) > 0
            for name, number in actions:
                ACTIONS[name](objects, number, sim.get_current_time())
            if reset:
                sim.reset()
        (captured,) = session.networks()
    return captured, toys


@settings(max_examples=30, deadline=None)
@given(SCHEDULE)
def test_any_division_gives_the_same_network_and_the_same_simulation(schedule):
    whole, none = played(schedule, divided=False, read=False)
    divided, (toy,) = played(schedule, divided=True, read=True)
    assert not none and whole.recorded is None
    assert divided.network.fingerprint == whole.network.fingerprint
    assert toy.steps == sum(trial.steps for trial in whole.network.trials), "a step was not simulated exactly once"
    assert_increments_add_up(toy.told, whole.network)
    assert same_trials(divided.recorded, batch(whole.network))


def assert_increments_add_up(told, network):
    """What was sent in parts is, joined, what the Network holds."""
    trial, begun = -1, []
    spikes, currents, changes = {}, {}, []
    for what, *content in told:
        if what == "trial":
            trial += 1
            begun.append(content[0])
        elif what == "extend":
            epoch, trains, injected = content
            changes += [(trial, change) for change in epoch.changes]
            for train in trains:
                counts = np.broadcast_to(train.counts, train.cells.shape)
                spikes.setdefault((train.population, trial), []).append(np.array([train.steps, train.cells, counts]))
            for number, current in injected.items():
                parts = currents.setdefault((number, trial), (current, []))[1]
                parts.append(np.array([current.steps, current.amplitudes]))
    wanted = [s for s in network.spikes if s.steps.size]
    assert len(wanted) == len(spikes)
    for train in wanted:
        counts = np.broadcast_to(train.counts, train.cells.shape)
        found = np.concatenate(spikes[train.population, train.trial], axis=1)
        np.testing.assert_array_equal(found, [train.steps, train.cells, counts])
    assert len(network.currents) == len(currents)
    order = sorted(currents, key=lambda key: (key[1], key[0]))
    for key, wanted in zip(order, network.currents, strict=True):
        current, parts = currents[key]
        assert (current.population, current.cells.tolist(), key[1]) == (
            wanted.population,
            wanted.cells.tolist(),
            wanted.trial,
        )
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), [wanted.steps, wanted.amplitudes])
    # what is set where a trial begins is in the network that it begins with
    expected = [(i, c) for i, t in enumerate(network.trials) for epoch in t.epochs[1:] for c in epoch.changes]
    assert [(i, c.kind, c.index, c.name) for i, c in changes] == [(i, c.kind, c.index, c.name) for i, c in expected]
    for (_, one), (_, other) in zip(changes, expected, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    for one, single in zip(begun, network.single_trials(), strict=True):
        for a, b in zip(one.populations, single.populations, strict=True):
            assert a.parameters.keys() == b.parameters.keys()
            for mine, theirs in ((a.parameters, b.parameters), (a.initial, b.initial)):
                assert all(np.array_equal(*np.broadcast_arrays(mine[n], theirs[n])) for n in mine)
        for a, b in zip(one.projections, single.projections, strict=True):
            np.testing.assert_array_equal(*np.broadcast_arrays(a.weight, b.weight))
