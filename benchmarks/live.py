"""A script in a loop of run, read and change, against ``pyNN.nest``: seconds by number of cycles.

    python -m benchmarks.live [--on nest,brian2,neuron,pygenn] [--cycles 50,100,200] [--read counts]

100 conductance-based cells, cycles of 10 ms. Both sides take turns, each in a process of its own. The first cycle is
counted apart: in it PyNN builds the network, and Unisono starts the simulator's process, compiles and builds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import ROOT, Result, machine, report, table

SCRIPT = Path(__file__).with_name("live_script.py")

#: Runs the script as Unisono captures it, on the simulator that is named first.
CAPTURED = """
import sys
from unisono.adapters.runtime.loading import load
load(sys.argv[1], on=sys.argv[2], args=("nest", *sys.argv[3:]))
"""


def measured(simulator: str, cycles: int, read: str, time_limit: float) -> Result:
    """What the script prints: ``pynn.nest`` runs it as it is."""
    if simulator == "pynn.nest":
        command = [sys.executable, str(SCRIPT), "nest", str(cycles), read]
    else:
        command = [sys.executable, "-c", CAPTURED, str(SCRIPT), simulator, str(cycles), read]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=time_limit, check=False)
    try:
        found: Result = json.loads(done.stdout.strip().splitlines()[-1])
        return found
    except (IndexError, ValueError):
        return {"error": " ".join(done.stderr.strip().splitlines()[-1:])}


def compare(simulators: list[str], cycles: list[int], read: str, repetitions: int, time_limit: float) -> Result:
    """Medians by simulator and number of cycles."""
    found: dict[str, dict[int, list[Result]]] = {s: {n: [] for n in cycles} for s in simulators}
    for _ in range(1 + repetitions):
        for number in cycles:
            for simulator in simulators:
                found[simulator][number].append(measured(simulator, number, read, time_limit))
    # the first of each compiles
    return {s: {n: middle(results[1:]) for n, results in by.items()} for s, by in found.items()}


def middle(results: list[Result]) -> Result:
    """The median of each figure; the first error, if there is one."""
    for result in results:
        if "error" in result:
            return result
    return {name: median(r[name] for r in results) for name in results[0]}


def text(results: Result, cycles: list[int], read: str, repetitions: int) -> str:
    """The results as Markdown."""
    rows: list[list[Any]] = []
    for simulator, by in results.items():
        for number in cycles:
            ours, theirs = by[number], results["pynn.nest"][number]
            rest, other = ours.get("rest"), theirs.get("rest")
            ratio = rest / other if rest and other else None
            spikes = int(ours["spikes"]) if "spikes" in ours else ours.get("error")
            rows.append([simulator, number, ours.get("first"), rest, ours.get("per cycle ms"), ratio, spikes])
    return "\n".join(
        [
            f"## A loop of run(10), {read}, change, 100 cells",
            f"\nMedians of {repetitions} warm repetitions; {machine()}.\n",
            table(["", "cycles", "first, s", "others, s", "a cycle, ms", "to pyNN.nest", "spikes"], rows),
        ]
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="nest,brian2,neuron,pygenn")
    parser.add_argument("--cycles", default="50,100,200")
    parser.add_argument("--read", choices=("counts", "data"), default="counts")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--time-limit", type=float, default=600.0, help="seconds a process may take")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    cycles = [int(n) for n in given.cycles.split(",")]
    results = compare(["pynn.nest", *given.on.split(",")], cycles, given.read, given.repetitions, given.time_limit)
    data = {"machine": machine(), "read": given.read, "repetitions": given.repetitions, "results": results}
    report(text(results, cycles, given.read, given.repetitions), data, given.markdown, given.json)


if __name__ == "__main__":
    main()
