"""Running what is needed to say whether models agree as they must: the strongest tier first.

The network is run once on all simulators and compared spike by spike. Where that shows the demanded tier, or a
stronger one, nothing more is run. Only where it does not are steps (``converged``) or seeds (``equivalent``) varied.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

from unisono.adapters import registry
from unisono.adapters.runtime import executor as execution
from unisono.adapters.runtime.executor import Listener, Plan
from unisono.ci.configuration import Configuration, Demand
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.ci.selftest import InjectedFault, Runner
from unisono.ci.tiers import (
    AGREE,
    CANNOT_TELL,
    CONVERGED,
    DIFFERENT,
    DISAGREE,
    EQUIVALENT,
    IDENTICAL,
    OPEN,
    UNTIL,
    at_least,
    worst,
)
from unisono.models.errors import ConfigurationError, NotReady, UnisonoError, UnsupportedFeature
from unisono.models.network import Network
from unisono.validation.compare.agreement import Agreement, Pair
from unisono.validation.compare.agreement import compare as compare_runs

if TYPE_CHECKING:
    from unisono.validation.convergence.orders import Order
    from unisono.validation.ensembles.rows import Row

Announce = Callable[[str], None]

#: Shows the progress of runs on simulators for as long as they take.
Watch = Callable[[Sequence[str]], AbstractContextManager[Listener]]


@dataclass(frozen=True)
class Means:
    """How a check is carried out.

    Attributes
    ----------
    plan : Plan
    announce : callable
        Told what is done next.
    watch : callable
        Shows the progress of runs.
    selftest : InjectedFault or None
    """

    plan: Plan = field(default_factory=Plan)
    announce: Announce = lambda line: None
    watch: Watch = lambda simulators: nullcontext(lambda simulator, message: None)
    selftest: InjectedFault | None = None

    def of(self, demand: Demand) -> Means:
        """With the time limit of a model, where the command line gives none."""
        limit = self.plan.time_limit if self.plan.time_limit is not None else demand.time_limit
        return replace(self, plan=replace(self.plan, time_limit=limit))


def check(configuration: Configuration, means: Means | None = None, only: Sequence[str] = ()) -> Gate:
    """Hold every model against what is demanded of it; no failure of one keeps the others from being judged.

    Parameters
    ----------
    configuration : Configuration
    means : Means, optional
    only : sequence of str
        Names of models; all where it is empty.

    Raises
    ------
    ConfigurationError
        If there is no model of a name, or none in which the selftest could be.
    """
    means = means or Means()
    demands = configuration.only(only)
    selftest = means.selftest
    if selftest is not None:
        demands = tuple(d for d in demands if selftest.simulator in (*d.simulators, *d.optional))
        if not demands:
            raise ConfigurationError(
                f"No model of {configuration.path} is tested on {selftest.simulator}.", "Name one of its simulators."
            )
    models = []
    for number, demand in enumerate(demands, 1):
        means.announce(f"{demand.name} ({number} of {len(demands)}): to be {demand.demanded}")
        started = time.monotonic()
        result = judge(demand, means.of(demand))
        models.append(replace(result, seconds=time.monotonic() - started))
        means.announce(f"{demand.name}: {result.held}")
    return Gate(configuration.path, tuple(models), str(selftest) if selftest else "")


def judge(demand: Demand, means: Means) -> ModelResult:
    """One model: run it, compare it, and look for the weaker tiers as far as they are asked for."""
    try:
        varied = {"seed": demand.first_seed} if demand.seeded else {}
        network = demand.source.network(demand.settings, means.plan, **varied)
        if means.selftest and (obstacle := means.selftest.obstacle(network, demand.settings)):
            return ModelResult(demand, error=obstacle)
        problems, untested = _readiness(demand, network, means)
        result = ModelResult(demand, problems=problems, untested=untested)
        here = [n for n in (*demand.simulators, *demand.optional) if n not in problems and n not in untested]
        if len(here) > 1:
            result = _compared(result, network, here, means)
        if demand.tier in (CONVERGED, EQUIVALENT) and _unmet(result):
            # What failed once would fail at every step and with every seed.
            rest = [name for name in here if name not in result.problems]
            weaker = _converged if demand.tier == CONVERGED else _equivalent
            return weaker(result, network, rest, means) if rest else result
        if not result.pairs and not result.problems:
            left = f"Of its simulators {' and '.join(here) or 'none'} can run it here, and it takes two to compare."
            return replace(result, error=f"{left} Install another, or name others.")
        return result
    except UnisonoError as error:
        return ModelResult(demand, error=str(error))


def _readiness(demand: Demand, network: Network, means: Means) -> tuple[dict[str, str], dict[str, str]]:
    """Demanded simulators that cannot run the network, optional ones that cannot, and why."""
    problems, untested = dict[str, str](), dict[str, str]()
    for name in (*demand.simulators, *demand.optional):
        try:
            execution.check_ready(registry.get(name), network, demand.settings, means.plan)
        except (UnsupportedFeature, NotReady) as error:
            (problems if name in demand.simulators else untested)[name] = str(error)
    return problems, untested


def _unmet(result: ModelResult) -> bool:
    return not result.pairs or any(pair.status != AGREE for pair in result.pairs)


def _compared(result: ModelResult, network: Network, here: Sequence[str], means: Means) -> ModelResult:
    """The tiers that a single run on every simulator can show."""
    demand = result.demand
    with means.watch(here) as listener:
        plan = replace(means.plan, listener=listener)
        runs = Runner(plan, means.selftest)(network, here, demand.settings)
    # A first difference is examined without bars; runs with an error say so, and are examined with that error.
    execute = Runner(means.plan)
    agreement = compare_runs(runs, transient=demand.transient, execute=execute, announce=means.announce)
    failed = {name: f"{name} failed: {runs[name].error}" for name in agreement.failed}
    pairs = tuple(pair_result(pair, demand, agreement) for pair in agreement.pairs)
    return replace(result, agreement=agreement, pairs=pairs, problems={**result.problems, **failed})


def pair_result(pair: Pair, demand: Demand, agreement: Agreement) -> PairResult:
    """What a comparison spike by spike says of a pair, and whether that is enough."""
    tier = pair.verdict
    if tier == UNTIL and not pair.agrees:
        tier = CANNOT_TELL  # whether the first difference is a tie was not found out
    # The reason of a pair ends with its cause, which is shown apart.
    evidence = str(pair.first_difference) if pair.cause and pair.first_difference else pair.reason
    if tier == IDENTICAL and not pair.spikes_a and demand.traces is None:
        # Silence agrees with every other silence: a comparison that cannot fail proves nothing.
        tier = CANNOT_TELL
        evidence = "No cell spikes, so that there is nothing to compare. Drive the model, or demand 'traces'."
    elif tier == IDENTICAL:
        network = agreement.runs.network
        evidence = f"All {pair.spikes_a} spikes of {network.duration:g} ms lie in the same steps."
    cause = pair.cause.sentence if pair.cause else ""
    status = AGREE if at_least(tier, demand.tier) else DISAGREE
    if tier == CANNOT_TELL and (demand.tier != IDENTICAL or pair.verdict == IDENTICAL):
        status = OPEN
    until = pair.identical_until_ms
    if status == AGREE and tier == UNTIL and until < demand.until:
        status = DISAGREE
        evidence = f"t* is {until:g} ms and must be at least {demand.until:g} ms. {evidence}"
    if status == AGREE and demand.traces is not None:
        found = _traces(pair, demand.traces)
        status, evidence = (DISAGREE, found) if found else (status, evidence)
    return PairResult(pair.a, pair.b, tier, until, status, evidence, cause)


def _traces(pair: Pair, largest: float) -> str:
    """Which recorded variable differs by more than it may while spikes are identical; empty if none does."""
    for trace in pair.traces:
        difference = trace.largest_identical
        if difference is not None and difference > largest:
            return (
                f"'{trace.variable}' of '{trace.population}' differs by up to {difference:.3g} {trace.unit} while all "
                f"spikes are identical, and may by {largest:g} {trace.unit}."
            )
    return ""


def _converged(result: ModelResult, network: Network, here: Sequence[str], means: Means) -> ModelResult:
    """Whether the errors of every simulator fall with the time step by the order that its method states."""
    from unisono.models.library import LIBRARY
    from unisono.validation.convergence.convergence import converge
    from unisono.validation.convergence.step_refinement import COARSEST

    source = result.demand.source
    if source.model in LIBRARY and "dt" not in source.options:
        network = source.network(dt=COARSEST)
    means.announce(f"{result.name}: time steps are varied")
    found = converge(
        network,
        here,
        settings=result.demand.settings,
        plan=means.plan,
        execute=Runner(means.plan, means.selftest),
        announce=means.announce,
    )
    told = {name: _order_of([o for o in found.orders if o.simulator == name]) for name in here}
    if len(here) == 1:
        (name,) = here
        tier, status, evidence = told[name]
        pairs: list[PairResult] = [PairResult(name, "exact spike times", tier, None, status, evidence)]
    else:
        pairs = []
        for a, b in combinations(here, 2):
            known = next((p for p in result.pairs if (p.a, p.b) == (a, b)), None)
            if known is not None and known.status == AGREE:
                pairs.append(known)
                continue
            status = worst([told[a][1], told[b][1]])
            tier = {AGREE: CONVERGED, DISAGREE: DIFFERENT, OPEN: CANNOT_TELL}[status]
            counted = [name for name in (a, b) if told[name][1] == status]
            evidence = " ".join(told[name][2] for name in counted)
            cause = known.cause if known and status != AGREE else ""
            pairs.append(PairResult(a, b, tier, known.until_ms if known else None, status, evidence, cause))
    return replace(result, pairs=tuple(pairs), convergence=found)


def every_tenth(announce: Announce) -> Callable[[Row, int, int], None]:
    """Announces the runs of an ensemble, a line for each tenth of them."""

    def listen(row: Row, done: int, total: int) -> None:
        if done * 10 // total > (done - 1) * 10 // total:
            announce(f"{done} of {total} runs")

    return listen


def _order_of(orders: Sequence[Order]) -> tuple[str, int, str]:
    """Tier, status and evidence of one simulator's orders."""
    from unisono.validation.convergence.orders import RIGHT, WRONG

    if not orders:
        return CANNOT_TELL, OPEN, "No order was measured."
    wrong = [o for o in orders if o.verdict == WRONG]
    unknown = [o for o in orders if o.verdict not in (RIGHT, WRONG)]
    if bad := wrong or unknown:
        evidence = " ".join(f"{o.simulator}, {o.quantity}: {o.reason or o.verdict}." for o in bad)
        return (DIFFERENT, DISAGREE, evidence) if wrong else (CANNOT_TELL, OPEN, evidence)
    measured = ", ".join(
        f"{o.quantity} rounding" if o.measured is None else f"{o.quantity} {o.measured:.2f} (stated {o.claimed})"
        for o in orders
    )
    return CONVERGED, AGREE, f"{orders[0].simulator}: orders {measured}."


