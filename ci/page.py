"""The gate as HTML: what every model came to, what to do, and the way to its reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unisono.adapters.registry import title
from unisono.ci import figures
from unisono.ci.answer import Answer
from unisono.ci.result import Gate, ModelResult
from unisono.ci.story import story
from unisono.models.words import listed
from unisono.validation.report.page import count, rendered

#: Models whose lines are shown in the head of the page.
FIRST = 5


def render(gate: Gate, reports: Mapping[str, Sequence[tuple[str, str]]], command: str) -> str:
    """The page.

    Parameters
    ----------
    gate : Gate
    reports : mapping of str to sequence of (str, str)
        Title and file of the reports of each model, beside the page.
    command : str
        What makes it again.
    """
    told = {model.name: story(model, gate) for model in gate.models}
    first = [model.name for model in gate.models if model.answer is not Answer.MET][:FIRST]
    differing, activity = figures.activity(gate)
    heading = gate.verdict
    return rendered(
        "gate.html",
        Path(__file__).parent,
        look={"kind": gate.answer.css, "sign": gate.answer.sign, "heading": heading[:1].upper() + heading[1:]},
        subject=str(gate.path),
        summary=gate.summary,
        story=[{"label": name, "text": told[name].line, "command": told[name].next_step} for name in first],
        facts=_facts(gate),
        command=command,
        gate=gate,
        reports=reports,
        told=told,
        first=first,
        differing=differing,
        activity=activity,
        baselines={model.name: figures.against_baseline(model) for model in gate.models},
        changes={model.name: _changes(model) for model in gate.models},
        met=Answer.MET,
        titles_of=lambda names: listed(map(title, names)),
        title=title,
    )


def _facts(gate: Gate) -> list[tuple[str, str]]:
    counts = [(one.short.capitalize(), sum(model.answer is one for model in gate.models)) for one in Answer]
    return [
        ("Models", count(len(gate.models))),
        *((name, count(number)) for name, number in counts if number),
        ("Time", f"{sum(model.seconds for model in gate.models):.1f} s"),
    ]


def _changes(model: ModelResult) -> dict[str, Any]:
    """Changes against the baseline: figures, which are a table, and sentences."""
    figures_ = [change for change in model.changes if change.name]
    return {"figures": figures_, "texts": [change for change in model.changes if not change.name]}
