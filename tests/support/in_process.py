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
    """What a network of one trial gives, the spikes of its sources included."""
    simulation = adapter.simulation(network, settings or Settings(), cache or Path())
    simulation.prepare()
    simulation.build()
    drive(simulation, network.trials[0], lambda step: None)
    recorded = simulation.read()
    simulation.close()
    return replace(recorded, spikes=dict(sorted({**source_spikes(network), **recorded.spikes}.items())))
