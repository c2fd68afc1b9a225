"""What a check found: for every pair, for every model, for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.ci import answer
from unisono.ci.answer import Answer
from unisono.ci.baseline import BaselineChange, Comparison, Entry
from unisono.ci.configuration import Requirement
from unisono.validation.description.plan import Judged
from unisono.validation.verdict import Level, Outcome, Verdict, weakest, worst

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.convergence.orders import Convergence
    from unisono.validation.lint import Finding, LintReport

#: What a self-test has shown, by exit status.
SHOWN = (
    "the gate did NOT turn red",
    "the gate turned red, as it must",
    "it could not be decided whether the gate turns red",
)

#: Versions of this layout of the JSON.
FORMAT = 1


@dataclass(frozen=True)
class PairResult:
    """Two simulators, what was shown of them, and whether it is enough.

    Attributes
    ----------
    a, b : str
    verdict : Verdict
        With the strongest tier that was found to hold.
    status : Outcome
        Whether that meets the requirement.
    """

    a: str
    b: str
    verdict: Verdict
    status: Outcome

    @property
    def name(self) -> str:
        """Both simulators."""
        return f"{self.a} and {self.b}"

    @property
    def level(self) -> Level:
        """The tier."""
        return self.verdict.level

    @property
    def why(self) -> str:
        """The cause, or else the evidence, and what to do."""
        return " ".join(filter(None, (self.verdict.cause or self.verdict.evidence, self.verdict.next_step)))

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        verdict = self.verdict
        return {
            "a": self.a,
            "b": self.b,
            "tier": verdict.level.value,
            "until_ms": verdict.until_ms,
            "status": int(self.status),
            "evidence": verdict.evidence,
            "cause": verdict.cause,
            "next_step": verdict.next_step,
            "result": self.status.of_requirement,
        }


@dataclass(frozen=True, eq=False)
class ModelResult:
    """One model of the configuration.

    Attributes
    ----------
    requirement : Requirement
    pairs : tuple of PairResult
    problems : mapping of str to str
        Why simulators that were required, or that were tested, gave no result.
    untested : mapping of str to str
        Optional simulators that are not there, and why.
    error : str
        Why the model could not be judged at all.
    agreement : Agreement or None
    convergence : Convergence or None
    study : Study or None
    lint : LintReport or None
    baseline : Comparison or None
    expected : tuple of Judged
        What the plan expects of statistics, and what came on the first simulator.
    seconds : float
    """

    requirement: Requirement
    pairs: tuple[PairResult, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    untested: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    agreement: Agreement | None = None
    convergence: Convergence | None = None
    study: Any = None
    lint: LintReport | None = None
    baseline: Comparison | None = None
    expected: tuple[Judged, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Of the model."""
        return self.requirement.name

    @property
    def level(self) -> Level:
        """The weakest tier of all pairs."""
        return weakest(pair.level for pair in self.pairs)

    @property
    def until_ms(self) -> float | None:
        """The earliest first divergence of all pairs, ms; the whole time where all spikes are identical."""
        return min((p.verdict.until_ms for p in self.pairs if p.verdict.until_ms is not None), default=None)

    @property
    def headline(self) -> str:
        """The tier in words."""
        return self.level.until(self.until_ms)

    @property
    def tier_status(self) -> Outcome:
        """Whether the required tier is met, the baseline aside."""
        statuses = [pair.status for pair in self.pairs]
        if self.error or self.problems or not self.pairs:
            statuses.append(Outcome.OPEN)
        return worst(statuses)

    @property
    def failing(self) -> tuple[Finding, ...]:
        """Findings of `unisono lint` of the severity that fails the model, and above."""
        asked = self.requirement.lint
        return self.lint.at_least(asked.severity) if self.lint and asked else ()

    @property
    def failing_text(self) -> str:
        """Those findings in one line."""
        return " ".join(f"{finding.severity} [{finding.rule}] {finding.text}" for finding in self.failing)

    @property
    def lint_status(self) -> Outcome:
        """Whether the network has no finding that fails it."""
        return Outcome.DISAGREE if self.failing else Outcome.AGREE

    @property
    def plan_status(self) -> Outcome:
        """Whether what the plan expects has come out; open where that was not measured."""
        plan = self.requirement.plan
        if plan is None or not plan.expectations:
            return Outcome.AGREE
        if not self.expected:
            return Outcome.OPEN
        return Outcome.AGREE if all(one.held for one in self.expected) else Outcome.DISAGREE

    @property
    def status(self) -> Outcome:
        """Of the tier, the findings, the plan and the baseline; the exit status."""
        return self.answer.outcome

    @property
    def answer(self) -> Answer:
        """The same as an answer: a changed model counts where nothing else keeps it from being met."""
        own = worst([self.tier_status, self.lint_status, self.plan_status])
        if self.baseline is None:
            return Answer.of(own)
        if self.baseline.model_changed:
            return Answer.MODEL_CHANGED if own is Outcome.AGREE else Answer.of(own)
        return Answer.of(worst([own, self.baseline.status]))

    @property
    def changes(self) -> tuple[BaselineChange, ...]:
        """What is not as in the baseline."""
        return self.baseline.changes if self.baseline else ()

    @property
    def why(self) -> str:
        """What there is to say in a line, the worst first."""
        found = [pair for pair in self.pairs if pair.status == self.tier_status]
        if self.tier_status is not Outcome.AGREE:
            told = [self.error, *self.problems.values()] if self.tier_status is Outcome.OPEN else []
            told += [f"{pair.name}: {pair.why}" for pair in found]
            return next((text for text in told if text), "")
        if self.failing:
            return self.failing[0].text
        if self.plan_status is not Outcome.AGREE:
            failed = [one.text for one in self.expected if not one.held]
            return (
                failed[0] if failed else "What the plan expects was not measured: a single run compares two simulators."
            )
        if self.baseline and self.baseline.status is not Outcome.AGREE:
            return self.baseline.sentence
        return found[0].verdict.evidence if found else ""

    @property
    def entry(self) -> Entry | None:
        """What a baseline keeps of it; None where it could not be judged."""
        agreement = self.agreement
        if agreement is None or self.error or self.problems or not self.pairs:
            return None
        runs = agreement.runs
        figures = {
            name: {
                f"{s.name} of {s.population}" + (f", trial {s.trial}" if len(runs.network.trials) > 1 else ""): s.value
                for s in statistics
            }
            for name, statistics in agreement.statistics.items()
        }
        versions = {name: str(run.provenance.get("version", "")) for name, run in runs.items()}
        unisono = {str(run.provenance.get("unisono", "")) for run in runs.values()} - {""}
        return Entry.of(
            self.level,
            self.until_ms,
            agreement.fingerprint,
            {pair.name: (pair.level, pair.verdict.until_ms) for pair in self.pairs},
            {name: run.spike_count for name, run in runs.items()},
            figures,
            versions | {"unisono": min(unisono, default="")},
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "name": self.name,
            "model": self.requirement.source.model,
            "required": self.requirement.required,
            "tier": self.level.value,
            "until_ms": self.until_ms,
            "result": self.answer.value,
            "exit_status": int(self.status),
            "pairs": [pair.to_dict() for pair in self.pairs],
            "problems": dict(self.problems),
            "not_tested": dict(self.untested),
            "error": self.error,
            "lint": self.lint.to_dict() if self.lint else None,
            "baseline": self.baseline.to_dict() if self.baseline else None,
            "expected": [one.to_dict() for one in self.expected],
            "agreement": self.agreement.to_dict() if self.agreement else None,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, eq=False)
