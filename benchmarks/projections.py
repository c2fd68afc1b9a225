"""Many projections on Brian2: one object for all of them against a script with one object for each.

    python -m benchmarks.projections [--synapses 1e6,1e7] [--projections 1,72] [--repetitions 3]

One population with an inhibitory projection, or six of which each has an excitatory and an inhibitory one to all. Both
sides read the same network file and take turns in processes of their own; a first turn that compiles is not counted.
The script's Cython is compiled once an object: 72 of them take minutes.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.first_run import described
from benchmarks.measure import Result, machine, report, table
from benchmarks.native import compare
from unisono.models import pynn as sim
from unisono.models.network import Network

#: Cells by synapses.
CELLS = {1_000_000: 4000, 10_000_000: 10_000}

#: Weights in nA, for 250 synapses a cell, and those of a projection alone.
WEIGHTS, ALONE = {"excitatory": 0.002, "inhibitory": -0.01}, {"inhibitory": -0.004}


def network_of(synapses: int, projections: int, duration: float) -> Network:
    """A network of IF_curr_exp cells with so many synapses, in 1 or ``2*k*k`` projections."""
    cells = CELLS[synapses]
    populations = 1 if projections == 1 else round((projections / 2) ** 0.5)
    weights = ALONE if projections == 1 else WEIGHTS

    def describe() -> None:
        size = cells // populations
        drawn = sim.RandomDistribution("uniform", low=-65.0, high=-50.0, rng=sim.NumpyRNG(seed=1))
        cell = {"tau_m": 20.0, "tau_refrac": 2.0, "v_thresh": -50.0, "v_reset": -60.0, "i_offset": 0.8}
        groups = [
            sim.Population(size, sim.IF_curr_exp(**cell), initial_values={"v": drawn}) for _ in range(populations)
        ]
        probability = synapses / len(weights) / (size * populations) ** 2
        connector = sim.FixedProbabilityConnector(probability, rng=sim.NumpyRNG(seed=2))
        for receptor, weight in weights.items():
            synapse = sim.StaticSynapse(weight=weight * 250.0 * cells / synapses, delay=1.5)
            for pre in groups:
                for post in groups:
                    sim.Projection(pre, post, connector, synapse, receptor_type=receptor)

    return described(describe, duration)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synapses", default="1e6,1e7")
    parser.add_argument("--projections", default="1,72")
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--time-limit", type=float, default=1800.0, help="seconds a process may take")
    parser.add_argument("--home", type=Path, help="a folder that keeps what was compiled")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows: list[list[Any]] = []
    data: dict[str, Result] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.h5"
        for synapses in (int(float(s)) for s in given.synapses.split(",")):
            for projections in map(int, given.projections.split(",")):
                network = network_of(synapses, projections, given.duration)
                network.save(path)
                found = compare(
                    "brian2",
                    path,
                    "brian2_apart",
                    given.repetitions,
                    given.time_limit,
                    given.home or Path(folder) / "home",
                )
                name = f"{network.synapses:,} synapses, {len(network.projections)} projections"
                data[name] = found
                for side, figures in found["sides"].items():
                    bytes_each = 1e6 * figures.get("peak_rss_mb", 0.0) / network.synapses
                    columns = [figures.get(c) for c in ("build", "run", "run_cpu", "peak_rss_mb")]
                    rows.append([name, side, *columns, bytes_each, figures.get("spikes"), figures.get("error", "")])
                    print(*rows[-1], flush=True)
    header = ["network", "", "build", "loop", "loop, CPU", "peak, MB", "bytes a synapse, all included", "spikes", ""]
    report(
        f"## Many projections on Brian2\n\nSeconds; {machine()}.\n\n{table(header, rows)}",
        data,
        given.markdown,
        given.json,
    )


if __name__ == "__main__":
    main()
