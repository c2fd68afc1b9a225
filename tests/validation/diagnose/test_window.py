"""The window around a first difference: as long as needed, and what differs in it."""

from collections.abc import Callable

import pytest

from unisono.adapters.runtime.results import Run
from unisono.models.network import Network
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.diagnose.window import LONGEST_MS, MARGIN, SHORTEST_MS, SPIKES, whole_trial, window_of
from unisono.validation.faults.faults import delay


def test_it_ends_after_so_many_spikes_and_runs_a_little_longer(toy_network: Network, right: Run) -> None:
    spikes = right.recording.trials[0].spikes[1]
    first = int(spikes.steps[3])
    window = window_of(toy_network, 0, first, right.recording)
    assert window.spikes(right.recording.trials[0]) >= SPIKES
    assert window.last == max(int(spikes.steps[3 + SPIKES - 1]), first + round(SHORTEST_MS / 0.1))
    assert window.network.trials[0].steps == window.last + MARGIN
    assert not window.network.recordings


def test_it_is_never_longer_than_the_trial(toy_network: Network, right: Run) -> None:
    last = int(right.recording.trials[0].spikes[1].steps[-1])
    window = window_of(toy_network, 0, last, right.recording)
    assert window.last == toy_network.trials[0].steps
    assert window.last * 0.1 - last * 0.1 <= LONGEST_MS
    assert whole_trial(toy_network, 0, 5).last == toy_network.trials[0].steps


def test_where_two_trials_differ_in_it(suspect: Callable[..., Suspicion]) -> None:
    suspicion = suspect(delay(1))
    window = suspicion.window
    step = window.mismatch(suspicion.mine, suspicion.of_baseline)
    assert step == window.first
    assert window.place(suspicion.mine, suspicion.of_baseline, step) == suspicion.place
    assert window.mismatch(suspicion.mine, suspicion.mine) is None


def test_one_cell_is_sampled_up_to_a_step(suspect: Callable[..., Suspicion]) -> None:
    suspicion = suspect(delay(1))
    network = suspicion.window.sampled(*suspicion.place, 50)
    assert network.trials[0].steps == 50
    assert {r.variable for r in network.recordings} >= {"v"}
    assert all(r.cells.tolist() == [suspicion.place[1]] for r in network.recordings)


@pytest.mark.parametrize("until", [None, 100])
def test_spikes_are_counted_from_the_first_difference_on(suspect: Callable[..., Suspicion], until: int | None) -> None:
    suspicion = suspect(delay(1))
    steps = suspicion.mine.spikes[1].steps
    last = suspicion.window.last if until is None else until
    expected = ((steps >= suspicion.window.first) & (steps <= last)).sum()
    assert suspicion.window.spikes(suspicion.mine, until) == expected