class Gate:
    """What a check found.

    Attributes
    ----------
    path : Path
        Of the configuration.
    models : tuple of ModelResult
    selftest : str
        The injected fault and the simulator that had it; empty where this was no self-test.
    notes : tuple of str
        What there is to say of the baseline as a whole.
    """

    path: Path
    models: tuple[ModelResult, ...]
    selftest: str = ""
    notes: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        """The worst of all models."""
        return answer.worst([model.answer for model in self.models])

    @property
    def exit_status(self) -> int:
        """0: all requirements are met. 1: one is not, or a model has changed. 2: undecided."""
        return int(self.answer.outcome)

    @property
    def verdict(self) -> str:
        """In words."""
        return self.answer.word

    @property
    def summary(self) -> str:
        """One sentence: how many models have which answer."""
        counts = {one: sum(model.answer is one for model in self.models) for one in Answer}
        models = "1 model" if len(self.models) == 1 else f"{len(self.models)} models"
        text = f"{models}: {', '.join(f'{n} {one.short}' for one, n in counts.items() if n)}."
        return f"Self-test ({self.selftest}): {SHOWN[self.exit_status]}. {text}" if self.selftest else text

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "format": FORMAT,
            "configuration": str(self.path),
            "verdict": self.verdict,
            "exit_status": self.exit_status,
            "selftest": self.selftest,
            "notes": list(self.notes),
            "models": [model.to_dict() for model in self.models],
        }
