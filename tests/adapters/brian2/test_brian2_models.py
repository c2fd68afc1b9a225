"""Cell models of a network's own on Brian2: what is compiled is the program of the step, bit for bit."""

from __future__ import annotations

import ast
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from unisono.adapters.brian2 import Brian2Adapter
from unisono.adapters.codegen.cell_step import coefficient_values
from unisono.adapters.codegen.program import Choice, Instruction, Loop
from unisono.adapters.codegen.substeps import population_step
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.simulation import drive
from unisono.adapters.reference import ReferenceAdapter
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)

SIZE, DELAY = 2, 3


def _parameters(**given: tuple[float, str]) -> dict[str, Parameter]:
    return {name: Parameter(value, unit, positive=unit == "ms") for name, (value, unit) in given.items()}


ADAPTIVE = CellModel(
    "adaptive",
    _parameters(
        C=(0.281, "nF"), g_L=(0.03, "uS"), E_L=(-70.6, "mV"), V_T=(-50.4, "mV"), D=(2.0, "mV"), a=(0.004, "uS"),
        b=(0.0805, "nA"), tau_w=(144.0, "ms"), tau=(5.0, "ms"), v_peak=(-40.0, "mV"), tau_refrac=(1.0, "ms"),
    ),
    """dv/dt = (g_L*(E_L - v) + g_L*D*exp(min((v - V_T)/D, 10)) - w + i + i_inj)/C : mV (unless refractory)
    dw/dt = (a*(v - E_L) - w)/tau_w : nA
    di/dt = -i/tau : nA""",
    {"excitatory": Receptor("i", 1)},
    initial={"v": -70.6},
    threshold="v > v_peak",
    reset="v = E_L; w += b",
    recordable=("v", "w", "i"),
)  # fmt: skip

#: Names of which each has a meaning in Brian2, in Cython or in C; none of its states is called v.
GATED = CellModel(
    "gated",
    _parameters(
        cm=(0.2, "nF"), g_leak=(0.01, "uS"), Hz=(20.0, "uS"), pi=(6.0, "uS"), e=(-65.0, "mV"), inf=(50.0, "mV"),
        xi_post=(-90.0, "mV"), j=(-63.0, "mV"), second=(5.0, "ms"), double=(-20.0, "mV"),
    ),
    """dlastspike/dt = (leak + gated - w_post*lastspike + i_inj)/cm : mV
    leak = g_leak*(e - lastspike) : nA
    gated = Hz*i**3*h*(inf - lastspike) + pi*N**4*(xi_post - lastspike) : nA
    x = (lastspike - j)/mV : 1
    di/dt = 1.28/ms/exprel((13 - x)/4)*(1 - i) - 1.4/ms/exprel((x - 40)/5)*i : 1
    dh/dt = 0.128/ms*exp((17 - x)/18)*(1 - h) - 4/ms/(1 + exp((40 - x)/5))*h : 1
    dN/dt = 0.16/ms/exprel((15 - x)/5)*(1 - N) - 0.5/ms*exp((10 - x)/40)*N : 1
    dw_post/dt = -w_post/second : uS""",
    {"not_refractory": Receptor("w_post", 1)},
    initial={"lastspike": -65.0, "h": 1.0},
    threshold="lastspike >= double",
    reset="",
    refractory="",
    recordable=("lastspike", "i", "h", "N"),
    time_step=(0.025, 0.1),
)  # fmt: skip

QUADRATIC = CellModel(
    "quadratic",
    _parameters(a=(0.02, "1/ms"), b=(0.2, "1/ms"), c=(-65.0, "mV"), d=(2.0, "mV/ms"), v_thresh=(30.0, "mV")),
    """dv/dt = 0.04/mV*v**2/ms + 5*v/ms + 140*mV/ms - u + 1000*mV/ms/nA*i_inj : mV
    du/dt = a*(b*v - u) : mV/ms""",
    {"excitatory": Receptor("v", 1), "inhibitory": Receptor("v", -1)},
    initial={"v": -65.0, "u": -13.0},
    reset="v = c; u += d",
    refractory="",
    recordable=("v", "u"),
)

