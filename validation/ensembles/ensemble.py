"""Ensembles: seeds, sides, time steps and parameters as one table of runs, through an executor.

A task is one network on all the sides that share it, so that each network is built once. What a task finds is small
(figures, curves, quantiles) and kept in the cache folder, so that an interrupted ensemble goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent import futures
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.runtime import cache as run_cache
from unisono.adapters.runtime.executor import Executor, installed_version
from unisono.adapters.runtime.loading import ModelSource
from unisono.adapters.runtime.results import Run
from unisono.models.errors import OutputError, SimulatorFailed, UnisonoError
from unisono.models.files import save_text
from unisono.models.network import Network
from unisono.models.synapses.model import WEIGHT
from unisono.validation.ensembles.pools import pool_of
from unisono.validation.ensembles.rows import Case, Row, RunTable, Side
from unisono.validation.faults.faults import fault_named
from unisono.validation.statistics.activity import Activity, activity
from unisono.validation.statistics.curve import Curve
from unisono.validation.statistics.curves import curves_of
from unisono.validation.statistics.statistic import Statistic
from unisono.validation.statistics.statistics import TRANSIENT, firing_rates, isi_cvs, statistics_of
from unisono.validation.statistics.weights import final_weights, titles_of

#: Equal steps in which quantiles of a distribution over cells, or synapses, are kept.
QUANTILES = 100

#: Quantities of a cell whose distributions are kept; that of the weights that spikes change is, too.
QUANTITIES: Mapping[str, Callable[[Activity], NDArray[np.float64]]] = {"rate": firing_rates, "CV of ISI": isi_cvs}

#: Modules of the validation whose code decides what a row holds.
ROW_MODULES = (
    "faults/faults",
    "faults/changes",
    "faults/plasticity",
    "faults/weight_changes",
    "ensembles/ensemble",
    "ensembles/rows",
    "statistics/activity",
    "statistics/correlogram",
    "statistics/curve",
    "statistics/curves",
    "statistics/potentials",
    "statistics/signs",
    "statistics/statistic",
    "statistics/statistics",
    "statistics/weights",
)

#: Called with each finished run and the number of finished runs.
Listener = Callable[[Row, int, int], None]

#: Statistics, curves and quantiles by quantity and population: what a row holds of a run.
Measured = tuple[tuple[Statistic, ...], tuple[Curve, ...], Mapping[str, tuple[float, ...]]]


@dataclass(frozen=True)
class Measure:
    """What is measured of a run.

    Attributes
    ----------
    of : callable
        Called with a recording, its network and the transient, ms; a function of a module, so that it can be sent to
        another process.
    modules : tuple of str
        Modules of the validation whose code decides what it gives.
    """

    of: Callable[[Recording, Network, float], Measured]
    modules: tuple[str, ...]


def silent(*_: object) -> None:
    """Hear nothing; a listener that can be sent to another process."""


def everything(recording: Recording, network: Network, transient: float) -> Measured:
    """All statistics, curves and distributions of a run."""
    return (
        statistics_of(recording, network, transient),
        curves_of(recording, network, transient),
        distributions_of(recording, network, transient),
    )


#: Where nothing else is asked for.
EVERYTHING = Measure(everything, ROW_MODULES)


def cases_of(
    sides: Sequence[Side],
    seeds: Iterable[int | None] = (None,),
    dt: Iterable[float | None] = (None,),
    parameters: Iterable[Mapping[str, Any]] = ({},),
) -> tuple[Case, ...]:
    """Every combination, the runs of one network in a row."""
    every = product(seeds, dt, parameters)
    return tuple(Case(side, seed, step, chosen) for seed, step, chosen in every for side in sides)


@dataclass(frozen=True, eq=False)
class Task:
    """One network on several sides; all of it can be sent to another process."""

    source: ModelSource
    cases: tuple[Case, ...]
    transient: float
    executor: Executor
    measure: Measure = EVERYTHING


def run_ensemble(
    source: ModelSource,
    cases: Sequence[Case],
    *,
    transient: float = TRANSIENT,
    executor: Executor | None = None,
    pool: str | futures.Executor = "local:1",
    listener: Listener = silent,
    measure: Measure = EVERYTHING,
) -> RunTable:
    """Run every case, or take it from the cache.

    Parameters
    ----------
    source : ModelSource
    cases : sequence of Case
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    executor : Executor, optional
        Time limit, interpreters, and whether cached results are ignored. The pool says how many run at once.
    pool : str or concurrent.futures.Executor
        See :func:`unisono.validation.ensembles.pools.pool_of`.
    listener : callable
        Called with each row, the number of rows done and of all rows; from other threads, too.
    measure : Measure
        What is measured of each run; everything by default.

    Returns
    -------
    RunTable
        A row a case, in their order. A run that failed is a row with its error.

    Raises
    ------
    UnknownName
        If there is no such simulator, fault or executor.
    SimulatorNotInstalled
        If Dask is asked for and not installed.
    SimulatorFailed
        If a process that carries out runs is killed.
    OutputError
        If the cache folder cannot be written.
    """
    for side in {case.side.label: case.side for case in cases}.values():
        registry.get(side.simulator)
        if side.fault:
            fault_named(side.fault)
    executor = replace(executor or Executor(), listener=silent, jobs=1)
    groups = _by_network(cases)
    tasks = [Task(source, tuple(cases[i] for i in group), transient, executor, measure) for group in groups]
    with pool_of(pool) as workers:
        found = _carried_out(tasks, workers, _counting(listener, len(cases)))
    rows = {
        index: replace(row, case=cases[index])
        for group, some in zip(groups, found, strict=True)
        for index, row in zip(group, some, strict=True)
    }
    return RunTable(tuple(rows[index] for index in range(len(cases))))


def _carried_out(
    tasks: Sequence[Task], workers: futures.Executor, heard: Callable[[Future[list[Row]]], None]
) -> list[list[Row]]:
    """The rows of each task; an error or an interrupt cancels those that have not begun."""
    tasked: list[Future[list[Row]]] = []
    try:
        for task in tasks:
            tasked.append(workers.submit(carry_out, task))
            tasked[-1].add_done_callback(heard)
        return [future.result() for future in tasked]
    except BrokenExecutor as error:
        raise SimulatorFailed(
            f"A process of the ensemble ended before its runs did: {error}",
            "If memory was short, run fewer networks at once; finished runs are cached.",
        ) from error
    except BaseException:  # an interrupt, too
        for future in tasked:
            future.cancel()
        raise


def _by_network(cases: Sequence[Case]) -> list[list[int]]:
    """The places of the cases, those of one network together."""
    found: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        found.setdefault(_digest(case.varied), []).append(index)
    return list(found.values())


def _counting(listener: Listener, total: int) -> Callable[[Future[list[Row]]], None]:
    """What tells the listener of each row of a task that is done, and how many are."""
    done, lock = 0, threading.Lock()

    def heard(future: Future[list[Row]]) -> None:
        nonlocal done
        if future.cancelled() or future.exception() is not None:
            return
        for row in future.result():
            with lock:
                done += 1
                count = done
            listener(row, count, total)

    return heard


def carry_out(task: Task) -> list[Row]:
    """One network on all its sides; the network is built only if a run is not cached."""
    found: dict[int, Row] = {}
    for index, case in enumerate(task.cases):
        row = _cached_beforehand(task, case)
        if row is not None:
            found[index] = row
    if len(found) < len(task.cases):
        try:
            network = task.source.network(executor=replace(task.executor, fresh=False), **task.cases[0].varied)
        except UnisonoError as error:
            return [found.get(i) or Row(case, error=str(error)) for i, case in enumerate(task.cases)]
        for index, case in enumerate(task.cases):
            if index not in found:
                found[index] = _row(task, case, network)
    return [found[index] for index in range(len(task.cases))]


def _cached_beforehand(task: Task, case: Case) -> Row | None:
    """The row of a library model, whose network need not be built to know which it is."""
    if task.executor.fresh or not _is_library(task.source):
        return None
    try:
        return _cached(_name(task, case, library_identity(task.source, case)), case)
    except UnisonoError:  # no simulator: the run will say so
        return None


def _row(task: Task, case: Case, network: Network) -> Row:
    """Run a case, and reduce the run to a row."""
    fingerprint = network.fingerprint
    try:
        identity = library_identity(task.source, case) if _is_library(task.source) else fingerprint
        name = _name(task, case, identity)
        if not task.executor.fresh and (row := _cached(name, case)) is not None:
            return row
        run = _run(case.side, network, task.executor)
    except OutputError:
        raise
    except UnisonoError as error:
        return Row(case, fingerprint=fingerprint, error=str(error))
    if run.recording is None:
        return Row(case, fingerprint=fingerprint, error=str(run.error))
    row = Row(
        case,
        *task.measure.of(run.recording, network, task.transient),
        digest=spikes_digest(run.recording, network),
        fingerprint=fingerprint,
    )
    save_text(_place(name), json.dumps(row.content()))
    return row


def _run(side: Side, network: Network, executor: Executor) -> Run:
    if side.fault:
        runs = fault_named(side.fault).run(network, [side.simulator], side.settings, executor)
    else:
        runs = executor.run(network, [side.simulator], side.settings)
    return runs[side.simulator]


def distributions_of(recording: Recording, network: Network, transient: float) -> dict[str, tuple[float, ...]]:
    """Quantiles of rate and CV of ISI over the cells of each population, and of final weights; all trials together."""
    found: dict[str, tuple[float, ...]] = {}
    for index, population in enumerate(network.populations):
        if population.is_source:
            continue
        active = [activity(recording, index, trial, transient) for trial in range(len(recording.trials))]
        for name, of in QUANTITIES.items():
            values = np.concatenate([of(one) for one in active])
            if values.size:
                found[f"{name} of {population.label}"] = _quantiles(values)
    titles, ends = titles_of(network), [final_weights(recording, network, t) for t in range(len(recording.trials))]
    for projection in sorted({index for end in ends for index in end}):
        values = np.concatenate([end[projection].values for end in ends if projection in end])
        if np.isfinite(values).all():
            found[f"{WEIGHT} of {titles[projection]}"] = _quantiles(values)
    return found


def _quantiles(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(q) for q in np.quantile(values, np.linspace(0, 1, QUANTILES + 1)))


def spikes_digest(recording: Recording, network: Network) -> str:
    """Digest of the spikes of all cells that are no source: equal where every spike lies in the same step."""
    digest = hashlib.sha256()
    for trial in recording.trials:
        for index, spikes in sorted(trial.spikes.items()):
            if not network.populations[index].is_source:
                digest.update(f"{index} {spikes.size} ".encode())
                digest.update(spikes.cells.astype("<u4").tobytes() + spikes.steps.astype("<i8").tobytes())
    return digest.hexdigest()


def _is_library(source: ModelSource) -> bool:
    from unisono.models.library import LIBRARY

    return source.model in LIBRARY


def library_identity(source: ModelSource, case: Case) -> str:
    """What a network of a library model is known by: the model's name, its options and the code that builds it.

    What a script or a file gives is known by the fingerprint of the network only: a script reads what it likes.
    """
    return _digest([source.model, {**source.options, **case.varied}, library_digest()])


def _name(task: Task, case: Case, identity: str) -> str:
    """Name of a row in the cache."""
    adapter = registry.get(case.side.simulator)
    interpreter = task.executor.interpreter(adapter.name)
    version = installed_version(adapter, interpreter)
    run = run_cache.key(identity, adapter.name, f"{version} {interpreter}", case.side.settings)
    return _digest([run, case.side.fault, task.transient, statistics_digest(task.measure.modules)])


@cache
def library_digest() -> str:
    """Digest of all that makes networks of library models: our own code, and the versions of PyNN and NumPy."""
    from importlib.metadata import version

    import unisono.models.library

    return _digest([_files(Path(unisono.models.library.__file__).parent.parent), version("pynn"), version("numpy")])


@cache
def statistics_digest(modules: tuple[str, ...] = ROW_MODULES) -> str:
    """Digest of the code that makes a row of a run, and the version of Elephant."""
    from importlib.metadata import version

    validation = Path(__file__).parent.parent
    texts = [(validation / f"{name}.py").read_text(encoding="utf-8") for name in modules]
    return _digest([texts, version("elephant")])


def _files(folder: Path) -> list[str]:
    return [f"{path.relative_to(folder)}\n{path.read_text(encoding='utf-8')}" for path in sorted(folder.rglob("*.py"))]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _place(name: str) -> Path:
    return cache_folder() / "rows" / name[:2] / f"{name}.json"


def _cached(name: str, case: Case) -> Row | None:
    try:
        row = Row.read(case, json.loads(_place(name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    with suppress(OSError):  # of another user
        os.utime(_place(name))
    return row


def describe(side: Side) -> dict[str, Any]:
    """A side as plain data."""
    settings: Settings = side.settings
    return {"simulator": side.simulator, "settings": asdict(settings), "fault": side.fault}
