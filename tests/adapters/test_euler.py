"""Forward Euler in all generated code: the same on every simulator, and as wrong as it must be."""

from __future__ import annotations

import numpy as np
import pytest
from networks import driven, recurrent

import unisono
from unisono.adapters.codegen.cell_step import coefficient_values, step_program
from unisono.adapters.codegen.substeps import substeps_of
from unisono.adapters.contract import Settings
from unisono.adapters.registry import get
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.cells.model import parse_expression
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import UnsupportedFeature

EULER = Settings(numerics="euler")
SIMULATORS = ("nest", "nestml", "brian2", "neuron")

#: What is left between simulators that compute the same operations in the same order, mV.
ROUNDING = 1e-9


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("active", [0.0, 1.0])
def test_a_step_is_the_slope_times_the_step(name, active):
    model, dt = CELLS[name], 0.01
    program = step_program(model, 4, "euler")
    assert (program.method, program.substeps) == ("euler", 1)
    values = {n: np.float64(p.default) for n, p in model.parameters.items()}
    before = {s: x + 0.3 for s, x in model.initial.items()}
    names = {**values, **before, **coefficient_values(program, values, dt), "active": active, "i_inj": 0.7}
    plain = dict(names)
    for assignment in program.assignments:
        names[assignment.target] = evaluate(parse_expression(assignment.expression), names)
    for equation in model.system:
        moves = active if equation.clamped else 1.0
        expected = before[equation.state] + moves * dt * evaluate(equation.tree, plain)
        assert names[equation.state] == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_cond_alpha"])
def test_all_simulators_compute_the_same(cell):
    network = recurrent(cell)
    runs = Executor().run(network, SIMULATORS, EULER)
    matched = Executor().run(network, ["nestml"])["nestml"].recording.trials[0]
    first, *others = (runs[name].recording.trials[0] for name in SIMULATORS)
    for other in others:
        assert np.array_equal(first.spikes[1].cells, other.spikes[1].cells)
        assert np.array_equal(first.spikes[1].steps, other.spikes[1].steps)
        assert np.abs(first.signals[0].values - other.signals[0].values).max() < ROUNDING
    assert first.spikes[1].size > 5
    assert np.abs(first.signals[0].values - matched.signals[0].values).max() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "amplitude"), [("IF_curr_exp", 1.2), ("EIF", 0.6)])
def test_the_order_is_one(cell, amplitude):
    found = unisono.converge(
        "single_cell", ["nestml"], cell=cell, amplitude=amplitude, start=0, duration=30, numerics="euler"
    )
    v = found.orders[1]
    assert (v.method, v.stated) == ("euler", 1.0)
    assert v.measured == pytest.approx(1, abs=0.15)
    assert found.exit_status == 0, found.to_json()


def test_adapters_say_so():
    network = driven("IF_curr_exp")
    for name in SIMULATORS:
        assert get(name).method(network, 1, EULER) == "euler"
        assert get(name).origin(network, 1, EULER) == "generated"
    assert substeps_of(network, 1) == 1
    with pytest.raises(UnsupportedFeature, match="The reference has no euler numerics"):
        Executor(fresh=True).run(network, ["reference"], EULER)
