"""NEURON with cell models of every kind, against the reference on the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from in_process import simulate

from unisono.adapters.codegen.printers.nmodl import native_method
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.neuron import NeuronAdapter
from unisono.adapters.reference import ReferenceAdapter
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.errors import UnsupportedFeature
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

PASSIVE = {
    "cm": Parameter(0.2, "nF", positive=True),
    "tau_m": Parameter(20.0, "ms", positive=True),
    "v_rest": Parameter(-65.0, "mV"),
    "v_reset": Parameter(-60.0, "mV"),
    "v_thresh": Parameter(-50.0, "mV"),
    "tau_refrac": Parameter(2.0, "ms"),
}

#: A reset that moves two states, an exponential that is cut off.
ADAPTIVE = CellModel(
    "adaptive exponential",
    PASSIVE
    | {
        "delta": Parameter(2.0, "mV"),
        "v_peak": Parameter(-40.0, "mV"),
        "tau_w": Parameter(100.0, "ms", positive=True),
        "a": Parameter(0.004, "uS"),
        "b": Parameter(0.05, "nA"),
    },
    """
    dv/dt = (v_rest - v + delta*exp(min((v - v_thresh)/delta, 5)))/tau_m + (i_inj - w)/cm : mV (unless refractory)
    dw/dt = (a*(v - v_rest) - w)/tau_w : nA
    """,
    {"excitatory": Receptor("v", only_when_active=True)},
    initial={"v": -65.0},
    threshold="v > v_peak",
    reset="v = v_reset; w += b",
    recordable=("v", "w"),
    time_step=(0.01, 0.1),
)

#: No reset, no refractory period: the cell spikes where v rises through 0 mV. No parameter is a time constant.
GATED = CellModel(
    "gated",
    {
        "cm": Parameter(0.2, "nF", positive=True),
        "g_na": Parameter(20.0, "uS"),
        "g_k": Parameter(6.0, "uS"),
        "g_leak": Parameter(0.01, "uS"),
    },
    """
    u = v + 63*mV : mV
    alpha_m = 1.28/ms/exprel((13*mV - u)/(4*mV)) : 1/ms
    beta_m = 1.4/ms/exprel((u - 40*mV)/(5*mV)) : 1/ms
    alpha_h = 0.128/ms*exp((17*mV - u)/(18*mV)) : 1/ms
    beta_h = 4/ms/(1 + exp((40*mV - u)/(5*mV))) : 1/ms
    alpha_n = 0.16/ms/exprel((15*mV - u)/(5*mV)) : 1/ms
    beta_n = 0.5/ms*exp((10*mV - u)/(40*mV)) : 1/ms
    i_ion = g_na*m**3*h*(50*mV - v) + g_k*n**4*(-90*mV - v) + g_leak*(-65*mV - v) : nA
    dv/dt = (i_ion - g*v + i_inj)/cm : mV
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    dg/dt = -g/(5*ms) : uS
    """,
    {"excitatory": Receptor("g", 1)},
    initial={"v": -65.0, "h": 1.0},
    threshold="v >= 0*mV",
    reset="",
    refractory="",
    recordable=("v", "m", "h", "n"),
    time_step=(0.001, 0.1),
)

#: A quadratic upstroke; inputs move v.
QUADRATIC = CellModel(
    "quadratic",
    {"a": Parameter(0.02, "1/ms"), "c": Parameter(-65.0, "mV"), "d": Parameter(2.0, "mV/ms")},
    """
    dv/dt = 0.04/mV/ms*v**2 + 5/ms*v + 140*mV/ms - u + 10*i_inj/nA*mV/ms : mV
    du/dt = a*(0.2/ms*v - u) : mV/ms
    """,
    {"excitatory": Receptor("v")},
    initial={"v": -70.0, "u": -14.0},
    threshold="v >= 30*mV",
    reset="v = c; u += d",
    refractory="",
    recordable=("v", "u"),
    time_step=(0.0025, 0.1),
)

#: A threshold that spikes raise, and four receptors whose names are no identifiers.
DYNAMIC = CellModel(
    "dynamic threshold",
    PASSIVE | {"jump": Parameter(3.0, "mV"), "tau_theta": Parameter(50.0, "ms", positive=True)},
    """
    dv/dt = (v_rest - v)/tau_m + (s + t1 + t2 + t3 + i_inj)/cm : mV (unless refractory)
    dtheta/dt = -theta/tau_theta : mV
    ds/dt = -s/(1*ms) : nA
    dt1/dt = -t1/(3*ms) : nA
    dt2/dt = -t2/(10*ms) : nA
    dt3/dt = -t3/(30*ms) : nA
    """,
    {
        "AMPA.x": Receptor("s"),
        "NMDA (slow)": Receptor("t1", 1),
        "1st": Receptor("t2", -1),
        "m": Receptor("t3", only_when_active=True),
    },
    initial={"v": -65.0},
    threshold="v >= v_thresh + theta",
    reset="v = v_reset; theta += jump",
    recordable=("v", "theta"),
)

#: The reset draws a threshold; v cannot be recorded, but for being in the condition. A parameter is called v0.
DRAWN = CellModel(
    "drawn/§\n",
    PASSIVE | {"v0": Parameter(-50.0, "mV"), "scale": Parameter(2.0, "mV")},
    """
    uniform = draw/2147483647 : 1
    dv/dt = (v_rest - v)/tau_m + i_inj/cm : mV (unless refractory)
    dlimit/dt = 0*mV/ms : mV
    ddraw/dt = 0/ms : 1
    """,
    {"excitatory": Receptor("v")},
    initial={"v": -65.0, "limit": -50.0, "draw": 4711.0},
    threshold="v > limit",
    reset="v = v_reset; draw = mod(16807*draw, 2147483647); limit = v0 - scale*log(uniform)",
    recordable=("draw",),
)

#: No v; all other functions; names that NMODL or the mechanism has itself.
NAMES = CellModel(
    "t",
    {
        "left": Parameter(3.0, "1"),
        "tau": Parameter(7.0, "ms", positive=True),
        "step": Parameter(0.3, "1"),
        "STATE0": Parameter(1.0, "1/ms"),
        "threshold": Parameter(2.0, "1"),
        "FROM": Parameter(0.5, "1/ms"),
    },
    """
    dSTATE/dt = STATE0*tanh(i_inj/nA) + 0.1/ms*sqrt(abs(STATE))*cosh(DSTATE)/max(1, sinh(DSTATE)) - STATE/tau : 1
    dDSTATE/dt = FROM*(+step - DSTATE) : 1
    """,
    {"a": Receptor("STATE"), "b": Receptor("DSTATE")},
    initial={"STATE": 0.1, "DSTATE": 0.1},
    threshold="STATE + DSTATE >= threshold*step*left",
    reset="STATE = STATE*exprel(0.0*STATE)/2; DSTATE -= step",
    refractory="",
    recordable=("STATE", "DSTATE"),
    time_step=(0.02, 0.1),
)

#: Forty states; the expression of v is longer than a line may be, and too long for cnexp.
LONG = CellModel(
    "long",
    PASSIVE,
    "\n".join(
        [
            f"leak = {' + '.join(f'0.01*(-{60 + i}*mV - v)*g{i}/uS' for i in range(39))} : mV",
            "dv/dt = (v_rest - v + leak)/tau_m + i_inj/cm : mV (unless refractory)",
            *(f"dg{i}/dt = -g{i}/({5 + i}*ms) : uS" for i in range(39)),
        ]
    ),
    {f"r{i}": Receptor(f"g{i}") for i in range(39)},
    initial={"v": -65.0},
    time_step=(0.05, 0.1),
)

#: Weight, current (nA) and changes of parameters that make each fire some times in 25 ms.
MODELS = (ADAPTIVE, GATED, QUADRATIC, DYNAMIC, DRAWN, NAMES, LONG)
NAME = [model.name.split()[0] for model in MODELS]
DRIVES = {
    ADAPTIVE.name: (4.0, 0.5, {"b": 0.02, "v_peak": -42.0, "tau_refrac": 1.0}),
    GATED.name: (0.02, 0.3, {"g_na": 22.0}),
    QUADRATIC.name: (4.0, 0.8, {"c": -60.0, "d": 4.0}),
    DYNAMIC.name: (0.3, 0.2, {"jump": 1.0, "v_thresh": -52.0}),
    DRAWN.name: (4.0, 0.2, {"scale": 1.0, "v0": -52.0}),
    NAMES.name: (0.3, 1.0, {"left": 2.0, "step": 0.2}),
    LONG.name: (0.1, 0.6, {"v_thresh": -55.0}),
}


def trial(adapter: Adapter, network: Network, cache, numerics: str = "matched") -> TrialRecording:
    """The one trial of a network, in this process."""
    adapter.check(network, Settings(numerics=numerics))
    return simulate(adapter, network, Settings(numerics=numerics), cache)


def busy(model: CellModel, steps: int = 400, dt: float = 0.1) -> Network:
    """Three cells with input at all receptors, one recurrent connection, a current, changes half way."""
    weight, current, changed = DRIVES[model.name]
    rng, half = np.random.RandomState(4), steps // 2
    projections = []
    for name, receptor in model.receptors.items():
        weights = rng.uniform(0.3, 1.0, 8) * weight * (receptor.sign or 1)
        ends = rng.randint(0, 4, 8), rng.randint(0, 3, 8)
        projections.append(Projection(name, 0, 1, *ends, weights, rng.randint(1, 30, 8), name))
    ring = np.array([1, 2, 0])
    strength = np.float64(0.3 * weight * (receptor.sign or 1))
    projections.append(Projection("ring", 1, 1, np.arange(3), ring, strength, np.array([3, 5, 9]), name))
    first = model.states[0]
    changes = [Change("parameter", 1, name, np.float64(value)) for name, value in changed.items()]
    changes.append(Change("state", 1, first, np.float64(model.initial[first]), np.array([1])))
    variables = dict.fromkeys((*model.recordable, *model.threshold_states))
    return Network(
        dt,
        (
            Population("source", "SpikeSourceArray", 4),
            Population("cells", model.name, 3, definition=model.to_text()),
        ),
        tuple(projections),
        (SpikeInput(0, rng.randint(0, 4, 30), rng.randint(0, steps, 30)),),
        (CurrentInput(1, np.arange(3), np.array([steps // 20, steps // 3]), np.array([1.0, 0.7]) * current),),
        tuple(RecordingRequest(1, v, np.arange(3), 1) for v in variables),
        (Trial((Epoch(half), Epoch(steps - half, tuple(changes)))),),
    )


@pytest.mark.parametrize("model", MODELS, ids=NAME)
def test_agrees_with_the_reference(model, cache):
    network = busy(model, 250)
    ours, truth = trial(NeuronAdapter(), network, cache), trial(ReferenceAdapter(), network, cache)
    assert truth.spikes[1].size >= 5
    assert ours.spikes[1].steps.tolist() == truth.spikes[1].steps.tolist()
    assert ours.spikes[1].cells.tolist() == truth.spikes[1].cells.tolist()
    for mine, theirs in zip(ours.signals, truth.signals, strict=True):
        # What is left is the error of RK4 in parts of time_step[0], and the reference's 1e-12 of 65 mV.
        np.testing.assert_allclose(mine.values, theirs.values, rtol=0, atol=1e-6, err_msg=mine.variable)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "method"),
    [(GATED, "cnexp"), (ADAPTIVE, "euler"), (NAMES, "euler"), (LONG, "derivimplicit")],
    ids=lambda x: x if isinstance(x, str) else x.name.split()[0],
)
def test_native_methods_converge_with_the_step_or_faster(model, method, cache):
    assert native_method(model) == method
    distance = []
    for factor in (4, 16):
        network = busy(model, 100 * factor, 0.1 / factor)
        quiet = replace(network, spikes=(), trials=(Trial((Epoch(100 * factor),)),))
        matched, native = (trial(NeuronAdapter(), quiet, cache, numerics) for numerics in ("matched", "native"))
        spikes = matched.spikes[1].steps
        # Up to 2 ms before a spike, whose upstroke makes large errors of small ones.
        before = slice(0, int(spikes.min()) - 20 * factor if spikes.size else None)
        distance.append(np.abs(native.signals[0].values[before] - matched.signals[0].values[before]).max())
    # A quarter of the step: a quarter of the error; less where the terms of first order are small (gated).
    assert distance[0] > 3.0 * distance[1] > 1e-9


def test_native_methods_hold_states_and_take_the_same_input(cache):
    network = busy(DYNAMIC, 400)
    matched, native = (trial(NeuronAdapter(), network, cache, numerics) for numerics in ("matched", "native"))
    # A spike holds v for 20 steps.
    step, cell = int(native.spikes[1].steps[0]), int(native.spikes[1].cells[0])
    v = native.signals[0].values[:, cell]
    assert (v[step : step + 21] == -60.0).all() and v[step + 21] != -60.0
    assert abs(native.spikes[1].size - matched.spikes[1].size) <= 2


def test_an_equation_that_loses_its_rate_is_refused_in_native_numerics(cache):
    model = replace(GATED, equations=GATED.equations.replace("g_leak*", "0*g_leak*"))
    network = Network(0.1, (Population("cells", "no leak", 2, {"g_k": 0.0, "g_na": 0.0}, definition=model.to_text()),))
    with pytest.raises(UnsupportedFeature, match="rate of 'v'"):
        NeuronAdapter().check(network, Settings(numerics="native"))
    NeuronAdapter().check(network, Settings())


#: x only moves by its input; a spike is a crossing of 1, and there is a refractory period.
SWITCH = CellModel(
    "switch",
    {"tau_refrac": Parameter(0.5, "ms"), "level": Parameter(1.0, "1")},
    "dx/dt = 0/ms : 1",
    {"input": Receptor("x")},
    initial={"x": 2.0},
    threshold="x >= level",
    reset="",
    recordable=("x",),
)


@pytest.mark.parametrize("adapter", [NeuronAdapter(), ReferenceAdapter()], ids=lambda a: a.name)
def test_a_crossing_is_a_condition_that_becomes_true(adapter, cache):
    # x is 2 from the beginning: no spike. Down at 5, up at 8: a spike; steps 9 to 13 are not tested. Down at 10 and
    # up at 12: no spike, and none at 14 either, since x was up at 13. Down at 16, up at 18: a spike. At 30 the level
    # rises above x, for the tests from 31 on; at 35 it falls below it: a spike at 36.
    moves = np.array([5, 8, 10, 12, 16, 18])
    sign = np.array([-2.0, 2.0] * 3)
    size = moves.size
    levels = [Change("parameter", 1, "level", np.float64(level)) for level in (3.0, 1.0)]
    network = Network(
        0.1,
        (
            Population("source", "SpikeSourceArray", size),
            Population("cell", "switch", 1, definition=SWITCH.to_text()),
        ),
        (Projection("in", 0, 1, np.arange(size), np.zeros(size, int), sign, np.int32(1), "input"),),
        (SpikeInput(0, np.arange(size), moves - 1),),
        (),
        (),
        (Trial((Epoch(30), Epoch(5, (levels[0],)), Epoch(10, (levels[1],)))),),
    )
    assert trial(adapter, network, cache).spikes[1].steps.tolist() == [8, 18, 36]


def test_populations_of_one_definition_take_parts_of_their_own(cache):
    model = replace(QUADRATIC, parameters=QUADRATIC.parameters | {"tau": Parameter(10.0, "ms", positive=True)})
    model = replace(model, equations=model.equations.replace("- u :", "- u + 0*mV*v/v/tau :"), time_step=(0.1, 0.1))
    parts, alone = [], []
    populations = [Population(str(tau), "q", 1, {"tau": tau}, definition=model.to_text()) for tau in (10.0, 0.3)]
    for members in (populations, populations[:1], populations[1:]):
        currents = tuple(CurrentInput(i, np.array([0]), np.array([0]), np.array([0.8])) for i in range(len(members)))
        requests = tuple(RecordingRequest(i, "v", np.array([0]), 1) for i in range(len(members)))
        network = Network(0.1, tuple(members), currents=currents, recordings=requests, trials=(Trial((Epoch(300),)),))
        values = [s.values.tolist() for s in trial(NeuronAdapter(), network, cache).signals]
        (parts if len(members) == 2 else alone).extend(values)
    assert parts == alone
    assert parts[0] != parts[1]
