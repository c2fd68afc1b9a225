"""The gate as Markdown, for a pull request or a step's summary."""

from __future__ import annotations

from unisono.ci.answer import Answer
from unisono.ci.result import Gate, ModelResult
from unisono.ci.story import story

#: Signs that would be markup, each taken as it is after a backslash.
_MARKUP = "\\`*_|<>[]#&~"


def render(gate: Gate) -> str:
    """A line for each model; then the next command of those that do not meet their requirements, the rest folded."""
    lines = [f"## Unisono: {gate.answer.emoji} {gate.verdict}", "", cell(gate.summary), ""]
    lines += ["| model | result | required | |", "|---|---|---|---|"]
    for model in gate.models:
        answer = f"{model.answer.emoji} {model.answer}"
        told = cell(story(model, gate).line)
        lines.append(f"| {cell(model.name)} | {answer} | {model.requirement.required} | {told} |")
    for model in gate.models:
        lines += _details(model, gate)
    if gate.notes:
        lines += folded("Baseline", gate.notes)
    return "\n".join(lines) + "\n"


def problem(text: str) -> str:
    """A check that could not begin."""
    return f"## Unisono: {Answer.CANNOT_TELL.emoji} {Answer.CANNOT_TELL}\n\n{cell(text)}\n"


def _details(model: ModelResult, gate: Gate) -> list[str]:
    told = story(model, gate)
    name = cell(model.name)
    # an indented line is code, whatever is in it
    step = ["", f"{name}, next:", "", f"    {' '.join(told.next_step.split())}"] if told.next_step else []
    return step + (folded(f"{name}: {_counted(len(told.details))}", told.details) if told.details else [])


def _counted(number: int) -> str:
    return "one more line" if number == 1 else f"{number} more lines"


def folded(title: str, texts: tuple[str, ...]) -> list[str]:
    """A list below a title that opens it."""
    items = [f"- {cell(text)}" for text in texts]
    return ["", f"<details><summary>{title}</summary>", "", *items, "", "</details>"]


def cell(text: str) -> str:
    """Text in one line that is shown as it is: no tables, no tags, no links, and nobody is notified."""
    text = " ".join(text.split())
    for sign in _MARKUP:
        text = text.replace(sign, f"\\{sign}")
    return text.replace("@", "@\u200b")
