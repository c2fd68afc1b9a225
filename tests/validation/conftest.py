"""Runs made by hand: a network of two populations and a source, and spikes that are known."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Epoch, Network, Population, Projection, RecordingRequest, SpikeInput, Trial

DT, STEPS = 0.1, 2000
Event = tuple[int, int, int]


@pytest.fixture(scope="session")
def network() -> Network:
    populations = (
        Population("excitatory", "IF_curr_exp", 8),
        Population("inhibitory", "IF_cond_exp", 4),
        Population("input", "SpikeSourceArray", 2),
    )
    projections = (
        Projection("to E", 2, 0, [0, 1], [3, 3], np.array([0.5, 0.25]), np.array([10, 5])),
        Projection("E to E", 0, 0, [0, 1, 2], [3, 3, 4], np.float64(0.1), np.array(15)),
        Projection("I to E", 1, 0, [0], [3], np.float64(-0.2), np.array(15), "inhibitory"),
    )
    return Network(
        DT,
        populations,
        projections,
        spikes=(SpikeInput(2, np.array([0, 1]), np.array([700, 700]), np.array([2, 1])),),
        recordings=(RecordingRequest(0, "v", np.array([0, 3])),),
        trials=(Trial((Epoch(STEPS),)),),
        label="by hand",
    )


def events(seed: int = 3, count: int = 60) -> list[Event]:
    """Population, cell and step of the spikes, sorted by step."""
    random = np.random.RandomState(seed)
    drawn = {
        (p, int(random.randint(8 if p == 0 else 4)), int(s))
        for p, s in zip(random.randint(0, 2, count), random.randint(1, STEPS + 1, count), strict=True)
    }
    return sorted(drawn, key=lambda e: (e[2], e[0], e[1]))


Make = Callable[..., Run]


@pytest.fixture
def spikes() -> list[Event]:
    return events()


@pytest.fixture
def make(network: Network) -> Make:
    """A run with the given spikes: ``make(name, events, v=..., provenance...)``."""

    def make_run(name: str, given: Iterable[Event], v: np.ndarray | None = None, **provenance: object) -> Run:
        given = list(given)
        if v is None:
            v = -60.0 + np.sin(np.arange(STEPS + 1)[:, None] / np.array([50.0, 80.0]))
        signal = Signal(0, "v", "mV", np.array([0, 3], np.uint32), 1, v)
        by_population = {
            p: Spikes.sorted([c for q, c, _ in given if q == p], [s for q, _, s in given if q == p]) for p in (0, 1)
        }
        trial = TrialRecording(STEPS, by_population, (signal,))
        recording = Recording(DT, tuple(p.label for p in network.populations), (8, 4, 2), (trial,))
        known = {
            "version": "1.0",
            "seconds": {"start": 0.5, "build": 0.1, "run": 1.25, "collect": 0.01},
            "peak_rss_mb": 100.0,
            "fingerprint": network.fingerprint,
        }
        return Run(name, network, Settings(), recording, {**known, **provenance})

    return make_run


@pytest.fixture
def crashed(network: Network) -> Run:
    error = SimulatorFailed("c was killed by signal 9.", "Give it more memory.")
    return Run("c", network, Settings(), None, {"version": "1.0"}, error, "last line")


@pytest.fixture
def gathered(network: Network) -> Callable[..., Runs]:
    return lambda *runs: Runs(network, {run.simulator: run for run in runs})
