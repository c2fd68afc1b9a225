"""Running what is needed to say whether models agree as they must: the strongest tier first.

The network is run once on all simulators and compared spike by spike. Where that shows the required tier, or a
stronger one, nothing more is run. Only where it does not are steps (``converged``) or seeds (``equivalent``) varied.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from unisono.adapters import registry
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.unexpected import named
from unisono.ci.configuration import Configuration, Requirement
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.ci.selftest import FaultyRunner, InjectedFault
from unisono.models.errors import ConfigurationError, NotReady, UnsupportedFeature
from unisono.models.network import Network
from unisono.validation.compare.agreement import Agreement
from unisono.validation.compare.pair import Pair
from unisono.validation.verdict import Level, Outcome, Verdict, weakest
from unisono.validation.workflow import Watch, Workflow, unwatched

if TYPE_CHECKING:
    from unisono.validation.convergence.orders import Order
    from unisono.validation.ensembles.rows import Row

Announce = Callable[[str], None]


@dataclass(frozen=True)
class CheckContext:
    """How a check is carried out.

    Attributes
    ----------
    executor : Executor
    announce : callable
        Told what is done next.
    watch : callable
        Shows the progress of runs.
    selftest : InjectedFault or None
    """

    executor: Executor = field(default_factory=Executor)
    announce: Announce = lambda line: None
    watch: Watch = unwatched
    selftest: InjectedFault | None = None

    def of(self, requirement: Requirement) -> CheckContext:
        """With the time limit of a model, where the command line gives none."""
        limit = self.executor.time_limit if self.executor.time_limit is not None else requirement.time_limit
        return replace(self, executor=replace(self.executor, time_limit=limit))


def check(configuration: Configuration, context: CheckContext | None = None, only: Sequence[str] = ()) -> Gate:
    """Judge every model by what is required of it; a failure of one keeps no other from being judged.

    Parameters
    ----------
    configuration : Configuration
    context : CheckContext, optional
    only : sequence of str
        Names of models; all where it is empty.

    Raises
    ------
    ConfigurationError
        If there is no model of a name, or none in which the selftest could be.
    """
    context = context or CheckContext()
    requirements = configuration.only(only)
    selftest = context.selftest
    if selftest is not None:
        # a self-test is about simulators alone, not about what their network is like
        here = (r for r in requirements if selftest.simulator in (*r.simulators, *r.optional))
        requirements = tuple(replace(r, lint=None, plan=None) for r in here)
        if not requirements:
            raise ConfigurationError(
                f"No model of {configuration.path} is tested on {selftest.simulator}.", "Choose one of its simulators."
            )
    models = []
    for number, requirement in enumerate(requirements, 1):
        context.announce(f"{requirement.name} ({number} of {len(requirements)}), required: {requirement.required}")
        started = time.monotonic()
        result = judge(requirement, context.of(requirement))
        models.append(replace(result, seconds=time.monotonic() - started))
    return Gate(configuration.path, tuple(models), str(selftest) if selftest else "")


def judge(requirement: Requirement, context: CheckContext) -> ModelResult:
    """One model: run it, compare it, and look for the weaker tiers as far as they are asked for."""
    try:
        varied = {"seed": requirement.first_seed} if requirement.seeded else {}
        network = requirement.source.network(requirement.settings, context.executor, **varied)
        if context.selftest and (obstacle := context.selftest.obstacle(network, requirement.settings)):
            return ModelResult(requirement, error=obstacle)
        problems, untested = _readiness(requirement, network, context)
        result = ModelResult(requirement, problems=problems, untested=untested)
        if requirement.lint:
            result = replace(result, lint=requirement.lint.of(network, requirement.source.model))
        here = [n for n in (*requirement.simulators, *requirement.optional) if n not in problems and n not in untested]
        if len(here) > 1:
            result = _compared(result, network, here, context)
        if requirement.tier in (Level.CONVERGED, Level.EQUIVALENT) and _unmet(result):
            # What failed once would fail at every step and with every seed.
            rest = [name for name in here if name not in result.problems]
            weaker = _converged if requirement.tier is Level.CONVERGED else _equivalent
            return weaker(result, network, rest, context) if rest else result
        if not result.pairs and not result.problems:
            able = f"only {here[0]}" if here else "none of its simulators"
            error = f"A comparison needs two simulators, but {able} can run it here. Install another, or name others."
            return replace(result, error=error)
        return result
    except Exception as error:  # an error of ours, too, costs this model alone
        return ModelResult(requirement, error=str(named(error)))


def _readiness(
    requirement: Requirement, network: Network, context: CheckContext
) -> tuple[dict[str, str], dict[str, str]]:
    """Required simulators that cannot run the network, optional ones that cannot, and why."""
    problems, untested = dict[str, str](), dict[str, str]()
    for name in (*requirement.simulators, *requirement.optional):
        try:
            context.executor.check_ready(registry.get(name), network, requirement.settings)
        except (UnsupportedFeature, NotReady) as error:
            (problems if name in requirement.simulators else untested)[name] = str(error)
    return problems, untested


def _unmet(result: ModelResult) -> bool:
    return not result.pairs or any(pair.status is not Outcome.AGREE for pair in result.pairs)


def _compared(result: ModelResult, network: Network, here: Sequence[str], context: CheckContext) -> ModelResult:
    """The tiers that a single run on every simulator can show."""
    requirement = result.requirement

    def told(agreement: Agreement) -> None:
        context.announce(f"{requirement.name}, spike by spike: {agreement.verdict}")

    workflow = Workflow(context.executor, context.watch, context.announce, compared=told)
    # A first divergence is examined without bars; runs with a fault say so, and are examined with that fault.
    faulty = partial(FaultyRunner, injected=context.selftest)
    runs = workflow.run(network, here, requirement.settings, faulty, to_compare=True)
    agreement = workflow.compare(runs, requirement.transient, tolerance=requirement.traces)
    failed = {name: _failure(name, str(runs[name].error)) for name in agreement.failed}
    pairs = tuple(pair_result(pair, requirement) for pair in agreement.pairs)
    plan, known = requirement.plan, next(iter(agreement.statistics.values()), None)
    expected = plan.judged(known) if plan is not None and known is not None else ()
    problems = {**result.problems, **failed}
    return replace(result, agreement=agreement, pairs=pairs, problems=problems, expected=expected)


def _failure(name: str, error: str) -> str:
    title = registry.title(name)
    return error if error.startswith(title) else f"{title} failed: {error}"


def pair_result(pair: Pair, requirement: Requirement) -> PairResult:
    """What a comparison spike by spike says of a pair, and whether that is enough."""
    verdict = pair.verdict
    status = verdict.level.meets(requirement.tier)
    if status is Outcome.AGREE and verdict.level is Level.UNTIL_TIE and pair.identical_until_ms < requirement.until:
        evidence = f"All spikes must be identical until {requirement.until:g} ms. {verdict.evidence}"
        return PairResult(pair.a, pair.b, replace(verdict, evidence=evidence), Outcome.DISAGREE)
    if status is Outcome.AGREE and requirement.traces is not None and not pair.signals:
        evidence = f"The demand 'traces' was not tested: no variable was recorded. {verdict.evidence}"
        return PairResult(
            pair.a,
            pair.b,
            Verdict(Level.CANNOT_TELL, evidence, next_step="Record one, such as v, or remove 'traces'."),
            Outcome.OPEN,
        )
    return PairResult(pair.a, pair.b, verdict, status)


def _converged(result: ModelResult, network: Network, here: Sequence[str], context: CheckContext) -> ModelResult:
    """Whether the errors of every simulator fall with the time step by the order that its method states."""
    from unisono.models.library import LIBRARY
    from unisono.validation.convergence.convergence import converge
    from unisono.validation.convergence.step_refinement import COARSEST

    source = result.requirement.source
    if source.model in LIBRARY and "dt" not in source.options:
        network = source.network(dt=COARSEST)
    context.announce(f"{result.name}: time steps are varied")
    found = converge(
        network,
        here,
        settings=result.requirement.settings,
        executor=FaultyRunner(context.executor, context.selftest),
        announce=context.announce,
    )
    told = {name: _order_of([o for o in found.orders if o.simulator == name]) for name in here}
    if len(here) == 1:
        (name,) = here
        pairs = [_shown(result, name, "exact spike times", told[name])]
    else:
        pairs = [_both(result, a, b, told) for a, b in combinations(here, 2)]
    return replace(result, pairs=tuple(pairs), convergence=found)


def _both(result: ModelResult, a: str, b: str, told: Mapping[str, Verdict]) -> PairResult:
    """Two simulators by the orders of both; what a single run has shown stays."""
    known = next((p for p in result.pairs if (p.a, p.b) == (a, b)), None)
    if known is not None and known.status is Outcome.AGREE:
        return known
    level = weakest((told[a].level, told[b].level))
    evidence = " ".join(told[name].evidence for name in (a, b) if told[name].level is level)
    return _shown(result, a, b, Verdict(level, evidence), known)


def _shown(result: ModelResult, a: str, b: str, verdict: Verdict, before: PairResult | None = None) -> PairResult:
    """What a weaker tier shows of a pair, with what is known of it from a single run."""
    status = verdict.level.meets(result.requirement.tier)
    cause = before.verdict.cause if before and status is not Outcome.AGREE else ""
    until = before.verdict.until_ms if before else None
    return PairResult(a, b, replace(verdict, cause=cause, until_ms=until), status)


def every_tenth(announce: Announce) -> Callable[[Row, int, int], None]:
    """Announces the runs of an ensemble, a line for each tenth of them."""

    def listen(row: Row, done: int, total: int) -> None:
        if done * 10 // total > (done - 1) * 10 // total:
            announce(f"{done} of {total} runs")

    return listen


def _order_of(orders: Sequence[Order]) -> Verdict:
    """The verdict on one simulator's orders."""
    from unisono.validation.convergence.orders import RIGHT, WRONG

    if not orders:
        return Verdict(Level.CANNOT_TELL, "No order was measured.")
    wrong = [o for o in orders if o.verdict == WRONG]
    unknown = [o for o in orders if o.verdict not in (RIGHT, WRONG)]
    if bad := wrong or unknown:
        evidence = " ".join(f"{registry.title(o.simulator)}, {o.quantity}: {o.reason or o.verdict}." for o in bad)
        return Verdict(Level.DIFFERENT if wrong else Level.CANNOT_TELL, evidence)
    measured = ", ".join(
        f"{o.quantity} rounding" if o.measured is None else f"{o.quantity} {o.measured:.2f} (stated {o.claimed})"
        for o in orders
    )
    return Verdict(Level.CONVERGED, f"{registry.title(orders[0].simulator)}: orders {measured}.")


