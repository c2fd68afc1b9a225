"""GeNN against NEST with two threads and Brian2's C++ standalone mode, on the same instantiated network.

    python -m benchmarks.genn [--case small,large] [--sides nest,brian2,genn,pygenn,...] [--quick]

Sides take turns, each in a process of its own; the first turn compiles and is given as *cold prepare*.
``nest`` runs on two threads, ``brian2`` is a script written by hand; a simulator that is not set up is left out
and named. ``small``: 4,000 cells, 2 %. ``large``: 10,000 cells, 10 million synapses. ``largest``: 20,000 cells,
40 million.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Result, machine, measured, medians, report, table
from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import UnisonoError
from unisono.models.library import build_network
from unisono.models.network import Network

PHASES = ("prepare", "build", "run", "collect")

#: Weights shrink with the root of the number of synapses a cell, 80 in the first case.
CASES: dict[str, dict[str, Any]] = {
    "small": {"n": 4000},
    "large": {"n": 10000, "p": 0.1, "scale": 0.28},
    "largest": {"n": 20000, "p": 0.1, "scale": 0.2},
}


@dataclass(frozen=True)
class Side:
    """Who takes part: an adapter with its settings, or a module written by hand."""

    title: str
    simulator: str = ""
    threads: int = 1
    precision: str = "double"
    module: str = "benchmarks.adapter_worker"

    def missing(self, network: Network) -> str:
        """Why it cannot take part; empty where it can."""
        if self.simulator:
            try:
                Executor().check_ready(
                    registry.get(self.simulator), network, Settings(threads=self.threads, precision=self.precision)
                )
            except UnisonoError as error:
                return f"{error.message} {error.remedy}"
        return ""


SIDES = {
    "nest": Side("NEST, 2 threads", "nest", threads=2),
    "brian2": Side("Brian2, C++ standalone, by hand", module="benchmarks.native_scripts.brian2_standalone_script"),
    "genn": Side("Brian2GeNN, CPU", "genn"),
    "genn-single": Side("Brian2GeNN, CPU, float32", "genn", precision="single"),
    "genn-gpu": Side("Brian2GeNN, GPU", "genn-gpu"),
    "genn-gpu-single": Side("Brian2GeNN, GPU, float32", "genn-gpu", precision="single"),
    "pygenn": Side("PyGeNN 5, CPU", "pygenn"),
    "pygenn-single": Side("PyGeNN 5, CPU, float32", "pygenn", precision="single"),
    "pygenn-gpu": Side("PyGeNN 5, GPU", "pygenn-gpu"),
    "pygenn-gpu-single": Side("PyGeNN 5, GPU, float32", "pygenn-gpu", precision="single"),
}


def compare(sides: list[Side], path: Path, repetitions: int, limit: float, home: Path) -> dict[str, Result]:
    """Medians of each side, and how long the first turn prepared."""
    found: dict[str, list[Result]] = {side.title: [] for side in sides}
    cold: dict[str, float | None] = {}
    for turn in range(1 + repetitions):
        for side in sides:
            arguments = {
                "simulator": side.simulator,
                "network": str(path),
                "threads": side.threads,
                "precision": side.precision,
            }
            result = measured(side.module, arguments, home / side.title.replace(" ", "-"), limit)
            if "error" not in result:
                result["total"] = sum(result.get(phase, 0.0) for phase in PHASES)
            if turn or "error" in result:
                found[side.title].append(result)
            else:
                cold[side.title] = result.get("prepare")
    return {title: {"cold": cold.get(title)} | medians(results) for title, results in found.items()}


def text(network: Network, duration: float, results: dict[str, Result], missing: list[str], repetitions: int) -> str:
    """The results as Markdown."""
    columns = (*PHASES, "total", "peak_rss_mb", "spikes")
    rows, notes = [], []
    for title, figures in results.items():
        seconds = figures.get("run")
        factor = None if seconds is None else seconds / duration * 1e3
        rows.append([title, figures["cold"], *(figures.get(c) for c in columns), factor])
        if "error" in figures:
            notes.append(f"- {title}: {figures['error']}")
    return "\n".join(
        [
            f"## vogels_abbott, IF_curr_exp, {network.neurons:,} cells, {network.synapses:,} synapses, {duration:g} ms",
            f"\nSeconds and MB; medians of {repetitions} after a first turn that compiles; {machine()}.\n",
            table(["", "cold prepare", *columns, "loop over simulated time"], rows),
            *notes,
            *(f"- not measured: {line}" for line in missing),
            "",
        ]
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", default="small,large")
    parser.add_argument("--sides", default=",".join(SIDES))
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one repetition")
    parser.add_argument("--time-limit", type=float, default=1800.0, help="seconds a process may take")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    repetitions = 1 if given.quick else given.repetitions
    texts, data = [], {"machine": machine(), "repetitions": repetitions, "cases": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.case.split(","):
            path = Path(folder) / f"{name}.h5"
            network = build_network("vogels_abbott", duration=given.duration, recorded=0, **CASES[name])
            network.save(path)
            asked = [SIDES[side] for side in given.sides.split(",")]
            missing = {side.title: reason for side in asked if (reason := side.missing(network))}
            ready = [side for side in asked if side.title not in missing]
            results = compare(ready, path, repetitions, given.time_limit, Path(folder) / "home")
            lines = [f"{title}: {reason}" for title, reason in missing.items()]
            texts.append(text(network, given.duration, results, lines, repetitions))
            data["cases"][name] = {
                "neurons": network.neurons,
                "synapses": network.synapses,
                "results": results,
                "missing": missing,
            }
    report("\n".join(texts), data, given.markdown, given.json)


if __name__ == "__main__":
    main()
