"""What a simulator cannot do is refused by name, before anything starts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from networks import driven
from synapse_models import PAIR_STDP

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Epoch, Projection, Trial
from unisono.models.synapses.model import SOURCE_SPIKES, TARGET_SPIKES, TIME


@pytest.mark.parametrize("name", [*registry.names(), *registry.EXTERNAL_BACKENDS])
def test_synapses_that_a_simulator_does_not_have_are_refused(name):
    network, adapter = driven(), registry.get(name)
    adapter.check(network, Settings())
    assert adapter.capabilities.synapses <= {SOURCE_SPIKES, TARGET_SPIKES, TIME}
    model = PAIR_STDP
    plastic = Projection("p", 0, 1, [0], [0], 1.0, 1, synapse=model.name, definition=model.to_text())
    if adapter.capabilities.synapses == {SOURCE_SPIKES, TARGET_SPIKES, TIME}:
        adapter.check(replace(network, projections=(plastic,)), Settings())
        return
    with pytest.raises(UnsupportedFeature, match=r"'PairSTDP', which is changed by .*spikes of the target.*static"):
        adapter.check(replace(network, projections=(plastic,)), Settings())


def test_more_steps_than_single_precision_counts_are_refused_where_synapses_count_them():
    network, adapter = driven(), registry.get("brian2")
    plastic = Projection("p", 0, 1, [0], [0], 1.0, 1, synapse=PAIR_STDP.name, definition=PAIR_STDP.to_text())
    single = Settings(precision="single")
    for steps, projections, refused in (
        (2**24 - 2, (plastic,), False),
        (2**24, (plastic,), True),
        (2**24, network.projections, False),
    ):
        long = replace(network, projections=projections, trials=(Trial((Epoch(steps),)),))
        if refused:
            with pytest.raises(UnsupportedFeature, match=r"PairSTDP count steps.* 16,777,216; a trial has 16,777,216"):
                adapter.check(long, single)
            adapter.check(long, Settings())
        else:
            adapter.check(long, single)
