"""The gate as Markdown, for a pull request or a step's summary."""

from __future__ import annotations

from unisono.ci.result import Gate, ModelResult
from unisono.validation.verdict import Outcome


def render(gate: Gate) -> str:
    """A table of the models, and details of those that do not meet their requirements."""
    lines = [f"## Unisono: {gate.outcome.emoji} {gate.verdict}", "", cell(gate.summary), ""]
    lines += ["| model | required | found | result |", "|---|---|---|---|"]
    for model in gate.models:
        result = f"{model.status.emoji} {model.status.of_requirement}"
        lines.append(f"| {cell(model.name)} | {model.requirement.required} | {model.headline} | {result} |")
    for model in gate.models:
        lines += _details(model)
    if gate.notes:
        lines += ["", "### Baseline", "", *(f"- {cell(note)}" for note in gate.notes)]
    return "\n".join(lines) + "\n"


def _details(model: ModelResult) -> list[str]:
    told = [
        f"**{pair.name}**: {pair.verdict}. {cell(pair.why)}" for pair in model.pairs if pair.status is not Outcome.AGREE
    ]
    told += [f"**{name}**: {cell(text)}" for name, text in model.problems.items()]
    told += [f"{name} was not tested: {cell(text)}" for name, text in model.untested.items()]
    told += [cell(model.error)] if model.error else []
    for finding in model.lint.findings if model.lint else ():
        told.append(f"lint, **{finding.severity}** ({finding.rule}): {cell(finding.text)}")
    told += [cell(one.text) for one in model.expected if not one.held]
    if model.baseline and model.baseline.changes:
        heading = "the baseline was updated" if model.baseline.updated else "against the baseline"
        told += [f"{heading}: {cell(change.text)}" for change in model.baseline.changes]
    return ["", f"### {cell(model.name)}", "", *(f"- {text}" for text in told)] if told else []


def cell(text: str) -> str:
    """Text in one line that is shown as it is: no tables, no tags, no links."""
    text = " ".join(text.split())
    for sign in "\\`*_|<>[]#":
        text = text.replace(sign, f"\\{sign}")
    return text
