"""Unisono's adapters against scripts written by hand for the same instantiated network.

    python -m benchmarks.native [--case small,large] [--on nest,brian2,neuron] [--quick]

Both sides read the same network file, take turns, and run in separate processes;
the first turn only compiles and is not counted. ``small``: 4,000 cells, 2 %. ``large``:
10,000 cells and 10 million synapses, where the hand-written NEURON script is left out.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Result, machine, measured, medians, ratio, report, table
from unisono.models.library import build_network

PHASES = ("prepare", "build", "run", "collect")


@dataclass(frozen=True)
class Case:
    """A network, and the simulators whose hand-written script takes part."""

    options: dict[str, Any]
    by_hand: tuple[str, ...]


CASES = {
    "small": Case({"n": 4000, "recorded": 0}, ("nest", "brian2", "neuron")),
    # 1,000 synapses a cell instead of 80: weights shrink by the root of the ratio
    "large": Case({"n": 10000, "p": 0.1, "scale": 0.28, "recorded": 0}, ("nest", "brian2")),
}


def compare(simulator: str, network: Path, by_hand: str | None, repetitions: int, limit: float, home: Path) -> Result:
    """Medians of the adapter and of a script written by hand, by its name, and their ratios, ours over theirs."""
    modules = {"unisono": "benchmarks.adapter_worker"}
    if by_hand:
        modules["by hand"] = f"benchmarks.native_scripts.{by_hand}_script"
    arguments = {"simulator": simulator, "network": str(network)}
    found: dict[str, list[Result]] = {side: [] for side in modules}
    for turn in range(1 + repetitions):
        for side, module in modules.items():
            result = measured(module, arguments, home / f"{simulator}-{side}".replace(" ", "-"), limit)
            if "error" not in result:
                result["total"] = sum(result.get(phase, 0.0) for phase in PHASES)
            if turn or "error" in result:
                found[side].append(result)
    sides = {side: medians(results) for side, results in found.items()}
    theirs = sides.get("by hand", {})
    return {
        "sides": sides,
        "ratios": {name: ratio(sides["unisono"], theirs, name) for name in ("run", "total", "peak_rss_mb")},
    }


def text(title: str, results: dict[str, Result], repetitions: int) -> str:
    """The results as Markdown."""
    columns = (*PHASES, "total", "peak_rss_mb", "spikes")
    rows, errors = [], []
    for simulator, result in results.items():
        for side, figures in result["sides"].items():
            rows.append([simulator, side, *(figures.get(c) for c in columns)])
            if "error" in figures:
                errors.append(f"- {simulator}, {side}: {figures['error']}")
    return "\n".join(
        [
            f"## {title}",
            f"\nSeconds and MB; medians of {repetitions} after one that is not counted; {machine()}.\n",
            table(["simulator", "", *columns], rows),
            *errors,
            "\nUnisono over the hand-written script:\n",
            table(
                ["simulator", "simulation loop", "total", "peak memory"],
                [[simulator, *result["ratios"].values()] for simulator, result in results.items()],
            ),
            "",
        ]
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", default="small,large")
    parser.add_argument("--on", default="nest,brian2,neuron")
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one repetition")
    parser.add_argument("--time-limit", type=float, default=1800.0, help="seconds a process may take")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    repetitions = 1 if given.quick else given.repetitions
    texts, data = [], {"machine": machine(), "repetitions": repetitions, "cases": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.case.split(","):
            case, path = CASES[name], Path(folder) / f"{name}.h5"
            network = build_network("vogels_abbott", duration=given.duration, **case.options)
            network.save(path)
            results = {
                s: compare(
                    s, path, s if s in case.by_hand else None, repetitions, given.time_limit, Path(folder) / "home"
                )
                for s in given.on.split(",")
            }
            title = (
                f"vogels_abbott, IF_curr_exp, {network.neurons:,} cells, {network.synapses:,} synapses, "
                f"{given.duration:g} ms"
            )
            texts.append(text(title, results, repetitions))
            data["cases"][name] = {"neurons": network.neurons, "synapses": network.synapses, "results": results}
    report("\n".join(texts), data, given.markdown, given.json)


if __name__ == "__main__":
    main()
