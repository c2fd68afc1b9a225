"""Weights by what a spike does to the potential: the charge that a membrane without a leak keeps."""

from __future__ import annotations

import math

import pytest

from unisono.models.cells import CELLS
from unisono.models.errors import NetworkError
from unisono.models.library.weights import weight_for


def test_the_potential_itself_jumps():
    assert weight_for(CELLS["IF_curr_delta"], "excitatory", 1.5, {}) == 1.5


def test_a_current_carries_its_charge():
    cell = CELLS["IF_curr_exp"]
    values = {"cm": 0.5, "tau_syn_E": 2.0, "tau_syn_I": 4.0}
    assert math.isclose(weight_for(cell, "excitatory", 1.0, values), 1.0 * 0.5 / 2.0, rel_tol=1e-9)
    assert math.isclose(weight_for(cell, "inhibitory", -1.0, values), -1.0 * 0.5 / 4.0, rel_tol=1e-9)
    # t/tau exp(1 - t/tau) has the area e tau
    alpha = weight_for(CELLS["IF_curr_alpha"], "excitatory", 1.0, values)
    assert math.isclose(alpha, 0.5 / (math.e * 2.0), rel_tol=1e-9)


def test_a_conductance_drives_from_the_initial_potential():
    cell = CELLS["IF_cond_exp"]
    values = {"cm": 1.0, "tau_syn_E": 5.0, "e_rev_E": 0.0, "v": -70.0}
    assert math.isclose(weight_for(cell, "excitatory", 1.0, values), 1.0 / (5.0 * 70.0), rel_tol=1e-9)


def test_what_cannot_move_it_that_way_is_refused():
    with pytest.raises(NetworkError, match="cannot move the potential by -1 mV"):
        weight_for(CELLS["IF_curr_exp"], "excitatory", -1.0, {})
    with pytest.raises(NetworkError, match="cannot move the potential by 1 mV"):
        weight_for(CELLS["IF_cond_exp"], "excitatory", 1.0, {"v": 0.0, "e_rev_E": 0.0})
