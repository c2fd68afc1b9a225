"""The probe's schedule, the threshold in force, the input that arrived."""

from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.models.network import Change, Epoch, Network, Trial
from unisono.validation.compare.comparators import Mismatch
from unisono.validation.compare.first_difference import arrivals
from unisono.validation.compare.isolated_cell import History
from unisono.validation.compare.probe import LIFT_MV, narrowed, probe_of, unlifted


def place(step: int, population: int = 0, cell: int = 3) -> Mismatch:
    return Mismatch(0, step, population, cell, True)


def threshold(value: float, cells: list[int] | None = None) -> Change:
    return Change("parameter", 0, "v_thresh", np.array(value), None if cells is None else np.array(cells))


def with_epochs(network: Network, *epochs: Epoch) -> Network:
    return replace(network, trials=(Trial(epochs),))


def shape(probe: Network) -> list[tuple[int, int]]:
    return [(epoch.steps, len(epoch.changes)) for epoch in probe.trials[0].epochs]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1, [(2, 1)]),
        (2, [(1, 0), (2, 1)]),
        (100, [(99, 0), (2, 1)]),
        (101, [(100, 0), (2, 2)]),  # the change made at the step before the spike stays
        (102, [(100, 0), (1, 1), (2, 1)]),
        (150, [(100, 0), (49, 1), (2, 1)]),
    ],
)
def test_the_schedule_is_kept_up_to_the_step_before(network: Network, step: int, expected: list) -> None:
    network = with_epochs(network, Epoch(100), Epoch(50, (threshold(-52.0, [3]),)))
    probe, test = probe_of(network, place(step))
    value = test.parameters["v_thresh"]
    assert shape(probe) == expected
    assert value == (-52.0 if step > 100 else -50.0)
    lifted = probe.trials[0].epochs[-1].changes[-1]
    assert (lifted.name, lifted.cells.tolist(), lifted.values.tolist()) == ("v_thresh", [3], [value + LIFT_MV])


def test_unlifted_the_network_is_as_it_was(network: Network) -> None:
    network = with_epochs(network, Epoch(100), Epoch(50, (threshold(-52.0, [3]),)))
    probe, _ = probe_of(network, place(101))
    assert shape(unlifted(probe)) == [(100, 0), (2, 1)]
    assert unlifted(probe).trials[0].epochs[-1].changes == network.trials[0].epochs[1].changes


def test_the_probe_asks_for_what_a_simulator_can_record(network: Network) -> None:
    cells = [replace(p, cell="IF_curr_exp", parameters={}, initial={}) for p in network.populations]
    plain = Network(0.1, cells, trials=(Trial((Epoch(100),)),))
    probe, _ = probe_of(plain, place(40))
    everything = ["v", "isyn_exc", "isyn_inh"]
    for name, variables in (("nest", everything), ("pynn.neuron", ["v"]), ("of another runner", everything)):
        assert [request.variable for request in narrowed(probe, name).recordings] == variables


def test_only_the_cell_is_sampled_at_every_step(network: Network) -> None:
    probe, _ = probe_of(network, place(40, population=1, cell=2))
    assert [(r.population, r.variable, r.cells.tolist(), r.interval) for r in probe.recordings] == [
        (1, name, [2], 1) for name in ("v", "gsyn_exc", "gsyn_inh")
    ]


def test_the_threshold_of_the_cell_is_found_among_changes_of_others(network: Network) -> None:
    changes = (threshold(-51.0), threshold(-49.0, [1, 2]), Change("parameter", 0, "v_thresh", [-48.0, -47.0], [0, 3]))
    _, test = probe_of(with_epochs(network, Epoch(10), Epoch(50, changes[:2])), place(30))
    assert test.threshold({"v": -60.0}) == -51.0
    _, test = probe_of(with_epochs(network, Epoch(10), Epoch(50, changes)), place(30))
    assert test.threshold({"v": -60.0}) == -47.0
    assert test.distance({"v": -60.0}) == -13.0


def arrived(network: Network, step: int, *spikes: tuple[int, int, int]) -> dict[str, tuple[int, float]]:
    by_population = {
        p: Spikes.sorted([c for q, c, _ in spikes if q == p], [s for q, _, s in spikes if q == p]) for p in (0, 1)
    }
    recording = Recording(0.1, ("excitatory", "inhibitory", "input"), (8, 4, 2), (TrialRecording(2000, by_population),))
    return {a.receptor: (a.count, round(a.weight, 10)) for a in arrivals(History(network, place(step), recording))}


NOTHING = {"excitatory": (0, 0.0), "inhibitory": (0, 0.0)}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (704, (0, 0.0)),
        (705, (1, 0.25)),  # source 1, delay 5
        (710, (3, 1.25)),  # and source 0, twice, delay 10
        (714, (3, 1.25)),
        (715, (2, 1.0)),  # the first is older than 1 ms
        (719, (2, 1.0)),
        (720, (0, 0.0)),
    ],
)
def test_input_of_the_last_millisecond(network: Network, step: int, expected: tuple) -> None:
    assert arrived(network, step) == {**NOTHING, "excitatory": expected}


def test_input_of_cells_by_receptor(network: Network) -> None:
    spikes = [(0, 0, 100), (0, 1, 104), (0, 2, 104), (1, 0, 105), (1, 1, 105), (0, 0, 130)]
    assert arrived(network, 119, *spikes) == {"excitatory": (2, 0.2), "inhibitory": (0, 0.0)}
    assert arrived(network, 120, *spikes) == {"excitatory": (2, 0.2), "inhibitory": (1, -0.2)}
    assert arrived(network, 126, *spikes) == {"excitatory": (1, 0.1), "inhibitory": (1, -0.2)}


def test_weights_that_were_changed_count(network: Network) -> None:
    change = Change("synapse", 1, "weight", np.array(0.3))
    changed = with_epochs(network, Epoch(100), Epoch(900, (change,)))
    assert arrived(changed, 119, (0, 0, 104))["excitatory"] == (1, 0.3)
