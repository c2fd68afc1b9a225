"""What a simulator cannot do is refused by name, before anything starts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from networks import driven
from synapse_models import TSODYKS_MARKRAM

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Projection
from unisono.models.synapses import SYNAPSES


@pytest.mark.parametrize("name", [*registry.names(), *registry.PEERS])
def test_synapses_that_a_simulator_does_not_have_are_refused(name):
    network, adapter = driven(), registry.get(name)
    adapter.check(network, Settings())
    assert adapter.capabilities.synapses <= set(SYNAPSES)
    model = TSODYKS_MARKRAM
    plastic = Projection("p", 0, 1, [0], [0], 1.0, 1, synapse=model.name, definition=model.to_text())
    with pytest.raises(UnsupportedFeature, match=r"does not support the synapse model 'TsodyksMarkram'.*StaticSynapse"):
        adapter.check(replace(network, projections=(plastic,)), Settings())
