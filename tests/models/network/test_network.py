"""The Network checks itself; every refusal is a named error that says what is wrong."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from networks import driven, recurrent

from unisono.models.errors import NetworkError, UnknownName
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)

CELLS = Population("cells", "IF_curr_exp", 3)


def projection(**changes):
    given = {"label": "p", "pre_population": 0, "post_population": 0, "pre": np.array([0, 1]), "post": np.array([1, 2])}
    return Projection(**(given | {"weight": np.float64(1.0), "delay": np.array(1)} | changes))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Population("a", "IF_curr_exp", 0), "size 0"),
        (lambda: Population("a", "IF_curr_exp", 2, {"tau": np.float64(1)}), "no parameter 'tau'.*tau_m"),
        (lambda: Population("a", "IF_curr_exp", 2, {"tau_m": np.float64(0)}), "tau_m must be positive"),
        (lambda: Population("a", "IF_curr_exp", 2, {"tau_refrac": np.float64(-1)}), "must not be negative"),
        (lambda: Population("a", "IF_curr_exp", 2, {"cm": np.array([1.0, 2.0, 3.0])}), "shape"),
        (lambda: Population("a", "IF_curr_exp", 2, {"cm": np.array([1.0, np.nan])}), "not a finite number"),
        (lambda: Population("a", "IF_curr_exp", 2, {}, {"w": np.float64(1)}), "no state variable 'w'"),
        (lambda: Population("a", "IF_curr_exp", 2, positions=np.zeros((3, 2))), "positions"),
        (lambda: projection(weight=np.array([1.0, np.nan])), "weight is not a finite number"),
        (lambda: projection(delay=np.array([1, -3])), "smallest delay is -3"),
        (lambda: projection(delay=np.array(0)), "smallest delay is 0"),
        (lambda: projection(delay=np.array([1.5, 2.0])), "must be integers"),
        (lambda: projection(post=np.array([1])), "different lengths"),
        (lambda: projection(pre=np.array([-1, 0])), "negative"),
        (lambda: SpikeInput(0, np.array([0]), np.array([-1])), "must not be negative"),
        (lambda: CurrentInput(0, np.array([0]), np.array([3, 2]), np.array([1.0, 2.0])), "must increase"),
        (lambda: CurrentInput(0, np.array([0]), np.array([3]), np.array([np.inf])), "not a finite number"),
        (lambda: Change("colour", 0, "v", np.float64(1)), "Unknown kind"),
        (lambda: Epoch(-1), "A run has between 0 and"),
        (lambda: RecordingRequest(0, "v", np.array([0]), 0), "below one time step"),
        (lambda: Network(0.0, (CELLS,)), "time step must be positive"),
        (lambda: Network(0.1, (CELLS,), (projection(post=np.array([1, 3])),)), "names cell 3 of a population of 3"),
        (lambda: Network(0.1, (CELLS,), (projection(receptor="NMDA"),)), "no receptor 'NMDA'.*excitatory"),
        (lambda: Network(0.1, (CELLS,), (projection(weight=np.float64(-1)),)), "must not be negative"),
        (lambda: Network(0.1, (CELLS,), (projection(post_population=1),)), "population 1, which does not exist"),
        (lambda: Network(0.1, (CELLS,), spikes=(SpikeInput(0, np.array([0]), np.array([1])),)), "not a spike source"),
        (
            lambda: Network(0.1, (CELLS,), recordings=(RecordingRequest(0, "w", np.array([0])),)),
            "cannot be recorded.*isyn_exc",
        ),
        (
            lambda: Network(0.1, (CELLS,), trials=(Trial((Epoch(1, (Change("parameter", 0, "x", np.float64(1)),)),)),)),
            "no parameter of that name",
        ),
    ],
)
def test_what_is_wrong_is_refused(make, says):
    with pytest.raises(NetworkError, match=says):
        make()


def test_an_unknown_cell_lists_the_choices():
    with pytest.raises(UnknownName, match="IF_curr_exp"):
        Population("a", "IF_wrong", 1)


def test_a_network_cannot_be_changed():
    network = driven()
    with pytest.raises(FrozenInstanceError):
        network.dt = 0.2
    with pytest.raises(ValueError, match="read-only"):
        network.projections[0].pre[0] = 1
    with pytest.raises(TypeError):
        network.populations[1].parameters["tau_m"] = 1.0


def test_a_constant_is_stored_once():
    synapses = projection(weight=np.array([2.0, 2.0]), delay=np.array([3, 3]))
    assert synapses.weight.shape == synapses.delay.shape == ()
    assert Population("a", "IF_curr_exp", 2, {"cm": np.array([1.0, 1.0])}).parameters["cm"].shape == ()


def test_parameters_left_out_take_the_default():
    assert CELLS.parameters["tau_m"] == 20.0
    assert CELLS.initial["v"] == -65.0


def test_spikes_of_one_cell_in_one_step_are_counted():
    spikes = SpikeInput(0, np.array([1, 0, 1, 1]), np.array([5, 5, 2, 5]))
    assert spikes.cells.tolist() == [1, 0, 1]
    assert spikes.steps.tolist() == [2, 5, 5]
    assert spikes.counts.tolist() == [1, 1, 2]


def test_fingerprint_is_of_the_content():
    network = recurrent("IF_curr_exp")
    assert network.fingerprint == recurrent("IF_curr_exp").fingerprint
    assert network.fingerprint != recurrent("IF_curr_exp", seed=4).fingerprint
    assert network.fingerprint == replace(network, label="other").fingerprint
    assert network.fingerprint != replace(network, dt=0.2).fingerprint


def test_single_trials_carry_lasting_changes_on():
    network = driven(size=2)
    epoch = Epoch(
        3, (Change("parameter", 1, "cm", np.array([2.0]), np.array([1])), Change("state", 1, "v", np.float64(-70)))
    )
    weight = Epoch(3, (Change("synapse", 0, "weight", np.float64(9.0)),))
    first, second, third = replace(
        network, trials=(Trial((Epoch(2), epoch)), Trial((Epoch(2), weight)), Trial((Epoch(1),)))
    ).single_trials()
    assert first.populations[1].parameters["cm"] == 1.0
    assert second.populations[1].parameters["cm"].tolist() == [1.0, 2.0]
    assert second.populations[1].initial["v"] == -65.0
    assert (second.projections[0].weight, third.projections[0].weight) == (network.projections[0].weight, 9.0)
    assert first.trials[0].epochs[1] is epoch


def test_what_is_set_at_the_beginning_of_a_trial_is_where_it_begins():
    network = driven(size=2)
    some = np.array([1])
    at_0 = (
        Change("parameter", 1, "cm", np.array([2.0]), some),
        Change("state", 1, "v", np.array([-70.0]), some),
        Change("synapse", 0, "weight", np.float64(9.0)),
    )
    first, second = replace(network, trials=(Trial((Epoch(3, at_0),)), Trial((Epoch(1),)))).single_trials()
    assert first.trials[0].epochs[0].changes == ()
    assert first.populations[1].initial["v"].tolist() == [-65.0, -70.0]
    assert first.populations[1].parameters["cm"].tolist() == [1.0, 2.0]
    assert first.projections[0].weight == 9.0
    assert second.populations[1].initial["v"] == -65.0
    assert second.populations[1].parameters["cm"].tolist() == [1.0, 2.0]
