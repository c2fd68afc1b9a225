"""The test circuit on hand-made potentials: what is counted in steps, and what is an error of the potential."""

from dataclasses import replace

import numpy as np
import pytest
import toy

from unisono.models.network import Network
from unisono.validation.circuit.errors import errors, precision
from unisono.validation.circuit.measured import Measured, begins
from unisono.validation.circuit.methods import method_of
from unisono.validation.circuit.network import FIRST, Circuit, circuit_of
from unisono.validation.circuit.steps import initial_values, off_grid, steps

STEPS = 500
TAU, REST, RESET, THRESHOLD = 20.0, -65.0, -65.0, -50.0


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return circuit_of(toy.network(), 1, 4)


def measured(
    circuit: Circuit,
    *,
    late: int = 0,
    shift: int = 0,
    still: int = 20,
    arrives: int = 60,
    size: float = 1.0,
    decay: float = 1.0,
) -> Measured:
    """Cells that relax, get one spike, or spike every now and then; with what is asked for wrong."""
    cells = circuit.network.populations[1].size
    v = np.full((STEPS + 1, cells), REST)
    times = np.arange(STEPS + 1) * circuit.dt
    v[:, 0] = REST + 3.0 * np.exp(-decay * times / TAU)
    after = np.maximum(0.0, times - arrives * circuit.dt)
    v[:, FIRST] += size * after * np.exp(-after / 5.0)
    spikes = [np.empty(0, np.int64)] * cells
    for cell in circuit.driven:
        reset = 100 + late
        rising = np.linspace(RESET, THRESHOLD, reset)
        v[:reset, cell] = rising
        v[reset : reset + still + 1, cell] = RESET
        v[reset + still + 1 :, cell] = RESET + 0.1 * np.arange(1, STEPS + 1 - reset - still)[: STEPS - reset - still]
        spikes[cell] = np.array([reset + shift])
    if circuit.target is not None:
        own = np.maximum(0.0, times - (100 + late + arrives - 45) * circuit.dt)
        v[:, circuit.target] += own * np.exp(-own / 5.0)
    return Measured(circuit, {"v": v}, tuple(spikes))


def test_the_circuit_has_a_cell_for_every_question(circuit: Circuit) -> None:
    assert [given.receptor for given in circuit.given] == ["excitatory"]
    assert circuit.given[0].delay == 10
    assert len(circuit.driven) == 3 and circuit.target == circuit.driven[0] - 1
    assert circuit.has_sources and circuit.has_cells
    assert circuit.initial(0)["v"] > circuit.initial(1)["v"]
    assert {r.variable for r in circuit.of_potentials().network.recordings} == {"v"}
    half = circuit_of(toy.network(), 1, 4, finer=2)
    assert (half.dt, half.network.trials[0].steps) == (circuit.dt / 2, 2 * circuit.network.trials[0].steps)


def test_nothing_deviates_from_itself(circuit: Circuit) -> None:
    right = measured(circuit)
    assert not list(steps(right, right)) and not list(off_grid(right)) and precision(right, right) is None
    assert not list(errors(right, right, right, lambda: (right, right), []))


@pytest.mark.parametrize(
    ("wrong", "kind", "difference"),
    [
        ({"shift": -1}, "spike time", -1),
        ({"still": 21}, "refractory period", 1),
        ({"late": 2}, "threshold", 2),
        ({"arrives": 61}, "delay", 1),
    ],
)
def test_what_is_counted_in_steps(circuit: Circuit, wrong: dict[str, int], kind: str, difference: int) -> None:
    found = list(steps(measured(circuit, **wrong), measured(circuit)))
    assert [deviation.kind for deviation in found] == [kind]
    assert found[0].measured - found[0].expected == difference
    assert found[0].to_dict()["unit"] == "steps"


def test_initial_values_and_spikes_off_the_grid(circuit: Circuit) -> None:
    right = measured(circuit)
    moved = replace(right, states={"v": right.v + 1.0}, off_grid=(10.03,))
    (initial,) = initial_values(moved)
    assert initial.kind == "initial value"
    (threshold,) = off_grid(moved)
    assert (threshold.kind, threshold.measured) == ("threshold", 10.03)


def test_a_response_of_another_size_is_a_weight_and_one_of_another_shape_a_synapse(circuit: Circuit) -> None:
    right = measured(circuit)
    heavy = measured(circuit, size=1.02)
    (weight,) = errors(heavy, right, right, lambda: (heavy, right), [])
    assert weight.kind == "weight of excitatory"
    assert weight.measured == pytest.approx(1.02)
    v = right.v.copy()
    v[:, FIRST] = REST + (v[:, FIRST] - REST) * np.exp(-np.arange(STEPS + 1) / 200)
    slow = replace(right, states={"v": v})
    (synapse,) = errors(slow, right, right, lambda: (slow, right), [])
    assert synapse.kind == "synapse"


def test_an_error_that_falls_with_the_time_step_is_the_integrators(circuit: Circuit) -> None:
    right = measured(circuit)
    coarse, half = measured(circuit, decay=1.01), measured(circuit, decay=1.005)
    (found,) = errors(coarse, right, right, lambda: (half, right), [])
    assert found.kind == "integrator" and "order 1.0" in found.sentence
    (model,) = errors(coarse, right, right, lambda: (coarse, right), [])
    assert model.kind == "membrane"


def test_single_precision_is_seen(circuit: Circuit) -> None:
    right = measured(circuit)
    single = replace(right, states={"v": right.v.astype(np.float32).astype(np.float64)})
    found = precision(single, right)
    assert found is not None and found.kind == "precision"


def test_where_a_response_begins() -> None:
    response = np.concatenate([np.zeros(7), [1e-7, 0.5, 1.0, 0.2]])
    assert begins(response, 0) == 8
    assert begins(response, 3) == 5
    assert begins(np.zeros(5), 0) is None


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("the forward Euler method", lambda x: 1 - x),
        ("the backward Euler method", lambda x: 1 / (1 + x)),
        ("the Crank-Nicolson method", lambda x: (1 - x / 2) / (1 + x / 2)),
        ("", lambda x: 1 - x + x**2 / 3),
    ],
)
def test_a_method_is_named_by_its_steps(circuit: Circuit, name: str, factor) -> None:
    network: Network = circuit.network
    parameters = circuit.parameters(0)
    step = factor(circuit.dt / parameters["tau_m"])
    v = parameters["v_rest"] + 3.0 * step ** np.arange(50)
    states = {"v": v[:, None], **{s: np.zeros((50, 1)) for s in network.populations[1].model.states if s != "v"}}
    parameters["i_offset"] = 0.0
    assert method_of(circuit.model, parameters, states, 0, circuit.dt) == name
