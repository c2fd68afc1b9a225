"""Generated cell models against built-in and hand-written ones: the loop of the simulation.

    python -m benchmarks.generated [--on nest,neuron] [--quick]

NEST: the same network on built-in models (``numerics="native"``) and on models that
NESTML generates (simulator ``nestml``). NEURON: mechanisms that Unisono generates and
mechanisms written by hand. Both sides take turns in separate processes; the first
turn compiles and is not counted.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measure import Result, machine, measured, medians, ratio, report, table
from unisono.models.library import build_network
from unisono.models.network import Epoch, Network, Population, Trial


def _adaptive(duration: float) -> Network:
    """4,000 adaptive exponential cells, each under a current of its own, without synapses."""
    random = np.random.RandomState(5)
    cells = Population(
        "cells",
        "EIF_cond_exp_isfa_ista",
        4000,
        {"i_offset": random.uniform(0.6, 1.2, 4000)},
        {"v": random.uniform(-70.6, -55.0, 4000)},
    )
    return Network(0.1, (cells,), trials=(Trial((Epoch(round(duration / 0.1)),)),), label="AdEx cells under currents")


#: Networks by name; what has a hand-written NEURON script for it says which.
NETWORKS: dict[str, Callable[[float], Network]] = {
    "vogels_abbott, IF_curr_exp": lambda d: build_network("vogels_abbott", duration=d, recorded=0),
    "vogels_abbott, IF_cond_exp": lambda d: build_network("vogels_abbott", cell="IF_cond_exp", duration=d, recorded=0),
    "vogels_abbott, IF_cond_alpha": lambda d: build_network(
        "vogels_abbott", cell="IF_cond_alpha", duration=d, recorded=0
    ),
    "destexhe, EIF_cond_exp_isfa_ista": lambda d: build_network("destexhe", n=4000, duration=d, recorded=0),
    "4,000 EIF_cond_exp_isfa_ista under currents": _adaptive,
}
BY_HAND = {
    "vogels_abbott, IF_curr_exp": "benchmarks.native_scripts.neuron_script",
    "4,000 EIF_cond_exp_isfa_ista under currents": "benchmarks.native_scripts.neuron_adex_script",
}


def sides(simulator: str, name: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Module and arguments of both sides."""
    ours = "benchmarks.adapter_worker"
    if simulator == "nest":
        native = {"simulator": "nest", "numerics": "native"}
        return {"generated": (ours, {"simulator": "nestml"}), "built-in": (ours, native)}
    return {"generated": (ours, {"simulator": "neuron"}), "by hand": (BY_HAND[name], {})}


def compare(simulator: str, name: str, path: Path, repetitions: int, home: Path, limit: float) -> dict[str, Result]:
    """Medians of both sides."""
    found: dict[str, list[Result]] = {}
    for turn in range(1 + repetitions):
        for side, (module, arguments) in sides(simulator, name).items():
            result = measured(module, arguments | {"network": str(path)}, home / f"{simulator}-{side[:5]}", limit)
            if turn or "error" in result:
                found.setdefault(side, []).append(result)
    return {side: medians(results) for side, results in found.items()}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="nest,neuron")
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one repetition")
    parser.add_argument("--time-limit", type=float, default=900.0, help="seconds a process may take")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    repetitions = 1 if given.quick else given.repetitions
    rows, data = [], {"machine": machine(), "repetitions": repetitions, "results": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, build in NETWORKS.items():
            path = Path(folder) / "network.h5"
            network = build(given.duration)
            network.save(path)
            for simulator in given.on.split(","):
                if simulator == "neuron" and name not in BY_HAND:
                    continue
                result = compare(simulator, name, path, repetitions, Path(folder) / "home", given.time_limit)
                ours, other = result.values()
                spikes = [side.get("spikes", side.get("error")) for side in result.values()]
                factor = ratio(ours, other, "run")
                size = f"{network.neurons:,} cells, {network.synapses:,} synapses"
                rows.append([simulator, name, size, ours.get("run"), other.get("run"), factor, *spikes])
                data["results"].append({"simulator": simulator, "network": name, "sides": result, "ratio": factor})
    header = ["simulator", "network", "size", "generated, s", "other, s", "ratio", "spikes", "spikes of the other"]
    text = f"Loop of {given.duration:g} ms; medians of {repetitions} after one that is not counted; {machine()}.\n\n"
    report(text + table(header, rows), data, given.markdown, given.json)


if __name__ == "__main__":
    main()
