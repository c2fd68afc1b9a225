"""Unisono against PyNN's own backends, from the PyNN description to Neo blocks.

    python -m benchmarks.pynn_backends [--quick] [--on nest,neuron,brian2] [--n 4000] [--duration 1000]

Both sides take turns on the same network, each in a process of its own. *Cold*
starts with an empty home folder, so that nothing is compiled; *warm* uses it again.
Imports and compilation are counted apart on both sides; only PyNN's Brian2 backend
compiles while it builds and runs, so a third ratio counts ours, too.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Result, machine, measured, medians, ratio, report, table

WORKER = "benchmarks.pynn_worker"


def compare(simulator: str, options: dict[str, Any], repetitions: int, time_limit: float, home: Path) -> Result:
    """Cold and warm figures of both sides and their ratios."""
    found: dict[str, dict[str, list[Result]]] = {t: {"unisono": [], "pynn": []} for t in ("cold", "warm")}
    for turn in range(1 + repetitions):
        for kind, results in found["warm" if turn else "cold"].items():
            arguments = {"kind": kind, "simulator": simulator, "options": options}
            results.append(measured(WORKER, arguments, home / f"{simulator}-{kind}", time_limit))
    sides = {t: {kind: medians(results) for kind, results in both.items()} for t, both in found.items()}
    ours = sides["cold"]["unisono"]
    with_compilation = ours | {"total": ours.get("compiled")}
    return sides | {
        "ratio_cold": ratio(sides["cold"]["pynn"], ours, "total"),
        "ratio_compiled": ratio(sides["cold"]["pynn"], with_compilation, "total"),
        "ratio_warm": ratio(sides["warm"]["pynn"], sides["warm"]["unisono"], "total"),
    }


def text(results: dict[str, Result], options: dict[str, Any], repetitions: int) -> str:
    """The results as Markdown."""
    columns = ("capture", "build", "run", "collect", "total", "apart", "spikes")
    synapses = max(result["warm"]["unisono"].get("synapses", 0) for result in results.values())
    rows, errors = [], []
    for simulator, result in results.items():
        for temperature in ("cold", "warm"):
            for kind in ("unisono", "pynn"):
                side = result[temperature][kind]
                name = f"{'Unisono on ' if kind == 'unisono' else 'pyNN.'}{simulator}"
                rows.append([name, temperature, *(side.get(c) for c in columns)])
                if "error" in side:
                    errors.append(f"- {name}, {temperature}: {side['error']}")
    return "\n".join(
        [
            f"## vogels_abbott, IF_curr_exp, {options['n']:,} cells, {synapses:,} synapses, {options['duration']:g} ms",
            f"\nSeconds; medians of {repetitions} warm repetitions, one cold; {machine()}. *apart*: imports and, for"
            " Unisono, the start of the simulator's process and compilation.\n",
            table(["", "", *columns], rows),
            *errors,
            "\nPyNN's backend over Unisono, from the description to Neo:\n",
            table(
                ["simulator", "cold", "cold, with our compilation", "warm"],
                [[s, r["ratio_cold"], r["ratio_compiled"], r["ratio_warm"]] for s, r in results.items()],
            ),
        ]
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="nest,neuron,brian2")
    parser.add_argument("--n", type=int, default=4000)
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one warm repetition")
    parser.add_argument("--time-limit", type=float, default=900.0, help="seconds a process may take")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    repetitions = 1 if given.quick else given.repetitions
    options = {"n": given.n, "duration": given.duration, "recorded": 0}
    with tempfile.TemporaryDirectory() as home:
        results = {s: compare(s, options, repetitions, given.time_limit, Path(home)) for s in given.on.split(",")}
    data = {"machine": machine(), "options": options, "repetitions": repetitions, "results": results}
    report(text(results, options, repetitions), data, given.markdown, given.json)


if __name__ == "__main__":
    main()
