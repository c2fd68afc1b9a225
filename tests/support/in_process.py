"""A simulation in the process of the test, without a worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.simulation import drive
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.models.network import Network


def simulate(
    adapter: Adapter, network: Network, settings: Settings | None = None, cache: Path | None = None
) -> TrialRecording:
    """What a network of one trial gives, spikes of its sources and final states of its synapses included."""
    simulation = adapter.simulation(network, settings or Settings(), cache or Path())
    simulation.prepare()
    simulation.build()
    drive(simulation, network.trials[0], lambda step: None)
    recorded = simulation.read()
    spikes = dict(sorted({**source_spikes(network), **recorded.spikes}.items()))
    simulation.hear(spikes)
    changing = [index for index, p in enumerate(network.projections) if p.size and not p.model.is_static]
    states = {index: found for index in changing if (found := simulation.synapse_states(index))}
    simulation.close()
    return replace(recorded, spikes=spikes, synapses=states)
