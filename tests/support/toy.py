"""A simulator for tests of the validation: spikes by counting, no dynamics, in no time.

A cell spikes LATENCY steps after one in which input of at least THRESHOLD arrived, unless it is refractory then. ``v``
is the sum of all input that has arrived. Its native numerics have another threshold, so that they give other spikes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.validation.compare.cell_values import value_of

THRESHOLD = {"matched": 1.0, "native": 0.9, "euler": 1.1}
DT, STEPS, CELLS, LATENCY = 0.1, 1200, 12, 2


def network(seed: int = 1) -> Network:
    """Sources that drive cells, of which some drive later ones and some themselves; refractory for 2 ms."""
    rng = np.random.RandomState(seed)
    drive = np.where(np.arange(CELLS) % 3 == 0, 0.985, 1.0)
    pre, post = np.array([(4, 5), (4, 7), (5, 8), (6, 9), (7, 9), (7, 10), (8, 10), (8, 11), (10, 6), (11, 9)]).T
    steps = np.sort(rng.randint(1, STEPS - 100, 160))
    everyone = np.arange(CELLS)
    return Network(
        DT,
        (
            Population("input", "SpikeSourceArray", CELLS),
            Population("cells", "IF_curr_exp", CELLS, parameters={"tau_refrac": 2.0}),
        ),
        (
            Projection("drive", 0, 1, everyone, everyone, drive, np.array(10)),
            Projection("cells to cells", 1, 1, pre, post, np.full(10, 1.0), np.array(15)),
            Projection("autapses", 1, 1, everyone[:4], everyone[:4], np.full(4, 1.0), np.array(37)),
        ),
        (SpikeInput(0, rng.randint(0, CELLS, 160), steps),),
        trials=(Trial((Epoch(STEPS),)),),
        label="toy",
    )


@dataclass
class Toy:
    """Runs networks by :func:`simulate`.

    Attributes
    ----------
    asked : list of tuple of str and Network
        What was run.
    hear : callable
        Called with each run: it can let time pass.
    """

    asked: list[tuple[str, Network]] = field(default_factory=list)
    hear: Callable[[], None] = lambda: None

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        settings = settings or Settings()
        runs = {}
        for name in on:
            self.asked.append((name, network))
            self.hear()
            provenance = {"fingerprint": network.fingerprint, "version": "1"}
            runs[name] = Run(name, network, settings, simulate(network, settings), provenance)
        return Runs(network, runs)


def simulate(network: Network, settings: Settings) -> Recording:
    """A run of the first trial."""
    steps = network.trials[0].steps
    threshold = THRESHOLD[settings.numerics]
    targets: dict[tuple[int, int], list[tuple[int, int, float, int]]] = defaultdict(list)
    for p in network.projections:
        weights, delays = (np.broadcast_to(x, p.size) for x in (p.weight, p.delay))
        for pre, post, weight, delay in zip(p.pre, p.post, weights, delays, strict=True):
            targets[p.pre_population, int(pre)].append((p.post_population, int(post), float(weight), int(delay)))
    arriving: dict[int, dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))

    def send(population: int, cell: int, step: int) -> None:
        for post_population, post, weight, delay in targets[population, cell]:
            arriving[step + delay][post_population, post] += weight

    for given in network.spikes:
        for cell, step in zip(given.cells, given.steps, strict=True):
            send(given.population, int(cell), int(step))
    last: dict[tuple[int, int], int] = {}
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    received: dict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(steps + 1))
    for step in range(1, steps + 1):
        for (population, cell), weight in sorted(arriving[step].items()):
            received[population, cell][step] = weight
            still = round(value_of(network.populations[population].parameters["tau_refrac"], cell) / network.dt)
            refractory = (population, cell) in last and step - last[population, cell] <= still
            if weight >= threshold - 1e-12 and not refractory and step + LATENCY <= steps:
                last[population, cell] = step + LATENCY
                found[population].append((cell, step + LATENCY))
                send(population, cell, step + LATENCY)
    spikes = {
        i: Spikes.sorted([c for c, _ in found[i]], [s for _, s in found[i]])
        for i, p in enumerate(network.populations)
        if not p.is_source
    }
    signals = tuple(
        Signal(
            r.population,
            r.variable,
            "mV",
            np.asarray(r.cells, np.uint32),
            1,
            np.cumsum(np.stack([received[r.population, int(c)] for c in r.cells], axis=1), axis=0),
        )
        for r in network.recordings
    )
    labels, sizes = tuple(p.label for p in network.populations), tuple(p.size for p in network.populations)
    return Recording(network.dt, labels, sizes, (TrialRecording(steps, spikes, signals),))
