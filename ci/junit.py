"""The gate as JUnit XML: a suite for every model, a test case for every pair of simulators."""

from __future__ import annotations

from junitparser import Skipped, TestCase

from unisono.ci.answer import Answer
from unisono.ci.baseline import Comparison
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.ci.story import story
from unisono.validation.lint import LintReport
from unisono.validation.report.junit import case, clean, document, of_outcome, suite


def render(gate: Gate) -> str:
    """The gate as JUnit XML: an unmet requirement or a changed model is a failure, an undecided one an error."""
    suites = []
    for model in gate.models:
        title = f"unisono {model.name}" + (f" (self-test: {gate.selftest})" if gate.selftest else "")
        suites.append(suite(title, _cases(model, gate)))
    return document(suites)


def _cases(model: ModelResult, gate: Gate) -> list[TestCase]:
    group = f"unisono.{model.name}"
    cases = [_pair(pair, model, group) for pair in model.pairs]
    cases += [case(name, group, error=text) for name, text in model.problems.items()]
    cases += [_skipped(name, text, group) for name, text in model.untested.items()]
    if model.error:
        cases.append(case("model", group, error=model.error))
    if model.lint:
        cases.append(_lint(model, model.lint, group))
    if model.requirement.plan is not None and model.requirement.plan.expectations:
        details = "\n".join(one.text for one in model.expected)
        cases.append(of_outcome("plan", group, model.plan_status, model.why, details))
    if model.baseline:
        cases.append(_baseline(model, model.baseline, group, gate))
    if cases:
        cases[0].time = round(model.seconds, 3)
    return cases


def _pair(pair: PairResult, model: ModelResult, group: str) -> TestCase:
    verdict = pair.verdict
    message = f"{verdict.headline}, and must be {model.requirement.required}: {pair.why}"
    return of_outcome(pair.name, group, pair.status, message, verdict.text)


def _lint(model: ModelResult, report: LintReport, group: str) -> TestCase:
    details = "\n".join(f"{finding.severity} [{finding.rule}] {finding.text}" for finding in report.findings)
    return of_outcome("lint", group, model.lint_status, model.failing_text, details or "No findings.")


def _baseline(model: ModelResult, comparison: Comparison, group: str, gate: Gate) -> TestCase:
    details = "\n".join(change.text for change in comparison.changes) or "As the baseline has it."
    told = story(model, gate)
    changed = f"{told.line} Next: {told.next_step}"
    message = changed if model.answer is Answer.MODEL_CHANGED else comparison.sentence
    return of_outcome("baseline", group, comparison.status, message, details)


def _skipped(name: str, reason: str, group: str) -> TestCase:
    found = case(name, group)
    found.result = [Skipped(clean(f"Not tested: {reason}"))]
    return found
