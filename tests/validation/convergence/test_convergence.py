"""Orders of convergence: right ones are recognised, and wrong integrators and labels are caught."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import networks
import numpy as np
import pytest
from accessible import problems_of
from executing import Executing
from in_process import simulate
from networks import driven

from unisono.adapters.codegen.cell_step import refractory_steps, step_program
from unisono.adapters.codegen.program import ACTIVE, Assignment, StepProgram
from unisono.adapters.codegen.substeps import substeps_of
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.reference.stepped import step_of
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import NetworkError, OutputError, SimulatorFailed
from unisono.models.network import CurrentInput, Epoch, Network, Population, RecordingRequest, Trial
from unisono.validation.convergence.convergence import converge
from unisono.validation.convergence.orders import RIGHT, UNKNOWN, WRONG, Convergence, table_rows
from unisono.validation.convergence.step_refinement import COPIES, refined, refinements

Simulate = Callable[[Network], Recording]


def cell(name: str = "IF_curr_exp", current: float = 1.0, duration: float = 50.0, **parameters: float) -> Network:
    """One cell under a direct current, at 2^-3 ms."""
    dt = 0.125
    return Network(
        dt,
        (Population("cell", name, 1, {n: np.float64(v) for n, v in parameters.items()}),),  # type: ignore[misc]
        currents=(CurrentInput(0, np.array([0]), np.array([0]), np.array([current])),),
        recordings=(RecordingRequest(0, "v", np.arange(1)),),
        trials=(Trial((Epoch(round(duration / dt)),)),),
        label="cell",
    )


def on_reference(network: Network, grid: str) -> Recording:
    trial = simulate(ReferenceAdapter(), network, Settings(options={"grid": grid}))
    populations = network.populations
    labels, sizes = tuple(p.label for p in populations), tuple(p.size for p in populations)
    return Recording(network.dt, labels, sizes, (trial,))


def executed(simulators: Mapping[str, Simulate]) -> Executing:
    """Runs in this process: the reference off the grid, other simulators by the functions given."""

    def execute(network: Network, on: list[str], settings: Settings) -> Runs:
        exact = settings.options.get("grid") == "off"
        runs = {
            name: Run(name, network, settings, on_reference(network, "off") if exact else simulators[name](network))
            for name in on
        }
        return Runs(network, runs)

    return Executing(execute)


def judged(network: Network, simulate: Simulate, simulator: str = "brian2", steps: int = 7) -> Convergence:
    return converge(network, [simulator], steps=steps, executor=executed({simulator: simulate}))


def stepped(program_of: Callable[[CellModel, int], StepProgram]) -> Simulate:
    """A simulator of cells without synapses that carries out a step program."""

    def simulate(network: Network) -> Recording:
        (population,), dt = network.populations, network.dt
        model, size = population.model, population.size
        program = program_of(model, substeps_of(network, 0))
        values: dict[str, Any] = {n: np.broadcast_to(v, size) for n, v in population.parameters.items()}
        advance = step_of(program, {n: np.broadcast_to(v, size) for n, v in population.parameters.items()}, dt)
        values |= {n: np.array(np.broadcast_to(population.initial[n], size)) for n in model.states}
        values[INJECTED] = np.zeros(size)
        for current in network.currents:
            values[INJECTED][current.cells] += current.amplitudes[0]
        held, left = refractory_steps(model, population.parameters, dt), np.zeros(size, np.int64)
        steps, cells, samples = [], [], [values["v"]]
        for step in range(1, network.trials[0].steps + 1):
            before = np.array([values[s] for s in model.states])
            after = advance(before, values[INJECTED], (left == 0).astype(float))
            values |= dict(zip(model.states, after, strict=True))
            spiking = (left == 0) & evaluate(model.condition_tree, values)
            left = np.where(spiking, held, np.maximum(left - 1, 0))
            for statement in model.resets:
                values[statement.state] = np.where(spiking, evaluate(statement.tree, values), values[statement.state])
            steps += [step] * np.count_nonzero(spiking)
            cells += np.flatnonzero(spiking).tolist()
            if step % network.recordings[0].interval == 0:
                samples.append(values["v"])
        signal = Signal(0, "v", "mV", network.recordings[0].cells, network.recordings[0].interval, np.array(samples))
        spikes = {0: Spikes.sorted(np.array(cells), np.array(steps))}
        trial = TrialRecording(network.trials[0].steps, spikes, (signal,))
        return Recording(dt, (population.label,), (size,), (trial,))

    return simulate


def euler(model: CellModel, substeps: int) -> StepProgram:
    """A fault: forward Euler."""
    program = step_program(model, substeps)
    moves = [Assignment(f"d_{e.state}", e.rhs) for e in model.system]
    for e in model.system:
        active = f"{ACTIVE}*" if e.clamped else ""
        moves.append(Assignment(e.state, f"{e.state} + {active}dt__ms*d_{e.state}"))
    return replace(program, method="rk4", instructions=tuple(moves), coefficients=("dt__ms",))


def shifted(by: int) -> Simulate:
    """A fault: the right spikes with labels that are ``by`` steps off."""

    def simulate(network: Network) -> Recording:
        recording = stepped(step_program)(network)
        (trial,) = recording.trials
        spikes = {i: Spikes(s.cells, s.steps + by) for i, s in trial.spikes.items()}
        return replace(recording, trials=(replace(trial, spikes=spikes),))

    return simulate


def orders(found: Convergence) -> dict[str, Any]:
    return {order.quantity: order for order in found.orders}


def test_an_exact_propagator_is_right():
    found = judged(cell(), stepped(step_program))
    assert (found.exit_status, found.verdict) == (0, RIGHT)
    spikes, v = orders(found)["spikes"], orders(found)["v"]
    assert spikes.stated == 1 and spikes.measured == pytest.approx(1, abs=0.15)
    assert 0 <= spikes.lags[0] < spikes.lags[1] <= 1
    # Every spike is late by what is left of its step, and a cell's second one by two such parts, and so on.
    most = max(np.ceil(found.duration / 14), 2)
    assert all(point.error <= most * point.step for point in spikes.points)
    assert v.stated is None and v.method == "exact" and v.smallest.error < 1e-9


@pytest.mark.slow
def test_runge_kutta_shows_order_four():
    network = cell("EIF", current=0.6, duration=40.0)
    found = judged(network, stepped(step_program), steps=6)
    v = orders(found)["v"]
    assert (v.method, v.stated, v.verdict) == ("rk4", 4.0, RIGHT), table_rows(found)
    assert v.measured == pytest.approx(4, abs=0.15)
    assert len([point for point in v.points if point.used]) >= 3
    assert found.exit_status == 0


def test_a_run_that_goes_on_after_the_spikes_is_measured_like_a_short_one():
    # what is rounded after a cell's first spike is not compared: a long run was once "cannot tell"
    short, long = (
        judged(cell("EIF", 0.9, duration), stepped(step_program), steps=5).orders[1] for duration in (30.0, 90.0)
    )
    assert short.verdict == long.verdict == RIGHT
    assert [(p.error, p.floor, p.used) for p in long.points] == [(p.error, p.floor, p.used) for p in short.points]


@pytest.mark.parametrize("name", ["IF_curr_exp", pytest.param("EIF", marks=pytest.mark.slow)])
def test_forward_euler_is_caught(name):
    # Its spikes have order 1, as those of any method on the grid: only the potential gives it away.
    found = judged(cell(name, duration=40.0), stepped(euler), steps=6)
    v = orders(found)["v"]
    assert v.verdict == WRONG
    assert v.measured == pytest.approx(1, abs=0.15)
    assert found.exit_status == 1


@pytest.mark.parametrize("by", [-1, 1])
def test_labels_that_are_one_step_off_are_caught(by):
    found = judged(cell(duration=40.0), shifted(by), steps=5)
    spikes = orders(found)["spikes"]
    assert spikes.measured == pytest.approx(1, abs=0.3)  # the order says nothing of it
    assert spikes.verdict == WRONG
    assert "steps late" in spikes.reason
    assert found.exit_status == 1
    assert judged(cell(duration=40.0), shifted(0), steps=5).exit_status == 0


def test_lost_spikes_and_failed_runs_cannot_be_told():
    def lossy(network: Network) -> Recording:
        recording = on_reference(network, "on")
        (trial,) = recording.trials
        kept = {i: Spikes(s.cells[: s.size // 2], s.steps[: s.size // 2]) for i, s in trial.spikes.items()}
        return replace(recording, trials=(replace(trial, spikes=kept),))

    found = judged(cell(), lossy, steps=4)
    assert orders(found)["spikes"].verdict == UNKNOWN
    assert found.exit_status == 2

    def failing(network: Network, on: list[str], settings: Settings) -> Runs:
        if settings.options:
            return executed({}).run(network, on, settings)
        return Runs(network, {n: Run(n, network, settings, None, error=SimulatorFailed("no")) for n in on})

    assert converge(cell(), ["brian2"], steps=4, executor=Executing(failing)).exit_status == 2


def test_too_few_points_cannot_be_told():
    assert orders(judged(cell("EIF", 0.6, 40.0), stepped(step_program), steps=2))["v"].verdict == UNKNOWN


def test_steps_above_the_largest_are_shown_but_not_judged():
    model = Population("cell", "EIF", 1).model
    assert model.time_step[1] < 0.125
    found = judged(cell("EIF", 0.6, 20.0), stepped(step_program), steps=5)
    assert [point.used for point in orders(found)["spikes"].points] == [False, True, True, True, True]
    assert found.time_step == model.time_step


def test_the_refinement_keeps_all_times():
    network = driven("IF_curr_exp", 80, spikes=(8, 16), delay=2, dt=0.125, parameters={"tau_refrac": 0.1})
    networks = tuple(refinements(network, 3))
    for factor, fine in zip((1, 2, 4), networks, strict=True):
        assert fine.dt == 0.125 / factor
        assert fine.duration == network.duration == 10.0
        assert (fine.projections[0].delay * fine.dt == 0.25).all()
        assert (fine.spikes[0].steps * fine.dt).tolist() == [1.0, 2.0]
        assert fine.recordings[0].interval * fine.dt == 0.125
        assert fine.populations[1].parameters["tau_refrac"] == 0.125  # the same on every grid
    copies = networks[0].projections[0]
    assert copies.post.tolist() == list(range(COPIES))
    assert copies.weight[0] == network.projections[0].weight and copies.weight[-1] == 1.5 * copies.weight[0]


def test_a_network_is_taken_as_it_is():
    network = replace(driven("IF_curr_exp", 80, size=3, dt=0.125), recordings=())
    assert next(refinements(network, 1)).neurons == 3


def test_refining_changes_no_exact_spike():
    network = next(refinements(cell(), 1))
    coarse, fine = (on_reference(n, "off").trials[0].spikes[0] for n in (network, refined(network, 8)))
    assert coarse.size > 0
    assert np.array_equal(coarse.cells, fine.cells)
    assert coarse.times == pytest.approx(fine.times, abs=1e-11, rel=0)


def test_what_has_no_convergence_is_refused():
    with pytest.raises(NetworkError, match="2 trials"):
        tuple(refinements(replace(cell(), trials=cell().trials * 2)))
    with pytest.raises(NetworkError, match="no cells"):
        sources = (Population("sources", "SpikeSourceArray", 1),)
        tuple(refinements(replace(cell(), populations=sources, currents=(), recordings=())))


def test_what_is_written(tmp_path):
    found = judged(cell(duration=40.0), stepped(step_program), steps=4)
    data = json.loads(found.to_json(tmp_path / "c.json"))
    assert data == json.loads((tmp_path / "c.json").read_text())
    assert data["verdict"] == RIGHT
    assert data["orders"][0]["points"][0].keys() == {"step", "length", "error", "floor", "used"}
    found.to_figure(tmp_path / "c.svg")
    svg = (tmp_path / "c.svg").read_text()
    assert "time step (ms)" in svg and "stated order 1" in svg and "largest error (mV)" in svg
    found.to_html(tmp_path / "c.html", "unisono converge cell")
    page = (tmp_path / "c.html").read_text()
    assert "unisono converge cell" in page and "image/svg+xml" in page and "all errors are rounding" in page
    assert problems_of(page) == []
    with pytest.raises(OutputError, match="xyz"):
        found.to_figure(tmp_path / "c.xyz")


@pytest.mark.slow
def test_a_recurrent_network_converges_up_to_what_its_cells_hear_of_each_other():
    network = networks.recurrent("IF_cond_exp", 300)
    found = judged(network, lambda finer: on_reference(finer, "on"), "reference", steps=4)
    assert found.exit_status == 0, table_rows(found)
    assert found.cells == 5
    assert orders(found)["spikes"].measured == pytest.approx(1, abs=0.15)
    assert orders(found)["v"].smallest.error < 1e-9  # of weights that are rounded to 2^-35 of the largest
