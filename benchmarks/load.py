"""The error of one step under load, for every cell that is not linear, and whether all simulators give the same bits.

    python -m benchmarks.load [--cells IF_cond_exp,HH] [--on nest,brian2,neuron] [--markdown F] [--json F]

The load is the time step over the shortest time constant of the membrane, dt g/C. For each load some cells begin in
random states whose synaptic conductances make that load, and take one recommended time step on each simulator. The
largest error of ``v`` is that against the reference, SciPy's DOP853 at a tolerance of 1e-12. The order is that of the
step program, from the same interval in one step and in two. Time is not measured.
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
from unisono.adapters.codegen.program import StepProgram
from unisono.adapters.codegen.substeps import population_step
from unisono.adapters.reference.stepped import step_of
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


def network_of(model: CellModel) -> Network:
    """All loads and states as one population, one step long."""
    dt, random = min(0.1, model.time_step[0]), np.random.RandomState(7)
    begun = [states_of(model, load, dt, random) for load in LOADS for _ in range(STATES)]
    initial = {name: np.array([state[name] for state in begun]) for name in model.states}
    cells = Population("cells", model.name, len(begun), parameters_of(model), initial)
    sample = RecordingRequest(0, "v", np.arange(len(begun)), 1)
    return Network(dt, (cells,), recordings=(sample,), trials=(Trial((Epoch(1),)),), label="load")


def stepped(program: StepProgram, network: Network, steps: int) -> Floats:
    """The potentials after the interval, by the step program, in one step or in several."""
    cells = network.populations[0]
    zeros = np.zeros(cells.size)
    parameters = {name: np.broadcast_to(value, cells.size) for name, value in cells.parameters.items()}
    values = np.array([np.broadcast_to(cells.initial[s], cells.size) for s in program.model.states])
    step = step_of(program, parameters, network.dt / steps)
    for _ in range(steps):
        values = step(values, zeros, zeros + 1.0)
    return np.asarray(values[program.model.states.index("v")])


def measured(name: str, simulators: Sequence[str], plan: Executor) -> dict[str, Any]:
    """Errors by load, the order, and how each simulator compares with the first, by bits."""
    network = network_of(CELLS[name])
    program = population_step(network, 0)
    runs = plan.run(network, ["reference", *simulators])
    recording = runs["reference"].recording
    if recording is None:
        raise runs["reference"].error or RuntimeError("no reference")
    right = recording.trials[0].signals[0].values[-1]
    whole, halves = (np.abs(stepped(program, network, steps) - right) for steps in (1, 2))
    potentials: dict[str, Floats] = {}
    errors: dict[str, str] = {}
    for simulator in simulators:
        recording = runs[simulator].recording
        if recording is None:
            errors[simulator] = str(runs[simulator].error)
        else:
            potentials[simulator] = recording.trials[0].signals[0].values[-1]
    first = next(iter(potentials.values()), stepped(program, network, 1))
    found = np.abs(first - right).reshape(len(LOADS), STATES).max(axis=1)
    usable = (np.repeat(LOADS, STATES) <= LARGEST_OF_ORDER[program.method]) & (halves > LEAST_ERROR)
    return {
        "method": program.method,
        "errors": dict(zip(map(str, LOADS), found.tolist(), strict=True)),
        "order": float(np.median(np.log2(whole[usable] / halves[usable]))) if usable.any() else None,
        "same bits": {simulator: bool(np.array_equal(first, v)) for simulator, v in potentials.items()},
        "step program, mV": float(np.abs(stepped(program, network, 1) - first).max()),
        "failed": errors,
    }


def row(name: str, found: Mapping[str, Any]) -> list[Any]:
    """One line of the table."""
    same = [simulator for simulator, equal in found["same bits"].items() if equal]
    other = [simulator for simulator, equal in found["same bits"].items() if not equal]
    bits = ", ".join(same) + "".join(f"; not {simulator}" for simulator in [*other, *found["failed"]])
    return [name, found["method"], *(f"{e:.0e}" for e in found["errors"].values()), found["order"], bits]


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", default=",".join(n for n, m in CELLS.items() if linear_states(m) != m.states))
    parser.add_argument("--on", default="nest,brian2,neuron")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    simulators, plan = given.on.split(","), Executor(jobs=2)
    rows: list[list[Any]] = []
    data: dict[str, Any] = {"machine": machine(), "cells": {}}
    header = ["cell", "method", *(f"{load:g}" for load in LOADS), "order", "the same bits"]
    for name in given.cells.split(","):
        found = data["cells"][name] = measured(name, simulators, plan)
        rows.append(row(name, found))
        report(table(header, rows[-1:]), data, None, given.json)
    if given.markdown:
        given.markdown.write_text(table(header, rows) + "\n")


if __name__ == "__main__":
    main()
