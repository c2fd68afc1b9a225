"""A methods paragraph, from what the network and its runs say."""

from __future__ import annotations

from unisono.adapters.runtime.results import Runs
from unisono.models.network import Network
from unisono.models.words import listed
from unisono.validation.description.checklist import duration, integration, software
from unisono.validation.description.values import count
from unisono.validation.statistics.signs import kind_of


def paragraph(network: Network, wiring: str, runs: Runs | None, transient: float) -> str:
    """The methods in sentences."""
    cells = [(i, p) for i, p in enumerate(network.populations) if not p.is_source]
    sources = [p for p in network.populations if p.is_source]
    described = []
    for index, population in cells:
        kind = kind_of(network, index)
        called = f"{kind} " if kind and kind not in population.label.lower() else ""
        described.append(f"{count(population.size, f'{called}cell')} '{population.label}' ({population.cell})")
    sentences = [f"The network consists of {listed(described)}." if described else "The network has no cells."]
    if sources:
        named = [f"{count(p.size, 'source')} '{p.label}' ({p.cell})" for p in sources]
        sentences.append(f"It receives spikes from {listed(named)}.")
    if network.currents:
        verb = "is" if len(network.currents) == 1 else "are"
        sentences.append(f"{count(len(network.currents), 'current')} {verb} injected into cells.")
    if network.projections:
        sentences.append(f"Connections: {wiring}")
    sentences += [
        integration(network, runs),
        f"Simulated time: {duration(network, transient)}",
        software(network, runs),
    ]
    return " ".join(sentences)
