"""Self-test of the tier of convergence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import NetworkError
from unisono.models.network import CurrentInput, Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.validation.convergence.convergence import converge
from unisono.validation.convergence.orders import WRONG
from unisono.validation.convergence.step_refinement import COARSEST
from unisono.validation.faults.faults import CONVERGED, Fault, can_run
from unisono.validation.selftest.detection import Detection, DetectionRate, FaultFree
from unisono.validation.selftest.selftest import Selftest, kept_of, label_of, sum_of, versions_of

#: For how long the cells whose convergence is measured run, ms, and the input spikes of each receptor in that time.
CELL_DURATION, CELL_INPUT = 60.0, 20

#: From when on a current makes them spike, ms, and the currents, nA: what is 2 mV for one cell is 100 mV for another.
CURRENT_START, CURRENTS = 25.0, tuple(np.geomspace(0.1, 1.0, 12))


def selftest_converged(selftest: Selftest) -> Detection:
    """Whether the tier of convergence sees each fault on each simulator.

    Of each population one cell is taken, with input of both signs by the model's own synapses; a fault is
    caught where the order of an error is not the one that the simulator's method states.
    """
    rates: list[DetectionRate] = []
    fault_free = {name: FaultFree((name,), CONVERGED, 0, 0, 0, 0) for name in selftest.simulators}
    for seed in selftest.seeds:
        cell = cell_of(selftest.source.network(seed=seed), seed)
        judged = _orders(selftest, cell, None, selftest.simulators)
        fault_free = {name: _counted(q, judged[name]) for name, q in fault_free.items()}
        for fault in selftest.faults:
            rates += _converged(selftest, cell, fault)
            selftest.announce(f"converged, seed {seed}: {fault.name}: {kept_of(rates[-len(selftest.simulators) :])}")
    sums = [sum_of([e for e in rates if (e.fault, e.simulator) == key]) for key in _keys(rates)]
    protocol = {"converged": {"seeds": list(selftest.seeds)}}
    versions = versions_of(selftest)
    return Detection(
        label_of(selftest.source), selftest.simulators, tuple(sums), tuple(fault_free.values()), versions, protocol
    )


def _keys(rates: Sequence[DetectionRate]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((rate.fault, rate.simulator) for rate in rates))


def _counted(fault_free: FaultFree, verdicts: Sequence[str]) -> FaultFree:
    wrong = WRONG in verdicts
    right = not wrong and all(verdict == "right" for verdict in verdicts)
    return replace(
        fault_free,
        equivalent=fault_free.equivalent + right,
        different=fault_free.different + wrong,
        cannot_tell=fault_free.cannot_tell + (not wrong and not right),
        runs=fault_free.runs + 1,
    )


def _converged(selftest: Selftest, cell: Network, fault: Fault) -> Iterator[DetectionRate]:
    refused = {name: can_run(fault, name, cell) for name in selftest.simulators}
    able = [name for name in selftest.simulators if not refused[name]]
    judged = _orders(selftest, cell, fault, able) if able else {}
    for name in selftest.simulators:
        rate = DetectionRate(fault.name, name, CONVERGED, note=refused[name])
        yield rate if refused[name] else replace(rate, caught=int(WRONG in judged[name]), runs=1)


@dataclass(frozen=True)
class _Faulty:
    """Runs networks with a fault; the reference, which gives the exact spike times, never has it."""

    executor: Executor
    fault: Fault | None

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network."""
        if self.fault is None or list(on) == ["reference"]:
            return self.executor.run(network, on, settings)
        return self.fault.run(network, on, settings, self.executor)


def _orders(selftest: Selftest, cell: Network, fault: Fault | None, on: Sequence[str]) -> Mapping[str, list[str]]:
    """Verdicts on the orders of all errors, by simulator."""
    found = converge(cell, on, executor=_Faulty(selftest.executor, fault))
    return {name: [order.verdict for order in found.orders if order.simulator == name] for name in on}


def cell_of(network: Network, seed: int) -> Network:
    """Cells of each population, with input by the network's own synapses and currents, on the coarsest grid.

    Parameters
    ----------
    network : Network
    seed : int
        Draws the times of the input spikes.

    Raises
    ------
    NetworkError
        If it has no cells.
    """
    rng = np.random.RandomState(seed)
    steps = round(CELL_DURATION / COARSEST)
    populations: list[Population] = []
    projections: list[Projection] = []
    spikes: list[SpikeInput] = []
    currents: list[CurrentInput] = []
    for index, population in enumerate(network.populations):
        if population.is_source:
            continue
        target = len(populations)
        populations.append(_cells(population))
        for cell, current in enumerate(CURRENTS):
            start = np.array([round(CURRENT_START / COARSEST)], np.int32)
            currents.append(CurrentInput(target, np.array([cell], np.uint32), start, np.array([current])))
        into = {p.receptor: p for p in network.projections if p.post_population == index and p.size}
        for projection in into.values():
            times = np.unique(rng.randint(1, steps - 1, CELL_INPUT))
            source = len(populations)
            label = f"input of {projection.receptor} to {population.label}"
            populations.append(Population(label, "SpikeSourceArray", 1))
            spikes.append(SpikeInput(source, np.zeros(times.size, np.uint32), times.astype(np.int32)))
            projections.append(_one_synapse(projection, source, target, network.dt))
    if not populations:
        raise NetworkError(f"'{network.label}' has no cells.")
    return Network(
        COARSEST,
        tuple(populations),
        tuple(projections),
        tuple(spikes),
        tuple(currents),
        trials=(Trial((Epoch(steps, ()),)),),
        label=f"cells of {network.label}",
        seed=seed,
    )


def _cells(population: Population) -> Population:
    """As many cells as there are currents, each like the first."""

    def first(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(values[0] if np.ndim(values) else values)

    return replace(
        population,
        size=len(CURRENTS),
        parameters={name: first(v) for name, v in population.parameters.items()},
        initial={name: first(v) for name, v in population.initial.items()},
        positions=None,
    )


def _one_synapse(projection: Projection, source: int, target: int, dt: float) -> Projection:
    """A source's synapses onto all cells, of mean weight and delay, on the coarsest grid."""
    delay = max(1, round(float(np.mean(projection.delay)) * dt / COARSEST))
    return Projection(
        projection.label,
        source,
        target,
        np.zeros(len(CURRENTS), np.uint32),
        np.arange(len(CURRENTS), dtype=np.uint32),
        np.asarray(float(np.mean(projection.weight if projection.delivered is None else projection.delivered))),
        np.asarray(delay, np.int32),
        projection.receptor,
    )
