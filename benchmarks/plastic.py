"""What plasticity costs: pair STDP against static synapses, and reading all weights during a run.

    python -m benchmarks.plastic [--on nest,brian2,neuron] [--sources 100] [--cells 1000] [--seconds 5]

Poisson sources onto all cells of a population, with delays of 1 to 3 ms. Static and plastic networks take turns;
figures are medians after a first run that compiles.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Result, machine, ratio, report, table
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models import pynn as sim
from unisono.models.pynn.simulator import capturing

RATE, LARGEST = 20.0, 0.04


def built(kind: str, sources: int, cells: int) -> Any:
    """The network through the PyNN API; returns its projection. ``kind`` is static or plastic."""
    sim.setup(timestep=0.1, min_delay=1.0, max_delay=3.0, rng_seed=3)
    pre = sim.Population(sources, sim.SpikeSourcePoisson(rate=RATE))
    post = sim.Population(cells, sim.IF_curr_exp(tau_syn_E=5.0))
    drawn = partial(sim.RandomDistribution, "uniform", rng=sim.NumpyRNG(seed=5))
    largest = LARGEST * 1000.0 / sources
    values = {"weight": drawn(low=0.25 * largest, high=0.75 * largest), "delay": drawn(low=1.0, high=3.0)}
    synapse = sim.StaticSynapse(**values)
    if kind == "plastic":
        rule = sim.SpikePairRule(A_plus=0.01, A_minus=0.0105)
        synapse = sim.STDPMechanism(rule, sim.AdditiveWeightDependence(w_max=largest), **values)
    return sim.Projection(pre, post, sim.AllToAllConnector(), synapse)


def measured(simulator: str, kind: str, sources: int, cells: int, duration: float) -> Result:
    """Seconds by phase, peak memory and spikes of one run."""
    with capturing() as capture:
        built(kind, sources, cells)
        sim.run(duration)
    run = Executor(fresh=True).run(capture.network(), [simulator], Settings())[simulator]
    if run.recording is None:
        return {"error": str(run.error)}
    found: Result = dict(run.provenance["seconds"])
    return found | {"MB": run.provenance["peak_rss_mb"], "spikes": run.spike_count}


def read(simulator: str, sources: int, cells: int, duration: float, reads: int) -> list[float]:
    """Seconds of each of some requests for all weights during a live run."""
    seconds = []
    with capturing(lambda: live_run(Executor(fresh=True), simulator, Settings())):
        projection = built("plastic", sources, cells)
        for _ in range(reads):
            sim.run(duration / reads)
            projection.post.get_spike_counts()  # what is simulated for a request is no part of it
            begin = time.perf_counter()
            projection.column("weight")
            seconds.append(time.perf_counter() - begin)
    return seconds


def middle(results: list[Result]) -> Result:
    """The median of each figure; the first error, if there is one."""
    wrong = next((result for result in results if "error" in result), None)
    return wrong or {name: median(r[name] for r in results) for name in results[0]}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="nest,brian2,neuron")
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0, help="simulated time")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--reads", type=int, default=10, help="requests for all weights during a live run")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    size, duration = (given.sources, given.cells), 1000.0 * given.seconds
    found: dict[str, dict[str, list[Result]]] = {name: {"static": [], "plastic": []} for name in given.on.split(",")}
    for _ in range(1 + given.repetitions):
        for name, kinds in found.items():
            for kind, results in kinds.items():
                results.append(measured(name, kind, *size, duration))
    rows: list[list[Any]] = []
    data: dict[str, Result] = {}
    for name, kinds in found.items():
        static, plastic = (middle(results[1:]) for results in kinds.values())
        seconds = median(read(name, *size, duration, given.reads)) if given.reads and "error" not in plastic else None
        data[name] = {"static": static, "plastic": plastic, "read": seconds}
        for kind, result in (("static", static), ("plastic", plastic)):
            times = [result.get(phase) for phase in ("build", "run", "collect")]
            rows.append([name, kind, *times, ratio(result, static, "run"), result.get("MB")])
            rows[-1] += [result.get("spikes"), seconds if kind == "plastic" else None]
    synapses = given.sources * given.cells
    header = ["", "synapses", "build, s", "run, s", "collect, s", "run, to static", "MB", "spikes", "a read, s"]
    text = f"## {synapses:,} plastic synapses, {given.cells:,} cells, {given.seconds:g} s\n\n"
    text += f"Medians of {given.repetitions} warm repetitions; {machine()}.\n\n{table(header, rows)}"
    report(text, {"machine": machine(), "synapses": synapses, "results": data}, given.markdown, given.json)


if __name__ == "__main__":
    main()
