"""Error and order of a step under load, for every cell that is not linear, on every simulator.

    python -m benchmarks.load [--cells IF_cond_exp,HH] [--on nest,brian2,neuron] [--markdown F] [--json F]

The load is the time step over the shortest time constant of the membrane, dt g/C. For each load some cells begin in
random states whose synaptic conductances make that load, and take one recommended time step on each simulator, once
whole and once as two steps of half the length. The largest error of ``v`` is that against the reference, SciPy's DOP853
at a tolerance of 1e-12; the order follows from both errors. Simulators that give the same bits in all of these steps
share a line. Time is not measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import machine, report, table
from unisono.adapters.codegen.affine import linear_states
from unisono.adapters.codegen.substeps import population_step
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel
from unisono.models.network import Epoch, Network, Population, RecordingRequest, Trial

LOADS = (0.01, 0.1, 0.5, 1.0, 1.5, 2.0, 2.8, 5.0, 10.0, 30.0, 100.0, 1000.0)

#: Random states for each load.
STATES = 8

#: Errors that the order is measured from: above rounding, at loads that take one part.
LEAST_ERROR = 1e-11
LARGEST_OF_ORDER = {"collocation": 2.0, "lobatto": 0.5, "rk4": 0.5}

#: mV. For Izhikevich's cell that is a load of 71; from -10,000 mV on the guard ends the run.
LEAST_POTENTIAL = -9e3

Floats = NDArray[np.float64]


def parameters_of(model: CellModel) -> dict[str, Floats]:
    """Values at which no cell spikes in the step."""
    wanted = {"i_offset": 0.01 if model.name == "Izhikevich" else 0.3, "lambda0": 0.0}
    if model.name.startswith("IF_"):
        wanted["v_thresh"] = 1e3
    return {name: np.array(wanted.get(name, p.default)) for name, p in model.parameters.items()}


def states_of(model: CellModel, load: float, dt: float, random: np.random.RandomState) -> dict[str, float]:
    """A state in which the conductances, or for Izhikevich's cell the potential, make that load."""
    state = dict(model.initial) | {"v": random.uniform(-75.0, -60.0)}
    if model.name == "Izhikevich":
        return state | {"v": max(LEAST_POTENTIAL, -(load * random.uniform(0.8, 1.0) / dt + 5.0) / 0.08)}
    if "m" in state:
        # as below the upstroke: with an open gate far from rest v moves by 40 mV in a step, whatever the load
        state |= {"m": random.uniform(0.0, 0.4), "h": random.uniform(0.0, 1.0), "n": random.uniform(0.0, 1.0)}
    defaults = {name: p.default for name, p in model.parameters.items()}
    capacity = defaults.get("cm", 0.2) * (defaults["area"] * 1e-5 if "area" in defaults else 1.0)
    share = random.uniform(0.0, 0.3 if model.name.startswith("EIF") else 1.0)
    for part, name in ((share, "exc"), (1.0 - share, "inh")):
        # from x the conductance of an alpha function rises; within the step it comes to a part of that
        alpha = f"x_{name}" in state
        state[f"x_{name}" if alpha else f"gsyn_{name}"] = load / dt * capacity * part * (3.0 if alpha else 1.0)
    return state


def network_of(model: CellModel, parts: int = 1, steps: int = 1) -> Network:
    """All loads and states as one population, for one of so many parts of the recommended time step, in some steps."""
    dt, random = min(0.1, model.time_step[0]), np.random.RandomState(7)
    begun = [states_of(model, load, dt, random) for load in LOADS for _ in range(STATES)]
    initial = {name: np.array([state[name] for state in begun]) for name in model.states}
    cells = Population("cells", model.name, len(begun), parameters_of(model), initial)
    sample = RecordingRequest(0, "v", np.arange(len(begun)), 1)
    return Network(dt / parts / steps, (cells,), recordings=(sample,), trials=(Trial((Epoch(steps),)),), label="load")


def potentials(network: Network, simulators: Sequence[str], plan: Executor) -> dict[str, Floats | str]:
    """The potentials at the end on each simulator, or why there are none."""
    found: dict[str, Floats | str] = {}
    for simulator, run in plan.run(network, simulators).items():
        found[simulator] = str(run.error) if run.recording is None else run.recording.trials[0].signals[0].values[-1]
    return found


def reference(network: Network, plan: Executor) -> Floats:
    """The right potentials."""
    right = potentials(network, ["reference"], plan)["reference"]
    if isinstance(right, str):
        raise RuntimeError(right)
    return right


def measured(name: str, simulators: Sequence[str], plan: Executor) -> dict[str, Any]:
    """Errors by load and order on each simulator; those with the same bits share them."""
    model = CELLS[name]
    whole = network_of(model)
    step = population_step(whole, 0)
    # a step that all cells take in parts is halved from one of them on
    networks = (whole, network_of(model, step.substeps), network_of(model, step.substeps, 2))
    right = [reference(network, plan) for network in networks[:2]]
    found = [potentials(network, simulators, plan) for network in networks]
    groups: list[tuple[list[str], list[Floats]]] = []
    failed: dict[str, str] = {}
    for simulator in simulators:
        ends = [potential[simulator] for potential in found]
        values = [v for v in ends if not isinstance(v, str)]
        if len(values) < len(ends):
            failed[simulator] = next(v for v in ends if isinstance(v, str))
            continue
        same = (members for members, others in groups if all(map(np.array_equal, values, others)))
        if members := next(same, None):
            members.append(simulator)
        else:
            groups.append(([simulator], values))
    results = [
        {
            "simulators": members,
            "errors": dict(zip(map(str, LOADS), largest(np.abs(values[0] - right[0])), strict=True)),
            "order": order(np.abs(values[1] - right[1]), np.abs(values[2] - right[1]), step.method),
        }
        for members, values in groups
    ]
    return {"method": step.method, "results": results, "failed": failed}


def largest(errors: Floats) -> list[float]:
    """The largest error by load."""
    by_load: list[float] = errors.reshape(len(LOADS), STATES).max(axis=1).tolist()
    return by_load


def order(whole: Floats, halves: Floats, method: str) -> float | None:
    """The order of the errors of one step and of two, at loads that take one part; None where all is rounding."""
    usable = (np.repeat(LOADS, STATES) <= LARGEST_OF_ORDER[method]) & (halves > LEAST_ERROR)
    return float(np.median(np.log2(whole[usable] / halves[usable]))) if usable.any() else None


def rows(name: str, found: Mapping[str, Any]) -> list[list[Any]]:
    """The lines of a cell, one for all simulators that gave the same bits."""
    lines = [
        [name, found["method"], ", ".join(r["simulators"]), *(f"{e:.0e}" for e in r["errors"].values()), r["order"]]
        for r in found["results"]
    ]
    return lines + [[name, found["method"], s, *("" for _ in LOADS), why] for s, why in found["failed"].items()]


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", default=",".join(n for n, m in CELLS.items() if linear_states(m) != m.states))
    parser.add_argument("--on", default="nest,brian2,neuron")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    simulators, plan = given.on.split(","), Executor(jobs=2)
    lines: list[list[Any]] = []
    data: dict[str, Any] = {"machine": machine(), "cells": {}}
    header = ["cell", "method", "simulators", *(f"{load:g}" for load in LOADS), "order"]
    for name in given.cells.split(","):
        found = data["cells"][name] = measured(name, simulators, plan)
        lines += rows(name, found)
        report(table(header, rows(name, found)), data, None, given.json)
    if given.markdown:
        given.markdown.write_text(table(header, lines) + "\n")


if __name__ == "__main__":
    main()
