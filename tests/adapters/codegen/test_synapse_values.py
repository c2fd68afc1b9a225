"""What is kept for the synapses: one number of those that nothing changes, all that is named of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import driven
from synapse_models import FACILITATING, GAIN

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
    values = SynapseValues(network(model=GAIN, gain=2.0).projections[0])
    assert values.program.values == ("weight",) and values.kept == {"weight": 12.0} and values.weight == 12.0
    assert values.write(Change("weight", 0, "gain", np.array(0.5))) == {"weight": 3.0}
    (each,) = values.write(Change("weight", 0, "weight", EACH)).values()
    np.testing.assert_array_equal(each, EACH)


def test_of_a_changing_synapse_what_its_program_names_is_kept():
    values = SynapseValues(network(model=FACILITATING, U=0.25).projections[0])
    assert values.kept == {"weight": 3.0, "U": 0.25, "u": 0.0}
    assert values.write(Change("weight", 0, "u", np.array(0.5))) == {"u": 0.5}
    assert values.kept["u"] == 0.5


@pytest.mark.parametrize(
    ("given", "differ"),
    [
        (network(Change("weight", 0, "weight", ALL)), set()),
        (network(Change("weight", 0, "weight", EACH)), {"weight"}),
        (driven(size=2, weight=EACH), {"weight"}),
        (network(Change("weight", 0, "gain", EACH), model=GAIN), {"weight"}),
        (network(model=GAIN, gain=2.0), set()),
        (network(model=FACILITATING), {"u"}),
        (network(model=FACILITATING, U=EACH / 20), {"u", "U"}),
    ],
)
def test_what_differs_at_first_or_later_is_kept_for_each_synapse(given, differ):
    assert kept_per_synapse(given, 0) == differ
