"""What a simulator cannot do is refused by name, before anything starts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from networks import driven
from synapse_models import PAIR_STDP

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.models.errors import NetworkError, UnsupportedFeature
from unisono.models.network import Epoch, Modulator, Projection, RecordingRequest, Trial
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, SOURCE_SPIKES, TARGET_SPIKES, TIME


@pytest.mark.parametrize("name", [*registry.names(), *registry.EXTERNAL_BACKENDS])
def test_synapses_that_a_simulator_does_not_have_are_refused(name):
    network, adapter = driven(), registry.get(name)
    adapter.check(network, Settings())
    able = adapter.capabilities.synapses - {MODULATOR_SPIKES, POTENTIAL}
    assert able <= {SOURCE_SPIKES, TARGET_SPIKES, TIME}
    model = PAIR_STDP
    plastic = Projection("p", 0, 1, [0], [0], 1.0, 1, synapse=model.name, definition=model.to_text())
    told = r"'PairSTDP', which is changed by .*spikes of the target.*static"
    if name in registry.EXTERNAL_BACKENDS:
        told = "PyNN has no synapse with the equations of PairSTDP"
    elif able == {SOURCE_SPIKES, TARGET_SPIKES, TIME}:
        adapter.check(replace(network, projections=(plastic,)), Settings())
        return
    with pytest.raises(UnsupportedFeature, match=told):
        adapter.check(replace(network, projections=(plastic,)), Settings())


@pytest.mark.parametrize("name", registry.names())
def test_cells_modulate_synapses_where_spikes_may(name):
    adapter, network = registry.get(name), driven(size=2)
    part = Projection("learning", 0, 1, [0], [0], 0.5, 4, synapse="DopamineSTDP", modulators=(Modulator(1),))
    network = replace(network, projections=(*network.projections, part))
    if MODULATOR_SPIKES in adapter.capabilities.synapses:
        Adapter.check(adapter, network, Settings())
        return
    with pytest.raises(UnsupportedFeature, match="spikes of a modulating"):
        Adapter.check(adapter, network, Settings())


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


def test_what_is_recorded_twice_is_refused_before_it_runs():
    requests = tuple(RecordingRequest(1, "v", [0], interval) for interval in (1, 10))
    network = replace(driven(), recordings=requests)
    label = network.populations[1].label
    with pytest.raises(NetworkError, match=f"'v' of '{label}' is recorded by 2 requests.*Ask once"):
        registry.get("reference").check(network, Settings())
