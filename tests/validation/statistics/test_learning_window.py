"""Learning windows against the formulas of their rules."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.synapse_models import PAIR_STDP
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.statistics.learning_window import LearningWindow, learning_windows

POPULATIONS = Population("sources", "SpikeSourceArray", 2), Population("cells", "IF_cond_exp", 2)


def projection(label: str = "in", weight: float = 0.02, **options: object) -> Projection:
    return Projection(label, 0, 1, [0, 1, 1], [1, 0, 1], weight, 5, **options)


def windows(*projections: Projection, dt: float = 0.1) -> tuple[LearningWindow, ...]:
    return learning_windows(Network(dt, POPULATIONS, projections, trials=(Trial((Epoch(10),)),)))


def both_sides(one: LearningWindow) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, changes, and which pairs potentiate."""
    return one.lag_ms[one.lag_ms != 0], one.change[one.lag_ms != 0], one.lag_ms[one.lag_ms != 0] > 0


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_additive_steps_have_the_window_of_song_et_al(dt: float) -> None:
    parameters = {"A_plus": 0.01, "A_minus": 0.012, "tau_plus": 15.0, "tau_minus": 30.0, "w_max": 0.04}
    (one,) = windows(projection(synapse="SpikePairAdditive", parameters=parameters), dt=dt)
    times, change, up = both_sides(one)
    expected = np.where(up, 0.01 * 0.04 * np.exp(-times / 15), -0.012 * 0.04 * np.exp(times / 30))
    assert change == pytest.approx(expected, abs=1e-15)
    assert one.change[one.lag_ms == 0].tolist() == [0.0]  # spikes that meet in a step are no pair
    assert (one.weight, one.unit, one.synapse) == (0.02, "uS", "SpikePairAdditive")
    # as far as a hundredth of the largest change, to both sides
    assert 30 * np.log(100) - 5 < -one.lag_ms[0] == one.lag_ms[-1] <= 30 * np.log(100) + 5


def test_multiplicative_steps_depend_on_the_mean_weight() -> None:
    options = {"synapse": "SpikePairMultiplicative", "parameters": {"w_max": 0.08}}
    (one,) = windows(projection(weight=np.array([0.01, 0.02, 0.03]), **options))
    times, change, up = both_sides(one)
    expected = np.where(up, 0.01 * (0.08 - 0.02) * np.exp(-times / 20), -0.01 * 0.02 * np.exp(times / 20))
    assert change == pytest.approx(expected, abs=1e-15)


def test_a_window_that_a_bound_would_cut_begins_between_the_bounds() -> None:
    (one,) = windows(projection(weight=0.08, synapse="SpikePairAdditive", parameters={"w_max": 0.08}))
    assert one.weight == 0.04 and one.change.max() > 7e-4


def test_what_each_spike_does_on_its_own_is_part_of_it() -> None:
    """Vogels et al.: near-coincident spikes in any order strengthen, each spike of the source weakens."""
    parameters = {"eta": 1e-3, "rho": 5.0, "tau": 20.0}
    (one,) = windows(projection(synapse="Vogels2011", parameters=parameters, weight=0.5))
    times, change, _ = both_sides(one)
    assert change == pytest.approx(1e-3 * (np.exp(-np.abs(times) / 20) - 2 * 5.0 * 20 / 1000), abs=1e-15)


def test_a_model_of_the_user_has_one_without_bounds() -> None:
    own = projection(synapse=PAIR_STDP.name, definition=PAIR_STDP.to_text())
    (one,) = windows(own)
    assert one.synapse == "PairSTDP" and one.change.max() == pytest.approx(0.01 * 0.1, rel=0.05)


def test_a_pair_may_change_nothing() -> None:
    """BCM reads the activity that earlier spikes of the target left."""
    (one,) = windows(projection(synapse="BCMSynapse"))
    assert not one.change.any()


def test_equal_rules_share_a_window_and_others_have_none() -> None:
    rule = {"synapse": "SpikePairAdditive", "parameters": {"w_max": 0.08}}
    found = windows(
        projection("one", **rule), projection("two", **rule), projection("static"), projection("three", 0.03, **rule)
    )
    assert [one.projections for one in found] == [("one", "two"), ("three",)]
    assert windows(projection(synapse="TsodyksMarkramSynapse")) == ()
