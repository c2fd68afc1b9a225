"""Self-test of the tier of identical spikes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Network, Projection
from unisono.validation.compare.comparators import first_mismatch
from unisono.validation.compare.synapse_states import synapse_checks
from unisono.validation.faults.faults import IDENTICAL, PLASTICITY, Fault, can_run
from unisono.validation.selftest.detection import Detection, DetectionRate, FaultFree
from unisono.validation.selftest.selftest import Selftest, kept_of, label_of, sum_of, versions_of
from unisono.validation.verdict import Level
from unisono.validation.workflow import Workflow

#: Why a repetition does not count.
UNUSED = "no spike went through what is missing, in some repetitions, which are left out"
WITHOUT_EFFECT = "no spike and no state of a synapse becomes another one, in some repetitions, which are left out"

_COUNTS = ("equivalent", "different", "cannot_tell", "runs")


def selftest_identical(selftest: Selftest) -> Detection:
    """Whether the tier of identical spikes sees each fault on each simulator.

    A fault is caught where any spike differs, or any final state of a synapse; where the first difference is
    explained, it must be no tie, and what is named as its cause is noted.

    Raises
    ------
    UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
        Before anything starts.
    SimulatorFailed
        If a simulator fails without a fault.
    """
    with ThreadPoolExecutor(max(1, selftest.executor.jobs)) as pool:
        try:
            done = list(pool.map(partial(_repetition, selftest), range(len(selftest.seeds))))
        except BaseException:  # an interrupt, too: no repetition begins after it
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    rates = tuple(sum_of(found) for found in zip(*(rates for rates, _ in done), strict=True))
    pairs = tuple(
        FaultFree(found[0].simulators, IDENTICAL, *(sum(getattr(q, n) for q in found) for n in _COUNTS))
        for found in zip(*(fault_free for _, fault_free in done), strict=True)
    )
    protocol = {"identical": {"seeds": list(selftest.seeds), "explained": selftest.examined}}
    return Detection(label_of(selftest.source), selftest.simulators, rates, pairs, versions_of(selftest), protocol)


def _repetition(selftest: Selftest, index: int) -> tuple[list[DetectionRate], list[FaultFree]]:
    """One seed: the simulators as they are against each other, then with each fault."""
    network = selftest.source.network(seed=selftest.seeds[index])
    base = _complete(_one_at_a_time(selftest.executor).run(network, selftest.simulators))
    fault_free = [_fault_free(base, a, b) for a, b in combinations(selftest.simulators, 2)]
    examined = index < selftest.examined
    rates = [rate for fault in selftest.faults for rate in _rates(selftest, network, base, fault, examined)]
    selftest.announce(f"identical, seed {selftest.seeds[index]}: {kept_of(rates)}")
    return rates, fault_free


def _one_at_a_time(executor: Executor) -> Executor:
    """The executor of one repetition among several: its simulators take turns."""
    return replace(executor, jobs=1)


def _complete(runs: Runs) -> Runs:
    for name, run in runs.items():
        if run.recording is None:
            raise run.error or SimulatorFailed(f"{name} gave no result.")
    return runs


class _Difference(NamedTuple):
    """What differs between two runs, by more than rounding."""

    spikes: bool
    synapses: bool


def _fault_free(base: Runs, a: str, b: str) -> FaultFree:
    same = not any(_difference(base[a], base[b], base.network))
    return FaultFree((a, b), IDENTICAL, int(same), int(not same), 0, 1)


def _difference(one: Run, other: Run, network: Network) -> _Difference:
    if one.recording is None or other.recording is None:
        return _Difference(True, False)
    synapses = any(check.agrees is False for check in synapse_checks(one.recording, other.recording, network))
    return _Difference(first_mismatch(one.recording, other.recording, network) is not None, synapses)


def _without_effect(network: Network, fault: Fault, base: Run, run: Run) -> str:
    """Why a fault that was not seen could not be: what it changes took no part; empty where it did."""
    if fault.kind == "connection" and not _is_used(network, fault.network(network), base):
        return UNUSED
    return WITHOUT_EFFECT if fault.kind == PLASTICITY and not any(_difference(base, run, network)) else ""


def _is_used(network: Network, faulty: Network, run: Run) -> bool:
    """Whether a spike went through a synapse that the faulty network lacks, early enough to arrive."""
    if run.recording is None:
        return False
    for before, after in zip(network.projections, faulty.projections, strict=True):
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


def _rates(selftest: Selftest, network: Network, base: Runs, fault: Fault, examined: bool) -> Iterator[DetectionRate]:
    refused = {name: can_run(fault, name, network) for name in selftest.simulators}
    able = [name for name in selftest.simulators if not refused[name]]
    runs = fault.run(network, able, executor=_one_at_a_time(selftest.executor)) if able else {}
    for name in selftest.simulators:
        if refused[name]:
            yield DetectionRate(fault.name, name, IDENTICAL, note=refused[name])
            continue
        baseline = selftest.baseline(name)
        found = _difference(base[baseline], runs[name], network)
        spikes, synapses = map(int, found)
        rate = DetectionRate(fault.name, name, IDENTICAL, runs=1, spikes=spikes, synapses=synapses)
        if not any(found):
            # Whether a fault of plasticity took part is seen on the simulator itself, with the fault and without.
            of = base[baseline] if fault.kind == "connection" else base[name]
            unused = _without_effect(network, fault, of, runs[name])
            yield replace(rate, runs=0, note=unused) if unused else rate
        elif not examined:
            yield replace(rate, caught=1)
        else:
            agreement = Workflow(selftest.executor).compare(Runs(network, {baseline: base[baseline], name: runs[name]}))
            (pair,) = agreement.pairs
            named = pair.cause is not None and fault.name in pair.cause.faults
            yield replace(rate, caught=int(pair.verdict.level is Level.DIFFERENT), examined=1, named=int(named))
