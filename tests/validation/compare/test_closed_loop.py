"""Where two closed loops diverge: the first input that differs, and the data that were read before it."""

import json

import pytest
from live_toy import Toy

import unisono.models.pynn as sim
from unisono.validation.compare.closed_loop import compare_loops, first_divergence
from unisono.validation.compare.read_data import Loop


class Shifted(Toy):
    """A simulator whose cells have another threshold than they were given."""

    shift = 0.5

    def begin_trial(self, network):
        super().begin_trial(network)
        for parameters in self.parameters.values():
            if "v_thresh" in parameters:
                parameters["v_thresh"] += self.shift


def played(simulator, kind, build):
    with sim.capturing(kind) as session:
        build()
    (captured,) = session.networks()
    return Loop(simulator, captured.network, captured.reads, captured.recorded)


def loops(build):
    return played("NEST", Toy, build), played("Brian2", Shifted, build)


def cells(current=1.0):
    sim.setup(timestep=0.1)
    found = sim.Population(2, sim.IF_curr_exp(i_offset=[0.0, current], v_thresh=-64.0), label="cells")
    found.record("spikes")
    return found


def loop(act, cycles=3):
    """A script that reads counts and acts on them."""

    def build():
        found = cells()
        source = sim.Population(2, sim.SpikeSourceArray(spike_times=[]), label="input")
        projection = sim.Projection(source, found, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1, delay=1.0))
        current = sim.DCSource(amplitude=0.0)
        found[:1].inject(current)
        for _ in range(cycles):
            sim.run(10.0)
            act(sim.get_current_time(), found.mean_spike_count(), found, source, projection, current)
        sim.run(10.0)

    return build


ACTS = {
    "source spike": lambda t, n, c, s, p, i: s[1:].set(spike_times=[t + n]),
    "current": lambda t, n, c, s, p, i: setattr(i, "amplitude", 0.01 * n),
    "parameter": lambda t, n, c, s, p, i: c[:1].set(tau_m=10 + n),
    "state": lambda t, n, c, s, p, i: c.initialize(v=-70 - n),
    "synapse": lambda t, n, c, s, p, i: p.set(weight=0.1 * n),
}


@pytest.mark.parametrize("what", ACTS)
def test_the_first_input_that_differs_is_named(what):
    a, b = loops(loop(ACTS[what]))
    found = first_divergence(a, b)
    assert found.what == what and found.trial == 0
    assert found.time == pytest.approx(10.0 if what != "source spike" else 10.0 + min(n_of(a), n_of(b)))
    assert "the script read spikes of 'cells'" in found.read and "at 10 ms" in found.read
    assert "cell 1 of 'cells' spikes at" in found.data and "but not in" in found.data
    where = {"source spike": "cell 1 of 'input'", "synapse": "synapse 0 of"}.get(what, "cell 0 of 'cells'")
    assert where in found.where
    assert found.value_a != found.value_b
    json.dumps(found.to_dict())
    assert found.text.startswith("The loops of NEST and Brian2 diverge at 1")


def n_of(loop):
    return sum(1 for step, cell in loop.recorded[0].spikes[0].found if step <= 100) / 2


def test_loops_that_do_the_same_do_not_part():
    a, b = loops(loop(lambda *_: None))
    assert first_divergence(a, b) is None
    assert a.network.fingerprint == b.network.fingerprint


def test_data_that_are_equal_are_said_to_be():
    a, b = (played(name, Toy, loop(act)) for name, act in (("NEST", ACTS["synapse"]), ("Brian2", ACTS["parameter"])))
    found = first_divergence(a, b)
    assert (found.what, found.value_b) == ("synapse", None)
    assert found.data == "The data read by then are equal."


def test_signals_that_differ_are_shown_with_their_largest_difference():
    def build():
        found = cells()
        found.record("v")
        sim.run(10.0)
        v = found.get_data("v").segments[0].analogsignals[0].magnitude
        found.set(i_offset=1.0 + v[-1, 1] / 100)
        sim.run(10.0)

    found = first_divergence(*loops(build))
    assert found.what == "parameter" and found.where == "i_offset, cell 0 of 'cells'"
    assert "read 'v' of 'cells'" in found.read
    assert "v differs from" in found.data and "cell 1 of 'cells' at" in found.data


def test_a_loop_that_ends_earlier():
    def build():
        found = cells()
        while found.mean_spike_count() < 20 if sim.get_current_time() else True:
            sim.run(5.0)

    a, b = loops(build)
    found = first_divergence(a, b)
    assert (found.what, found.value_a, found.value_b) == ("schedule", a.network.duration, b.network.duration)
    assert found.time == min(a.network.duration, b.network.duration)


def test_one_loop_that_begins_another_trial():
    def build():
        found = cells()
        sim.run(20.0)
        if found.mean_spike_count() > 7:
            sim.reset()
            sim.run(5.0)

    a, b = loops(build)
    assert len(a.network.trials) != len(b.network.trials)
    found = first_divergence(a, b)
    assert (found.what, found.trial, found.time) == ("schedule", 1, 0.0)


def test_networks_that_are_built_otherwise():
    one, other = (played(n, Toy, lambda c=c: (cells(c).size, sim.run(5.0))) for n, c in (("a", 1.0), ("b", 2.0)))
    found = first_divergence(one, other)
    assert (found.what, found.where, found.value_a, found.value_b) == (
        "network",
        "i_offset, cell 1 of 'cells'",
        1.0,
        2.0,
    )
    assert "before the first run" in found.text and not found.read


def test_each_network_of_a_script_is_compared_and_their_number():
    a, b = loops(loop(ACTS["synapse"]))
    same, other = compare_loops([[a, a], [a, b]])
    assert same == () and [found.what for found in other] == ["synapse"]
    first, second = compare_loops([[a, a], [a]])
    assert first == () and [(found.where, found.value_a, found.value_b) for found in second] == [
        ("the number of networks", 2, 1)
    ]