MOVING = CellModel(
    "moving",
    _parameters(
        tau_m=(20.0, "ms"), tau_t=(50.0, "ms"), v_rest=(-65.0, "mV"), v_thresh=(-50.0, "mV"), delta=(3.0, "mV"),
        cm=(1.0, "nF"), tau_refrac=(2.0, "ms"),
    ),
    """dv/dt = (v_rest - v)/tau_m + i_inj/cm : mV (unless refractory)
    dtheta/dt = -theta/tau_t : mV""",
    {"excitatory": Receptor("v", 1, only_when_active=True), "raising": Receptor("theta")},
    initial={"v": -65.0},
    threshold="v >= v_thresh + theta",
    reset="v = v_rest; theta = theta + delta; theta *= 1.0625",
    recordable=("v", "theta"),
)  # fmt: skip

FOUR_RECEPTORS = CellModel(
    "four_receptors",
    _parameters(
        tau_m=(20.0, "ms"), cm=(1.0, "nF"), v_thresh=(-50.0, "mV"), v_rest=(-65.0, "mV"), tau_refrac=(2.0, "ms"),
        t1=(0.5, "ms"), t2=(3.0, "ms"), t3=(50.0, "ms"), t4=(8.0, "ms"),
    ),
    """dv/dt = (v_rest - v)/tau_m + (i + i4 + i_inj)/cm : mV (unless refractory)
    i = -g1*v - g2*(80*mV + v) - g3*max(0, tanh(0.05/mV*(v + 50*mV)) + 1)*v : nA
    dg1/dt = (2.718281828459045*x1 - g1)/t1 : uS
    dx1/dt = -x1/t1 : uS
    dg2/dt = -g2/t2 : uS
    dg3/dt = -g3/t3 : uS
    di4/dt = -i4/t4 : nA""",
    {"AMPA": Receptor("x1", 1), "GABA": Receptor("g2", 1), "NMDA": Receptor("g3", 1), "current": Receptor("i4")},
    initial={"v": -65.0},
    reset="v = v_rest",
    recordable=("v", "g1", "g3"),
    conductance_based=True,
)  # fmt: skip

ESCAPING = CellModel(
    "escaping",
    _parameters(
        tau_m=(20.0, "ms"), cm=(0.1, "nF"), v_rest=(-65.0, "mV"), v_thresh=(-50.0, "mV"), tau_refrac=(1.5, "ms"),
        tau_rate=(3.0, "ms"), tau=(3.0, "ms"),
    ),
    """dv/dt = (v_rest - v)/tau_m + (i + i_inj)/cm : mV (unless refractory)
    di/dt = -i/tau : nA
    drate/dt = -rate/tau_rate : 1
    ddraw/dt = 0/ms : 1
    dlevel/dt = 0/ms : 1""",
    {"excitatory": Receptor("i", 1), "inhibitory": Receptor("i", -1)},
    initial={"v": -65.0, "draw": 12345.0, "level": 1.0},
    threshold="v >= v_thresh + 3*mV*level",
    reset="""v = v_rest + 2*mV*abs(sqrt(rate) - cosh(level) + sinh(0.5))
    draw = mod(16807*draw, 2147483647)
    level = -log(draw/2147483647)
    rate += 2 + mod(-7.5, 2)""",
    recordable=("v", "level", "draw", "rate"),
)  # fmt: skip

#: Current that makes a model fire, nA, and the weight of one spike to each of its receptors.
MODELS = {
    "adaptive": (ADAPTIVE, 0.9, (0.2,)),
    "gated": (GATED, 0.6, (0.01,)),
    "quadratic": (QUADRATIC, 0.01, (1.0, -0.7)),
    "moving": (MOVING, 1.1, (0.8, -0.3)),
    "four_receptors": (FOUR_RECEPTORS, 0.3, (0.06, 0.01, 0.002, 0.3)),
    "escaping": (ESCAPING, 0.12, (0.02, -0.01)),
}

#: Models whose equations are linear: their steps have no error.
EXACT = ("moving", "escaping")

NUMERICS = ("native", "matched")


