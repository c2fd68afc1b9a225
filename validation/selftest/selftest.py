"""Fire drills: deliberate errors are put into the simulators, and each tier is asked whether it sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime import executor as execution
from unisono.adapters.runtime.executor import Plan
from unisono.adapters.runtime.loading import ModelSource
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import NetworkError, SimulatorFailed
from unisono.models.network import CurrentInput, Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.validation.compare.comparators import first_mismatch
from unisono.validation.convergence import convergence
from unisono.validation.convergence.orders import WRONG
from unisono.validation.convergence.step_refinement import COARSEST
from unisono.validation.faults.faults import CONVERGED, IDENTICAL, Mutant, can_run
from unisono.validation.selftest.detection import Announce, Detection, Entry, Quiet
from unisono.validation.verdict import Level
from unisono.validation.workflow import Workflow

#: Span of the cells on their own whose convergence is asked for, ms, and the input spikes of each receptor in it.
CELL_SPAN, CELL_INPUT = 60.0, 20

#: From when on a current makes them spike, ms, and the currents, nA: what is 2 mV for one cell is 100 mV for another.
CURRENT_START, CURRENTS = 25.0, tuple(np.geomspace(0.1, 1.0, 12))

#: Why a repetition does not count.
UNUSED = "no spike went through what is missing, in some repetitions, which are left out"


@dataclass(frozen=True)
class Drill:
    """What is drilled, and how.

    Attributes
    ----------
    source : ModelSource
    simulators : tuple of str
        At least two: each has another one for a peer.
    mutants : tuple of Mutant
    seeds : tuple of int
        One repetition each.
    examined : int
        Repetitions whose first differences are explained; the others are only found.
    plan : Plan
        ``plan.jobs`` repetitions run at once.
    announce : callable
    """

    source: ModelSource
    simulators: tuple[str, ...]
    mutants: tuple[Mutant, ...]
    seeds: tuple[int, ...]
    examined: int = 1
    plan: Plan = field(default_factory=Plan)
    announce: Announce = lambda line: None

    def __post_init__(self) -> None:
        if len(self.simulators) < 2:
            raise NetworkError("A drill needs two simulators or more.", "Name them with --on.")
        if not self.seeds:
            raise NetworkError("A drill needs a seed or more.", "Repeat it once at least: --repetitions 1.")

    def peer(self, simulator: str) -> str:
        """The simulator that another one is held against."""
        return next(name for name in self.simulators if name != simulator)


def drill_identical(drill: Drill) -> Detection:
    """Whether the tier of identical spikes sees each mutant on each simulator.

    A mutant is caught where any spike differs; where the first difference is explained, it must be no tie,
    and what is named as its cause is noted.

    Raises
    ------
    UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
        Before anything starts.
    SimulatorFailed
        If a simulator fails without a mutant.
    """
    with ThreadPoolExecutor(max(1, drill.plan.jobs)) as pool:
        done = list(pool.map(partial(_repetition, drill), range(len(drill.seeds))))
    entries = tuple(_sum(found) for found in zip(*(entries for entries, _ in done), strict=True))
    pairs = tuple(
        Quiet(found[0].simulators, IDENTICAL, *(sum(getattr(q, n) for q in found) for n in _COUNTS))
        for found in zip(*(quiet for _, quiet in done), strict=True)
    )
    protocol = {"identical": {"seeds": list(drill.seeds), "explained": drill.examined}}
    return Detection(label_of(drill.source), drill.simulators, entries, pairs, versions_of(drill), protocol)


_COUNTS = ("equivalent", "different", "cannot_tell", "runs")


def label_of(source: ModelSource) -> str:
    """The model with its options, in words."""
    return " ".join([source.model, *(f"{name}={value}" for name, value in source.options.items()), *source.args])


def versions_of(drill: Drill) -> dict[str, str]:
    """Versions of the simulators, by name."""
    adapters = {name: registry.get(name) for name in drill.simulators}
    return {
        name: execution.installed_version(adapter, drill.plan.interpreter(name)) for name, adapter in adapters.items()
    }


def _sum(entries: Sequence[Entry]) -> Entry:
    """The same entry of all repetitions as one."""
    note = next((e.note for e in entries if e.note), "")
    totals = {name: sum(getattr(e, name) for e in entries) for name in ("caught", "runs", "examined", "named")}
    return replace(entries[0], note=note, **totals)


def kept_of(entries: Sequence[Entry]) -> str:
    """How much of what a tier claims it has seen, in words; what it does not claim is no miss."""
    claimed = [entry for entry in entries if entry.claimed and entry.runs]
    if not claimed:
        return "no error that is claimed was run"
    return f"{sum(e.caught for e in claimed)} of {sum(e.runs for e in claimed)} claimed errors seen"


def _repetition(drill: Drill, index: int) -> tuple[list[Entry], list[Quiet]]:
    """One seed: the simulators as they are against each other, then with each mutant."""
    network = drill.source.network(seed=drill.seeds[index])
    base = _done(execution.run(network, drill.simulators, plan=_alone(drill.plan)))
    quiet = [_quiet(base, a, b) for a, b in combinations(drill.simulators, 2)]
    examined = index < drill.examined
    entries = [entry for mutant in drill.mutants for entry in _entries(drill, network, base, mutant, examined)]
    drill.announce(f"identical, seed {drill.seeds[index]}: {kept_of(entries)}")
    return entries, quiet


def _alone(plan: Plan) -> Plan:
    """The plan of one repetition among several: its simulators take turns."""
    return replace(plan, jobs=1)


def _done(runs: Runs) -> Runs:
    for name, run in runs.items():
        if run.recording is None:
            raise run.error or SimulatorFailed(f"{name} gave no result.")
    return runs


def _quiet(base: Runs, a: str, b: str) -> Quiet:
    same = _same(base[a], base[b], base.network)
    return Quiet((a, b), IDENTICAL, int(same), int(not same), 0, 1)


def _same(one: Run, other: Run, network: Network) -> bool:
    """Whether every spike of two runs is the same."""
    if one.recording is None or other.recording is None:
        return False
    return first_mismatch(one.recording, other.recording, network) is None


def _carried(network: Network, mutated: Network, run: Run) -> bool:
    """Whether a spike went through a synapse that the mutated network lacks, early enough to arrive."""
    if run.recording is None:
        return False
    for before, after in zip(network.projections, mutated.projections, strict=True):
        lost = np.unique(before.pre) if not after.size else _lost(before, after)
        for trial in run.recording.trials:
            spikes = trial.spikes.get(before.pre_population)
            last = trial.steps - int(np.min(before.delay)) if before.size else 0
            if spikes is not None and np.isin(spikes.cells[spikes.steps < last], lost).any():
                return True
    return False


def _lost(before: Projection, after: Projection) -> NDArray[np.int64]:
    """Presynaptic cells that have fewer synapses than before, shape (cells,)."""
    size = int(before.pre.max(initial=0)) + 1
    return np.flatnonzero(np.bincount(before.pre, minlength=size) > np.bincount(after.pre, minlength=size))


def _entries(drill: Drill, network: Network, base: Runs, mutant: Mutant, examined: bool) -> Iterator[Entry]:
    refused = {name: can_run(mutant, name, network) for name in drill.simulators}
    able = [name for name in drill.simulators if not refused[name]]
    runs = mutant.run(network, able, plan=_alone(drill.plan)) if able else {}
    for name in drill.simulators:
        if refused[name]:
            yield Entry(mutant.name, name, IDENTICAL, note=refused[name])
            continue
        entry = Entry(mutant.name, name, IDENTICAL, runs=1)
        peer = drill.peer(name)
        if _same(base[peer], runs[name], network):
            unused = mutant.kind == "connection" and not _carried(network, mutant.network(network), base[peer])
            yield replace(entry, runs=0, note=UNUSED) if unused else entry
        elif not examined:
            yield replace(entry, caught=1)
        else:
            agreement = Workflow(drill.plan).compare(Runs(network, {peer: base[peer], name: runs[name]}))
            (pair,) = agreement.pairs
            named = pair.cause is not None and mutant.name in pair.cause.mutants
            yield replace(entry, caught=int(pair.verdict.level is Level.DIFFERENT), examined=1, named=int(named))


def drill_converged(drill: Drill) -> Detection:
    """Whether the tier of convergence sees each mutant on each simulator.

    Of each population one cell is taken, with input of both signs by the model's own synapses; a mutant is
    caught where the order of an error is not the one that the simulator's method states.
    """
    entries: list[Entry] = []
    quiet = {name: Quiet((name,), CONVERGED, 0, 0, 0, 0) for name in drill.simulators}
    for seed in drill.seeds:
        cell = cell_of(drill.source.network(seed=seed), seed)
        judged = _orders(drill, cell, None, drill.simulators)
        quiet = {name: _counted(q, judged[name]) for name, q in quiet.items()}
        for mutant in drill.mutants:
            entries += _converged(drill, cell, mutant)
            drill.announce(f"converged, seed {seed}: {mutant.name}: {kept_of(entries[-len(drill.simulators) :])}")
    sums = [_sum([e for e in entries if (e.mutant, e.simulator) == key]) for key in _keys(entries)]
    protocol = {"converged": {"seeds": list(drill.seeds)}}
    versions = versions_of(drill)
    return Detection(label_of(drill.source), drill.simulators, tuple(sums), tuple(quiet.values()), versions, protocol)


def _keys(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((entry.mutant, entry.simulator) for entry in entries))


def _counted(quiet: Quiet, verdicts: Sequence[str]) -> Quiet:
    wrong = WRONG in verdicts
    right = not wrong and all(verdict == "right" for verdict in verdicts)
    return replace(
        quiet,
        equivalent=quiet.equivalent + right,
        different=quiet.different + wrong,
        cannot_tell=quiet.cannot_tell + (not wrong and not right),
        runs=quiet.runs + 1,
    )


def _converged(drill: Drill, cell: Network, mutant: Mutant) -> Iterator[Entry]:
    refused = {name: can_run(mutant, name, cell) for name in drill.simulators}
    able = [name for name in drill.simulators if not refused[name]]
    judged = _orders(drill, cell, mutant, able) if able else {}
    for name in drill.simulators:
        entry = Entry(mutant.name, name, CONVERGED, note=refused[name])
        yield entry if refused[name] else replace(entry, caught=int(WRONG in judged[name]), runs=1)


def _orders(drill: Drill, cell: Network, mutant: Mutant | None, on: Sequence[str]) -> Mapping[str, list[str]]:
    """Verdicts on the orders of all errors, by simulator."""

    def execute(network: Network, names: Sequence[str], settings: Settings, plan: Plan) -> Runs:
        if mutant is None or list(names) == ["reference"]:
            return execution.run(network, names, settings, plan)
        return mutant.run(network, names, settings, plan)

    found = convergence.converge(cell, on, plan=drill.plan, execute=execute)
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
    steps = round(CELL_SPAN / COARSEST)
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
        np.asarray(float(np.mean(projection.weight))),
        np.asarray(delay, np.int32),
        projection.receptor,
    )
