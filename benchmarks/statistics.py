"""Time and memory of the statistics and curves of a run, against the simulation's own loop.

    python -m benchmarks.statistics [--n 10000] [--duration 10000] [--simulator nest] [--quick]

A balanced network with 80 synapses a cell is simulated once; its recording is read from disk and analysed in a
process of its own. What is imported is start-up and not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, measured, medians, report, table

#: Synapses a cell, as in the published network of 4,000.
SYNAPSES_A_CELL = 80


def worker(folder: Path) -> dict[str, float]:
    """Seconds and peak memory of the analysis of a stored run, MB; what reading it took is ``before_mb``."""
    from unisono.adapters.contract.recording import Recording
    from unisono.models.network import Network
    from unisono.validation.statistics.curves import curves_of
    from unisono.validation.statistics.statistics import statistics_of

    for module in ("scipy.sparse", "elephant.statistics", "elephant.spectral", "elephant.spike_train_correlation"):
        import_module(module)
    network, recording = Network.load(folder / "network.h5"), Recording.load(folder)
    before = peak_mb()
    start, used = time.perf_counter(), time.process_time()
    statistics = statistics_of(recording, network)
    middle = time.perf_counter()
    curves = curves_of(recording, network)
    end = time.perf_counter()
    return {
        "statistics_s": middle - start,
        "curves_s": end - middle,
        "cpu_s": time.process_time() - used,
        "before_mb": before,
        "peak_mb": peak_mb(),
        "statistics": len(statistics),
        "curves": len(curves),
    }


def peak_mb() -> float:
    """Largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def simulate(folder: Path, simulator: str, **options: Any) -> dict[str, Any]:
    """Run the network once and store it; sizes and the seconds of the loop."""
    from unisono.adapters.runtime.executor import Executor
    from unisono.adapters.runtime.loading import ModelSource

    network = ModelSource("vogels_abbott", options).network(seed=1)
    run = Executor(fresh=True).run(network, [simulator])[simulator]
    if run.recording is None:
        raise SystemExit(f"The run on {simulator} failed: {run.error}")
    network.save(folder / "network.h5")
    run.recording.save(folder)
    return {
        "cells": network.neurons,
        "synapses": network.synapses,
        "spikes": run.spike_count,
        "loop_s": run.provenance["seconds"]["run"],
        "simulation_mb": run.provenance.get("peak_rss_mb"),
    }


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--duration", type=float, default=10_000.0)
    parser.add_argument("--simulator", default="nest")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="1,000 cells, 1 s, one repetition")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    n, duration, repetitions = (1000, 1000.0, 1) if given.quick else (given.n, given.duration, given.repetitions)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loads = [os.getloadavg()[0]]
        size = simulate(folder, given.simulator, n=n, p=min(1.0, SYNAPSES_A_CELL / n), duration=duration)
        loads.append(os.getloadavg()[0])
        results = [measured(__spec__.name, {"folder": name}, folder / "home", 900.0) for _ in range(repetitions)]
        loads.append(os.getloadavg()[0])
    found = medians(results)
    if "error" in found:
        raise SystemExit(found["error"])
    analysis = found["statistics_s"] + found["curves_s"]
    rows = [
        ["loop of the simulation", size["loop_s"], size["simulation_mb"]],
        [f"{found['statistics']} statistics", found["statistics_s"], None],
        [f"{found['curves']} curves", found["curves_s"], None],
        ["statistics and curves", analysis, found["peak_mb"]],
        ["of that, time of the processor", found["cpu_s"], None],
        ["of that, the recording read from disk", None, found["before_mb"]],
    ]
    text = (
        f"{size['cells']:,} cells, {size['synapses']:,} synapses, {duration:g} ms, {size['spikes']:,} spikes on "
        f"{given.simulator}; medians of {repetitions}; {machine()}; load (1 min) before, after the simulation, "
        f"at the end: {', '.join(f'{load:.1f}' for load in loads)}.\n\n"
    )
    data = {"machine": machine(), "duration": duration, "load": loads, "size": size, "analysis": found}
    report(text + table(["", "seconds", "peak memory, MB"], rows), data, given.markdown, given.json)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("{"):
        print(json.dumps(worker(Path(json.loads(sys.argv[1])["folder"]))))
    else:
        main()