def _equivalent(result: ModelResult, network: Network, here: Sequence[str], context: CheckContext) -> ModelResult:
    """Whether runs with many seeds are equivalent on all simulators."""
    from unisono.validation.ensembles.study import PILOT, Side, study

    requirement = result.requirement
    context.announce(f"{requirement.name}: seeds are varied")
    selftest = context.selftest
    sides = [
        Side(name, requirement.settings, selftest.fault.name if selftest and selftest.simulator == name else "")
        for name in here
    ]
    found = study(
        requirement.source,
        sides,
        runs=requirement.runs,
        pilot=PILOT if requirement.pilot is None else requirement.pilot,
        first_seed=requirement.first_seed,
        transient=requirement.transient,
        executor=replace(context.executor, jobs=1),
        pool=f"local:{context.executor.jobs}",
        announce=context.announce,
        listener=every_tenth(context.announce),
    )
    names: Mapping[str, str] = {side.label: side.simulator for side in sides}
    known = {(pair.a, pair.b): pair for pair in result.pairs}
    # The study compares one simulator with each of the others; what a single run has shown of the others stays.
    pairs = [pair for pair in result.pairs if pair.status is Outcome.AGREE]
    agreed = {frozenset((pair.a, pair.b)) for pair in pairs}
    for pair in found.pairs:
        a, b = names.get(pair.a, pair.a), names.get(pair.b, pair.b)
        if frozenset((a, b)) not in agreed:
            former = known.get((a, b)) or known.get((b, a))
            pairs.append(_shown(result, a, b, Verdict(pair.verdict, pair.reason), former))
    return replace(result, pairs=tuple(pairs), study=found)
