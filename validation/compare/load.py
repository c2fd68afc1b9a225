"""Whether the time step was too coarse for what happened: the load of its steps, found from the spikes that arrived.

The methods that all simulators share are right under any load, and the guard of a run ends it beyond what they can do.
A simulator's own numerics, or Euler's method, may not be: for them the synaptic variables of every cell are followed
again, exactly, with the input that its spikes tell, and the rest of the cell at its initial values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.codegen.affine import linear_states, propagators
from unisono.adapters.codegen.derivative import derivative
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.runtime.results import Runs
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.network import Network
from unisono.validation.compare.allowance import method_of
from unisono.validation.compare.arrivals import arrivals

Floats = NDArray[np.float64]

#: The load above which a method that takes whole steps errs by more than 0.01 mV in one.
LARGEST = 0.5

#: Methods that take whole steps, or do not say what they do.
WHOLE_STEPS = ("native", "euler")

#: Cells times steps, and spikes that arrive, beyond which nothing is computed again.
MOST = 50_000_000


@dataclass(frozen=True)
class CoarseStep:
    """The largest load of a population.

    Attributes
    ----------
    simulator, population, method : str
    trial, cell : int
    time_ms : float
        In the trial.
    load : float
        The time step over the shortest time constant of the cell.
    dt_ms : float
    """

    simulator: str
    population: str
    method: str
    trial: int
    cell: int
    time_ms: float
    load: float
    dt_ms: float

    def __str__(self) -> str:
        where = f"'{self.population}' in {registry.title(self.simulator)} (method '{self.method}')"
        return (
            f"The time step of {self.dt_ms:g} ms is too coarse for {where}: at {self.time_ms:g} ms the load of cell "
            f"{self.cell}, the step over its shortest time constant, is {self.load:.3g}; methods that take whole steps "
            f"need at most {LARGEST:g}. Use a smaller time step, or matched numerics."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "text": str(self)}


def coarse_steps(runs: Runs) -> tuple[CoarseStep, ...]:
    """Populations whose load was too large for the method of a simulator, one entry each."""
    return tuple(_coarse_steps(runs))


def _coarse_steps(runs: Runs) -> Iterator[CoarseStep]:
    network = runs.network
    for name, run in runs.items():
        for index, population in enumerate(network.populations):
            if run.recording is None or population.is_source:
                continue
            method = method_of(run, network, index)
            if method not in WHOLE_STEPS or linear_states(population.model) == population.model.states:
                continue
            trials = enumerate(zip(network.single_trials(), run.recording.trials, strict=False))
            found = [(*_peak(single, recorded, index), trial) for trial, (single, recorded) in trials]
            load, step, cell, trial = max(found)
            if load > LARGEST:
                yield CoarseStep(name, population.label, method, trial, cell, step * network.dt, load, network.dt)


def _peak(network: Network, recorded: TrialRecording, index: int) -> tuple[float, int, int]:
    """The largest load of a population in a trial, its step and its cell."""
    population = network.populations[index]
    model, size = population.model, population.size
    if size * recorded.steps > MOST:
        return 0.0, 0, 0
    linear = linear_states(model)
    matrix = propagators(model, population.parameters, network.dt, linear)
    state = {s: np.array(np.broadcast_to(population.initial[s], size)) for s in model.states}
    rates = [r for e in model.system if e.state not in linear and (r := derivative(e.tree, e.state)) is not None]
    arrivals = _Arrivals(network, recorded, index)
    worst = 0.0, 0, 0
    for step in range(recorded.steps):
        if step:
            state |= {s: _propagated(s, linear, matrix, state) for s in linear}
        arrivals.add(step, state)
        values = {**population.parameters, **state, INJECTED: 0.0}
        with np.errstate(all="ignore"):
            sizes = [np.broadcast_to(-evaluate(rate, values), size) for rate in rates]
        loads = network.dt * np.max(sizes, axis=0) if sizes else np.zeros(size)
        cell = int(np.argmax(loads))
        worst = max(worst, (float(loads[cell]), step, cell))
    return worst


def _propagated(name: str, linear: tuple[str, ...], matrix: dict[str, Any], state: dict[str, Floats]) -> Floats:
    """A linear state after a step."""
    terms = [matrix[key] * state[other] for other in linear if (key := f"P__{name}__{other}") in matrix]
    total: Floats = np.asarray(sum(terms, np.zeros_like(state[name])) + matrix.get(f"Q__{name}", 0.0))
    return total


class _Arrivals:
    """What the spikes of a trial add to the states of a population, by step."""

    def __init__(self, network: Network, recorded: TrialRecording, index: int) -> None:
        self._entries: list[tuple[str, NDArray[Any], NDArray[Any], Floats]] = []
        linear, left = linear_states(network.populations[index].model), MOST
        for projection in network.projections:
            receptor = network.populations[projection.post_population].model.receptors.get(projection.receptor)
            spikes, amounts = recorded.spikes.get(projection.pre_population), projection.delivered
            ours = projection.post_population == index and receptor is not None and receptor.state in linear
            if not ours or receptor is None or spikes is None or amounts is None or not projection.size:
                continue
            sources = network.populations[projection.pre_population].size
            left -= int(np.bincount(projection.pre, minlength=sources)[spikes.cells].sum())
            if left < 0:
                break
            synapses, steps = arrivals(projection, spikes)
            by_step = np.argsort(steps, kind="stable")
            weights = np.broadcast_to(amounts, projection.size)[synapses]
            self._entries.append((receptor.state, steps[by_step], projection.post[synapses][by_step], weights[by_step]))

    def add(self, step: int, state: dict[str, Floats]) -> None:
        """Add what arrives at a grid point."""
        for name, steps, cells, weights in self._entries:
            here = slice(*np.searchsorted(steps, [step, step + 1]))
            np.add.at(state[name], cells[here], weights[here])