def _equivalent(result: ModelResult, network: Network, here: Sequence[str], means: Means) -> ModelResult:
    """Whether runs with many seeds are equivalent on all simulators."""
    from unisono.validation.ensembles.study import PILOT, Side, study

    demand = result.demand
    means.announce(f"{demand.name}: seeds are varied")
    selftest = means.selftest
    sides = [
        Side(name, demand.settings, selftest.fault.name if selftest and selftest.simulator == name else "")
        for name in here
    ]
    found = study(
        demand.source,
        sides,
        runs=demand.runs,
        pilot=PILOT if demand.pilot is None else demand.pilot,
        first_seed=demand.first_seed,
        transient=demand.transient,
        plan=replace(means.plan, jobs=1),
        executor=f"local:{means.plan.jobs}",
        announce=means.announce,
        listener=every_tenth(means.announce),
    )
    names: Mapping[str, str] = {side.label: side.simulator for side in sides}
    known = {(pair.a, pair.b): pair for pair in result.pairs}
    # The study holds one simulator against each of the others; what a single run has shown of the others stays.
    pairs = [pair for pair in result.pairs if pair.status == AGREE]
    agreed = {frozenset((pair.a, pair.b)) for pair in pairs}
    for pair in found.pairs:
        a, b = names.get(pair.a, pair.a), names.get(pair.b, pair.b)
        if frozenset((a, b)) in agreed:
            continue
        former = known.get((a, b)) or known.get((b, a))
        tier = {"equivalent": EQUIVALENT, "different": DIFFERENT}.get(pair.verdict, CANNOT_TELL)
        status = {EQUIVALENT: AGREE, DIFFERENT: DISAGREE}.get(tier, OPEN)
        cause = former.cause if former and status == DISAGREE else ""
        pairs.append(PairResult(a, b, tier, former.until_ms if former else None, status, pair.reason, cause))
    return replace(result, pairs=tuple(pairs), study=found)
