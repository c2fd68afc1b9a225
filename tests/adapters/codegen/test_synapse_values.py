"""What is kept for the synapses: one number of those that nothing changes, all that is named of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import driven
from synapse_models import FACILITATING, GAIN

from unisono.adapters.codegen.synapse_step import TO_GRID
from unisono.adapters.codegen.synapse_values import SynapseValues, kept_per_synapse
from unisono.models.network import Change, Epoch, Network, Projection, Trial
from unisono.models.synapses import SynapseModel

EACH, ALL = np.array([10.0, 12.0]), np.float64(11.0)


def network(*changes: Change, model: SynapseModel | None = None, **values: object) -> Network:
    given = driven(size=2, weight=1.0)
    trials = (Trial((Epoch(1), Epoch(1, changes))),)
    if model is None:
        return replace(given, trials=trials)
    synapses = Projection(
        "p", 0, 1, [0, 0], [0, 1], 3.0, 1, synapse=model.name, definition=model.to_text(), parameters=values
    )
    return replace(given, projections=(synapses,), trials=trials)


def test_of_a_static_synapse_what_it_delivers_is_kept():
    values = SynapseValues(network(model=GAIN, gain=2.0))
    assert values.program(0).values == ("weight",) and values.kept(0) == {"weight": 12.0} and values.weight(0) == 12.0
    assert values.write(Change("synapse", 0, "gain", np.array(0.5))) == {0: {"weight": 3.0}}
    (each,) = values.write(Change("synapse", 0, "weight", EACH))[0].values()
    np.testing.assert_array_equal(each, EACH)


def test_of_a_changing_synapse_what_its_program_names_is_kept():
    given = network(model=FACILITATING, U=0.25)
    values, to_grid = SynapseValues(given), 1.5 * 2.0 ** (52 + 2 - 35)
    assert values.kept(0) == {"weight": 3.0, "U": 0.25, "u": 0.0, TO_GRID: to_grid}
    assert values.write(Change("synapse", 0, "u", np.array(0.5))) == {0: {"u": 0.5}}
    assert values.kept(0)["u"] == 0.5
    assert values.write(Change("synapse", 0, "weight", np.array(4.0))) == {0: {"weight": 4.0, TO_GRID: 2 * to_grid}}
    assert SynapseValues(given, single=True).kept(0)[TO_GRID] == 0.0


def joined(*weights: float | np.ndarray) -> SynapseValues:
    """Projections onto one population, to receptors that act on the same state."""
    given = driven("IF_curr_delta", size=2)
    projections = tuple(
        Projection(f"p{k}", 0, 1, [0, 0], [0, 1], weight, 1, "inhibitory" if np.min(weight) < 0 else "excitatory")
        for k, weight in enumerate(weights)
    )
    return SynapseValues(replace(given, projections=projections))


def test_weights_lie_on_a_grid_that_the_largest_with_the_same_effect_sets():
    unit = 2.0 ** (3 - 35)  # 2^3 is above 5
    values = joined(5.0, -0.1)
    assert values.weight(0) == 5.0
    assert values.weight(1) == -round(0.1 / unit) * unit != -0.1
    assert abs(values.weight(1) + 0.1) <= 2.0**-35 * 5.0
    assert joined(0.1).weight(0) == round(0.1 / 2.0**-38) * 2.0**-38
    assert joined(0.0, 0.0).weight(0) == 0.0


def test_other_projections_are_rounded_anew_where_the_largest_weight_changes():
    values = joined(5.0, 0.1)
    assert set(values.write(Change("synapse", 0, "weight", np.float64(7.0)))) == {0}
    found = values.write(Change("synapse", 0, "weight", np.float64(9.0)))
    assert found[1]["weight"] == round(0.1 / 2.0**-31) * 2.0**-31
    found = values.write(Change("synapse", 0, "weight", np.float64(0.0)))
    assert found == {0: {"weight": 0.0}, 1: {"weight": round(0.1 / 2.0**-38) * 2.0**-38}}


@given(
    st.lists(st.floats(-50.0, 50.0), min_size=2, max_size=60),
    st.randoms(use_true_random=False),
    st.sampled_from([1.0, 1000.0]),
)
def test_no_order_changes_a_sum(weights, random, factor):
    values = joined(np.array([weights[0], 0.0]), *weights[1:])
    kept = np.array([np.ravel(values.weight(k))[0] for k in range(len(weights))]) * factor
    shuffled = list(range(len(kept)))
    random.shuffle(shuffled)
    assert sum(kept[shuffled].tolist()) == sum(kept.tolist())
    np.testing.assert_allclose(kept / factor, weights, rtol=0, atol=2.0**-35 * np.max(np.abs(weights)))


@pytest.mark.parametrize(
    ("trial", "differ"),
    [
        (network(Change("synapse", 0, "weight", ALL)), set()),
        (network(Change("synapse", 0, "weight", EACH)), {"weight"}),
        (driven(size=2, weight=EACH), {"weight"}),
        (network(Change("synapse", 0, "gain", EACH), model=GAIN), {"weight"}),
        (network(model=GAIN, gain=2.0), set()),
        (network(model=FACILITATING), {"u"}),
        (network(model=FACILITATING, U=EACH / 20), {"u", "U"}),
    ],
)
def test_what_differs_at_first_or_later_is_kept_for_each_synapse(trial, differ):
    assert kept_per_synapse(trial, 0) == differ