def network(name: str, dt: float = 0.1, steps: int = 1200) -> Network:
    """Two cells under a current; one receptor is spoken to in a step at most, so that no sum has an order."""
    model, current, weights = MODELS[name]
    random = np.random.RandomState(5)
    receptors, amplitudes = tuple(model.receptors), current * np.array([1, 0, 1.5])
    events = np.sort(random.choice(steps - DELAY, steps // 25, replace=False))
    return Network(
        dt,
        (
            Population("sources", "SpikeSourceArray", len(receptors)),
            Population("cells", name, SIZE, definition=model.to_text()),
        ),
        tuple(
            Projection(r, 0, 1, np.array([k, k]), np.arange(SIZE), w * np.array([1, 0.7]), np.int32(DELAY), receptor=r)
            for k, (r, w) in enumerate(zip(receptors, weights, strict=True))
        ),
        spikes=(SpikeInput(0, (np.arange(events.size) % len(receptors)).astype(np.uint32), events),),
        currents=(CurrentInput(1, np.arange(SIZE), np.array([0, steps // 2, steps * 3 // 4]), amplitudes),),
        recordings=tuple(RecordingRequest(1, v, np.arange(SIZE)) for v in model.recordable),
        trials=(Trial((Epoch(steps),)),),
    )


def run(adapter: Adapter, network: Network, cache: Path, target: str = "", numerics: str = "matched") -> TrialRecording:
    simulation = adapter.simulation(network, Settings(numerics, options={"target": target} if target else {}), cache)
    simulation.prepare()
    simulation.build()
    drive(simulation, network.trials[0], lambda steps: None)
    recording = simulation.read()
    simulation.close()
    return recording


FUNCTIONS = {
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "tanh", "cosh", "sinh", "floor")},
    "abs": math.fabs,
    "exprel": lambda x: math.expm1(x) / x if x else 1.0,
    "min": min,
    "max": max,
    "mod": math.fmod,
}
OPERATORS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    # As compilers of C have it: the square of x is x*x, which pow(x, 2.0) misses once in a thousand times.
    ast.Pow: lambda a, b: a * a if b == 2 else math.pow(a, b),
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}


def value(tree: ast.expr, values: dict[str, float]) -> float:
    """An expression in C's doubles and with its functions, which are Python's."""
    match tree:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=operand):
            return -value(operand, values)
        case ast.BinOp(left=a, op=op, right=b) | ast.Compare(left=a, ops=[op], comparators=[b]):
            return OPERATORS[type(op)](value(a, values), value(b, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(value(a, values) for a in arguments))
    raise AssertionError(ast.unparse(tree))


@cache
def parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def carry_out(instructions: tuple[Instruction, ...], values: dict[str, float]) -> None:
    """Carry out instructions, loops and choices among them."""
    for instruction in instructions:
        match instruction:
            case Loop(left=left, body=body):
                while value(parsed(left), values) > 0:
                    carry_out(body, values)
            case Choice(asked=asked, positive=positive, otherwise=otherwise):
                carry_out(positive if value(parsed(asked), values) > 0 else otherwise, values)
            case _:
                values[instruction.target] = value(parsed(instruction.expression), values)


def interpreted(network: Network, cell: int) -> tuple[list[int], dict[str, list[float]]]:
    """Steps of the spikes and samples of one cell: the program of the step, carried out in Python."""
    population = network.populations[1]
    model, program = population.model, population_step(network, 1)
    values = {n: float(v) for n, v in coefficient_values(program, population.parameters, network.dt).items()}
    values |= {n: float(v) for n, v in (*population.parameters.items(), *population.initial.items())}
    arriving = {int(s) + DELAY: int(k) for s, k in zip(network.spikes[0].steps, network.spikes[0].cells, strict=True)}
    weights = SynapseValues(network)
    held = round(values[model.refractory] / network.dt) if model.refractory else 0
    current = network.currents[0]
    left, spikes = 0, []
    above = value(model.condition_tree, values)
    samples = {name: [values[name]] for name in model.recordable}
    for step in range(1, network.trials[0].steps + 1):
        values["i_inj"] = float(current.amplitudes[current.steps < step][-1])
        values["active"] = float(left == 0)
        for _ in range(program.substeps):
            carry_out(program.instructions, values)
        if step in arriving:
            projection = network.projections[arriving[step]]
            receptor = model.receptors[projection.receptor]
            if not (receptor.only_when_active and left):
                values[receptor.state] += float(weights.weight(arriving[step])[cell])
        before, above = above, value(model.condition_tree, values)
        if left:
            left -= 1
        elif above and not (model.edge_triggered and before):
            spikes.append(step)
            left = held
            for statement in model.resets:
                values[statement.state] = value(statement.tree, values)
        for name, sample in samples.items():
            sample.append(values[name])
    return spikes, samples


@cache
def expected(name: str) -> tuple[Network, list[tuple[list[int], dict[str, list[float]]]]]:
    """A network, and what the program gives for each of its cells; steps with gates have many parts."""
    given = network(name, steps=400 if name == "gated" else 1200)
    return given, [interpreted(given, cell) for cell in range(SIZE)]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("target", ["numpy", "cpp"])
def test_what_is_computed_is_the_program_of_the_step(tmp_path, name, target):
    given, cells = expected(name)
    recording = run(Brian2Adapter(), given, tmp_path, target)
    for cell, (spikes, samples) in enumerate(cells):
        found = recording.spikes[1].steps[recording.spikes[1].cells == cell]
        assert found.tolist() == spikes
        assert len(spikes) >= 3
        for signal in recording.signals:
            if target == "cpp":
                assert signal.values[:, cell].tolist() == samples[signal.variable], signal.variable
            else:  # NumPy has an exp of its own, and near a spike the last bit grows
                np.testing.assert_allclose(signal.values[:, cell], samples[signal.variable], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_the_reference_agrees(tmp_path, name):
    fine = network(name, dt=0.1 if name in EXACT else 0.0125, steps=1200)
    ours, exact = run(Brian2Adapter(), fine, tmp_path, "numpy"), run(ReferenceAdapter(), fine, tmp_path)
    assert exact.spikes[1].size >= 1
    assert ours.spikes[1].steps.tolist() == exact.spikes[1].steps.tolist()
    assert ours.spikes[1].cells.tolist() == exact.spikes[1].cells.tolist()
    # On the way up into a spike the error of the method, small as it is, is multiplied.
    before = None if name in EXACT else exact.spikes[1].steps.min() // 2
    for a, b in zip(ours.signals, exact.signals, strict=True):
        np.testing.assert_allclose(a.values[:before], b.values[:before], rtol=0, atol=1e-6)
        np.testing.assert_allclose(a.values, b.values, rtol=0, atol=0.02)


def test_a_change_to_above_the_threshold_is_a_crossing_only_from_below(tmp_path):
    # A cell that starts above has to fall below first; the memory is that of the test, before the change.
    parameters = _parameters(tau=(10.0, "ms"), v_thresh=(1.0, "mV"))
    leaky = CellModel("leaky", parameters, "dv/dt = -v/tau : mV", reset="", refractory="")
    up, down = (Change("state", 0, "v", np.float64(v)) for v in (5.0, 0.0))
    epochs = (Epoch(1, (up,)), Epoch(1, (down,)), Epoch(1, (up,)), Epoch(1, (down, up)), Epoch(2, (up,)))
    initial = {"v": np.array([0.0, 5.0])}
    cells = Population("cells", "leaky", SIZE, initial=initial, definition=leaky.to_text())
    recording = run(Brian2Adapter(), Network(0.1, (cells,), trials=(Trial(epochs),)), tmp_path, "numpy")
    spikes = zip(recording.spikes[0].steps.tolist(), recording.spikes[0].cells.tolist(), strict=True)
    assert list(spikes) == [(1, 0), (3, 0), (3, 1)]


def test_native_numerics_take_the_same_models(tmp_path):
    for name in MODELS:
        small = network(name, dt=0.025, steps=400)
        native, matched = (run(Brian2Adapter(), small, tmp_path, "numpy", n).signals[0].values for n in NUMERICS)
        assert np.isfinite(native).all()
        # Up to the first spike, which may come a step later.
        quiet = slice(0, 80)
        np.testing.assert_allclose(native[quiet], matched[quiet], rtol=0, atol=0.5)
        assert np.ptp(native[quiet]) > 0.1
