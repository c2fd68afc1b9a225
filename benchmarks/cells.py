"""Every cell on every simulator against the reference: spikes, voltages, orders of convergence.

    python -m benchmarks.cells [--cells IF_curr_exp,HH] [--on nest,nestml,brian2,neuron] [--markdown F] [--json F]

On the grid, at the recommended time step: one cell under a current of three steps and
under Poisson input, 200 ms each. Spikes are compared step by step and ``v`` at every
step with the reference's. Off the grid: the orders of ``unisono converge``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import machine, report, table
from unisono import studies
from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.validation.convergence.orders import Order

#: Poisson input by cell, where 1500 Hz of about 1 mV is not it: what an input adds (mV) and the rate (Hz).
DRIVES: dict[str, dict[str, float]] = {
    "IF_cond_exp_gsfa_grr": {"psp": 3.0, "rate": 1500.0},
    "GIF_cond_exp": {"psp": 3.0, "rate": 1500.0},
    "Izhikevich": {"psp": 8.0, "rate": 400.0},
}

#: Cells whose potential is linear but for their conductances.
UNDER_SPIKES = ("IF_cond_exp", "IF_cond_alpha", "IF_cond_exp_gsfa_grr", "IF_facets_hardware1", "GIF_cond_exp")

HEADER = (
    *("cell", "simulator", "model, method", "tier", "spikes", "v before spikes, mV", "v, mV", "spike time, ms"),
    *("order of spikes", "order of v", "stated"),
)


def networks(cell: str) -> list[Network]:
    """The cell under a current and under Poisson input."""
    dt = CELLS[cell].time_step[0]
    poisson = {"psp": 1.0, "rate": 1500.0} | DRIVES.get(cell, {})
    return [
        build_network("single_cell", cell=cell, current="step", duration=200.0, dt=dt),
        build_network("single_cell", cell=cell, current="poisson", duration=200.0, dt=dt, **poisson),
    ]


def on_the_grid(cell: str, simulators: Sequence[str], plan: Executor) -> dict[str, dict[str, Any]]:
    """How each simulator compares with the reference on the grid."""
    found: dict[str, dict[str, Any]] = {}
    for network in networks(cell):
        runs = plan.run(network, ["reference", *simulators], Settings())
        right = runs["reference"].recording
        if right is None:
            raise runs["reference"].error or RuntimeError("no reference")
        for name in simulators:
            entry = found.setdefault(name, {"spikes": 0, "same": True, "v": 0.0, "subthreshold": 0.0, "time": 0.0})
            adapter = registry.get(name)
            entry["model"] = f"{adapter.origin(network, 0, Settings())}, {adapter.method(network, 0, Settings())}"
            recording = runs[name].recording
            if recording is None:
                entry["error"], entry["same"] = str(runs[name].error), False
                continue
            _compared(entry, recording.trials[0], right.trials[0], network.dt)
    return found


def _compared(entry: dict[str, Any], found: TrialRecording, right: TrialRecording, dt: float) -> None:
    """Add the comparison of one run to an entry."""
    ours, theirs = found.spikes[0].steps, right.spikes[0].steps
    entry["spikes"] += theirs.size
    entry["same"] &= np.array_equal(ours, theirs)
    if ours.size == theirs.size and ours.size:
        entry["time"] = max(entry["time"], float(np.abs(ours - theirs).max()) * dt)
    error = np.abs(found.signals[0].values - right.signals[0].values)[:, 0]
    entry["v"] = max(entry["v"], float(error.max()))
    first = int(theirs[0]) - round(1.0 / dt) if theirs.size else error.size
    entry["subthreshold"] = max(entry["subthreshold"], float(error[: max(1, first)].max()))


def off_the_grid(cell: str, simulators: Sequence[str], plan: Executor) -> list[Order]:
    """The orders of the cell under a direct current; that of a potential which is linear then, under spikes."""
    options: dict[str, Any] = {"dt": 0.125 if CELLS[cell].time_step[1] >= 0.1 else 2.0**-5}
    options |= {"cell": cell, "duration": 40.0}
    orders = list(studies.converge("single_cell", simulators, executor=plan, **options).orders)
    if cell in UNDER_SPIKES:
        options |= {"current": "spikes", "rate": 250.0, "psp": 6.0}
        under = studies.converge("single_cell", simulators, executor=plan, **options).orders
        orders = [o for o in orders if o.quantity == "spikes"] + [o for o in under if o.quantity != "spikes"]
    return orders


def row(cell: str, name: str, grid: dict[str, Any], orders: list[Order]) -> list[Any]:
    """One line of the table."""
    spikes, v = sorted((o for o in orders if o.simulator == name), key=lambda o: o.quantity != "spikes")
    right = {"right", "no order stated"}
    tier = "failed" if "error" in grid else "identical" if grid["same"] else "different"
    tier += ", converged" if {spikes.verdict, v.verdict} <= right else f", {spikes.verdict}/{v.verdict}"
    measured = "rounding" if v.measured is None and v.verdict == "right" else v.measured
    return [
        cell,
        name,
        grid["model"],
        tier,
        grid["spikes"],
        f"{grid['subthreshold']:.1e}",
        f"{grid['v']:.1e}",
        f"{grid['time']:g}",
        spikes.measured,
        measured,
        v.claimed,
    ]


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", default=",".join(CELLS))
    parser.add_argument("--on", default="nest,nestml,brian2,neuron")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    simulators, plan = given.on.split(","), Executor(jobs=2)
    rows: list[list[Any]] = []
    data: dict[str, Any] = {"machine": machine(), "cells": {}}
    for cell in given.cells.split(","):
        grid = on_the_grid(cell, simulators, plan)
        orders = off_the_grid(cell, simulators, plan)
        rows += [row(cell, name, grid[name], orders) for name in simulators]
        data["cells"][cell] = {"on the grid": grid, "orders": [asdict(order) for order in orders]}
        # after each cell, since all of them take a quarter of an hour
        report(table(HEADER, rows[-len(simulators) :]), data, None, given.json)
    if given.markdown:
        given.markdown.write_text(table(HEADER, rows) + "\n")


if __name__ == "__main__":
    main()
