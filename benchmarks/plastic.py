"""What plasticity costs: pair STDP against static synapses and scripts written by hand, and reading all weights.

    python -m benchmarks.plastic [--on nest,brian2,neuron] [--sources 100] [--cells 1000] [--seconds 5]

Poisson sources onto all cells of a population, with delays of 1 to 3 ms. The static network, the plastic one and the
script take turns; figures are medians after a first turn that compiles. Scripts are in `benchmarks/native_scripts/`,
for NEST, Brian2 and `pygenn`.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Result, machine, measured, medians, ratio, report, table
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.installed import interpreter_of
from unisono.adapters.runtime.live import live_run
from unisono.models import pynn as sim
from unisono.models.network import Network
from unisono.models.pynn.simulator import capturing

RATE, LARGEST = 20.0, 0.04


#: Simulators for which there is a script.
BY_HAND = ("nest", "brian2", "pygenn")


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


def network_of(kind: str, sources: int, cells: int, duration: float) -> Network:
    """The network, captured."""
    with capturing() as capture:
        built(kind, sources, cells)
        sim.run(duration)
    return capture.network()


def run(simulator: str, network: Network) -> Result:
    """Seconds by phase, peak memory and spikes of one run."""
    run = Executor(fresh=True).run(network, [simulator], Settings())[simulator]
    if run.recording is None:
        return {"error": str(run.error)}
    found: Result = dict(run.provenance["seconds"])
    found["run_cpu"] = run.provenance["cpu_seconds"]["run"]
    return found | {"peak_rss_mb": run.provenance["peak_rss_mb"], "spikes": run.spike_count}


def take_turns(names: list[str], networks: dict[str, Network], turns: int) -> dict[str, dict[str, list[Result]]]:
    """What each simulator took for each network, and the script for the plastic one."""
    found: dict[str, dict[str, list[Result]]] = {name: {} for name in names}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plastic.h5"
        networks["plastic"].save(path)
        for _ in range(turns):
            for name, kinds in found.items():
                for kind, network in networks.items():
                    kinds.setdefault(kind, []).append(run(name, network))
                if name in BY_HAND:
                    module = f"benchmarks.native_scripts.plastic_{name}_script"
                    python = interpreter_of(name, {})
                    result = measured(module, {"network": str(path)}, Path(folder) / name, 1800.0, python)
                    kinds.setdefault("by hand", []).append(result)
    return found


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
    synapses = given.sources * given.cells
    networks = {kind: network_of(kind, *size, duration) for kind in ("static", "plastic")}
    found = take_turns(given.on.split(","), networks, 1 + given.repetitions)
    rows: list[list[Any]] = []
    data: dict[str, Result] = {}
    for name, kinds in found.items():
        sides = data[name] = {kind: medians(results[1:]) for kind, results in kinds.items()}
        static, plastic, by_hand = sides["static"], sides["plastic"], sides.get("by hand", {})
        more = plastic.get("peak_rss_mb", math.nan) - static.get("peak_rss_mb", math.nan)
        ratios = [ratio(plastic, side, "run_cpu") for side in (static, by_hand)]
        seconds = median(read(name, *size, duration, given.reads)) if given.reads and "error" not in plastic else None
        for kind, result in sides.items():
            figures = [result.get(figure) for figure in ("build", "run_cpu", "collect", "peak_rss_mb", "spikes")]
            own = [*ratios, 2.0**20 * more / synapses, seconds] if kind == "plastic" else [None] * 4
            rows.append([name, kind, *figures, *own])
        # the first turn compiled what is not in the cache
        sides["first"] = {kind: results[0].get("prepare") for kind, results in kinds.items()}
    header = ["", "synapses", "build, s", "run, CPU s", "collect, s", "MB", "spikes"]
    header += ["run, to static", "run, to by hand", "bytes a synapse", "a read, s"]
    text = f"## {synapses:,} plastic synapses, {given.cells:,} cells, {given.seconds:g} s\n\n"
    text += f"Medians of {given.repetitions} warm repetitions; {machine()}.\n\n{table(header, rows)}"
    report(text, {"machine": machine(), "synapses": synapses, "results": data}, given.markdown, given.json)


if __name__ == "__main__":
    main()
