"""The comparators see every kind of difference, and none between equals."""

from dataclasses import replace

import pytest

from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.models.network import Network
from unisono.validation.compare.comparators import (
    Mismatch,
    first_mismatch,
    shape_difference,
    spike_keys,
)


def recording(*spikes: tuple[int, int, int], trials: int = 1, steps: int = 2000) -> Recording:
    by_population = {
        p: Spikes.sorted([c for q, c, _ in spikes if q == p], [s for q, _, s in spikes if q == p]) for p in (0, 1)
    }
    empty = TrialRecording(steps, {})
    last = TrialRecording(steps, by_population)
    return Recording(0.1, ("excitatory", "inhibitory", "input"), (8, 4, 2), (*[empty] * (trials - 1), last))


BASE = ((0, 1, 10), (1, 2, 10), (0, 3, 20), (0, 1, 30))


@pytest.mark.parametrize("spikes", [(), BASE])
def test_identical(network: Network, spikes: tuple) -> None:
    assert first_mismatch(recording(*spikes), recording(*spikes), network) is None


CHANGES = {
    "one more at the end": ((*BASE, (1, 0, 40)), Mismatch(0, 40, 1, 0, False)),
    "one lost at the end": (BASE[:3], Mismatch(0, 30, 0, 1, True)),
    "one lost at the beginning": (BASE[1:], Mismatch(0, 10, 0, 1, True)),
    "one step late": ((*BASE[:2], (0, 3, 21), BASE[3]), Mismatch(0, 20, 0, 3, True)),
    "one step early": ((*BASE[:2], (0, 3, 19), BASE[3]), Mismatch(0, 19, 0, 3, False)),
    "another cell": ((*BASE[:2], (0, 4, 20), BASE[3]), Mismatch(0, 20, 0, 3, True)),
    "another population": ((*BASE[:2], (1, 3, 20), BASE[3]), Mismatch(0, 20, 0, 3, True)),
    "two in the place of one": ((*BASE, (0, 3, 20)), Mismatch(0, 20, 0, 3, False)),
    "none at all": ((), Mismatch(0, 10, 0, 1, True)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_difference_is_found_from_both_sides(network: Network, name: str) -> None:
    changed, expected = CHANGES[name]
    a, b = recording(*BASE), recording(*changed)
    assert first_mismatch(a, b, network) == expected
    assert first_mismatch(b, a, network) == replace(expected, in_first=not expected.in_first)


def test_the_trial_is_named(network: Network) -> None:
    found = first_mismatch(recording(*BASE, trials=3), recording(*BASE[1:], trials=3), network)
    assert found == Mismatch(2, 10, 0, 1, True)


def test_an_unsorted_recording_is_compared_all_the_same(network: Network) -> None:
    a = recording(*BASE)
    spikes = {p: Spikes(s.cells[::-1], s.steps[::-1]) for p, s in a.trials[0].spikes.items()}
    b = replace(a, trials=(TrialRecording(2000, spikes),))
    assert first_mismatch(a, b, network) is None


def test_spikes_of_sources_are_input_and_left_out(network: Network) -> None:
    a = recording(*BASE)
    spikes = {**a.trials[0].spikes, 2: Spikes.sorted([0], [5])}
    b = replace(a, trials=(TrialRecording(2000, spikes),))
    assert first_mismatch(a, b, network) is None


def test_keys_order_by_step_then_cell() -> None:
    keys = spike_keys(Spikes.sorted([5, 1, 0], [2, 2, 3]))
    assert [(k >> 32, k & 0xFFFFFFFF) for k in keys.tolist()] == [(2, 1), (2, 5), (3, 0)]


def test_shapes() -> None:
    a = recording(*BASE)
    assert shape_difference(a, a) == ""
    assert "trials" in shape_difference(a, recording(*BASE, trials=2))
    assert "lengths of trial 0" in shape_difference(a, recording(*BASE, steps=1999))
    assert "time steps" in shape_difference(a, replace(a, dt=0.05))
    assert "populations" in shape_difference(a, replace(a, sizes=(8, 5, 2)))
