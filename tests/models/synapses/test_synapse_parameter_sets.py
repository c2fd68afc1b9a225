"""Named parameters of synapses are keyword arguments of PyNN's classes, and do what their notes say."""

from __future__ import annotations

from math import exp

import pytest

import unisono
import unisono.models.pynn as sim
from unisono.models.errors import UnknownName
from unisono.models.pynn.simulator import capturing
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS


@pytest.mark.parametrize("name", SYNAPSE_PARAMETER_SETS)
def test_a_set_is_arguments_of_a_class_and_an_object_by_name(name):
    entry = SYNAPSE_PARAMETER_SETS[name]
    assert entry.source
    with capturing():
        sim.setup()
        by_hand, by_name = getattr(sim, entry.owner)(**entry), unisono.parameter_set(name)
        for made in (by_hand, by_name):
            space = made.parameter_space
            space.shape = (1,)
            assert {key: float(space[key].base_value) for key in entry} == entry.parameters


def test_a_set_leaves_the_weight_open():
    with capturing():
        sim.setup()
        made = unisono.parameter_set("TM_depressing", weight=0.5, U=0.25)
        assert (made.parameter_space["weight"].base_value, made.parameter_space["U"].base_value) == (0.5, 0.25)
        with pytest.raises(UnknownName, match=r"'TM_depresing'\. Did you mean 'TM_depressing'\?.*AdEx_adapting"):
            unisono.parameter_set("TM_depresing")


def test_song_2000_is_as_it_is_quoted():
    assert dict(SYNAPSE_PARAMETER_SETS["STDP_Song_2000"]) == {
        "tau_plus": 20.0,
        "tau_minus": 20.0,
        "A_plus": 0.01,
        "A_minus": 0.012,
    }


def released(name: str, count: int, interval: float) -> list[float]:
    """What each spike of a regular train releases, by Tsodyks, Uziel & Markram (2000), eqs. 1-4, tau_psc short."""
    values = SYNAPSE_PARAMETER_SETS[name]
    x, u, found = 1.0, 0.0, []
    for _ in range(count):
        u += values["U"] * (1 - u)
        found.append(u * x)
        x = 1 - (1 - x * (1 - u)) * exp(-interval / values["tau_rec"])
        u *= exp(-interval / values["tau_facil"]) if values["tau_facil"] else 0.0
    return found


def test_sets_facilitate_and_depress_as_their_notes_say():
    grows = released("TM_facilitating_1998", 10, 50.0)
    assert grows == sorted(grows) and grows[-1] > 2.5 * grows[0]
    first, *_ = short = released("TM_facilitating", 10, 50.0)
    assert max(short) == short[2] == pytest.approx(1.95 * first, rel=0.01)
    assert short[6] > first > short[7]
    falls = released("TM_depressing", 10, 50.0)
    assert falls == sorted(falls, reverse=True) and falls[-1] < 0.12 * falls[0]
    assert released("TM_facilitating_2000", 10, 50.0)[-1] > 3 * 0.04
