"""What there is to say of a model: what happened, what to do, and the rest. All writers say it in these words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from unisono.adapters.registry import title
from unisono.ci.answer import Answer
from unisono.ci.configuration import FILE
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.models.words import listed
from unisono.validation.verdict import Level, Outcome

#: What stands before the command in an error about a simulator that is not installed.
INSTALL = " Install it: "

#: Where a sentence ends; a number or a name goes on after its full stop.
_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z])")

#: What stands for the reason in a command that accepts figures.
REASON = "why"


@dataclass(frozen=True)
class Story:
    """What there is to say of a model.

    Attributes
    ----------
    line : str
        What happened, to what, and by how much.
    next_step : str
        The next command; empty where there is nothing to do.
    details : tuple of str
        The rest, which a writer may fold.
    """

    line: str
    next_step: str = ""
    details: tuple[str, ...] = ()


def story(model: ModelResult, gate: Gate) -> Story:
    """What there is to say of a model; after a self-test there is nothing to do."""
    lines, step = _lines(model, gate.path)
    step = "" if gate.selftest else step
    details = [*lines[1:], *(text for text in _notes(model) if not any(line in text for line in lines))]
    return Story(" ".join(lines[0].split()), step, tuple(details))


def _lines(model: ModelResult, path: Path) -> tuple[list[str], str]:
    """The lines about what decides the answer, and the next command."""
    if model.answer is Answer.MET:
        line = f"{model.headline} on {_sides(model)}{_activity(model)}"
        before = ", as in the baseline" if model.baseline and model.baseline.as_before else ""
        return [f"{line}{before}."], ""
    if model.answer is Answer.MODEL_CHANGED:
        agreed = f"{_sides(model)} agree ({model.headline}){_activity(model)}"
        return [f"The network has changed since the baseline; {agreed}."], accept(model, path)
    if model.tier_status is not Outcome.AGREE:
        return _unmet(model)
    if model.failing:
        return [finding.text for finding in model.failing], _command(model, "lint", ())
    if model.plan_status is not Outcome.AGREE:
        return [one.text for one in model.expected if not one.held] or [model.why], ""
    changes = [change for change in model.changes if change.status is not Outcome.AGREE]
    if changes[0].what == "missing":
        return [changes[0].text], accept(model, path)
    versions = " ".join(change.text for change in model.changes if change.what == "version")
    same = f"The network is the same, but its figures are not. {versions}".strip()
    return [f"{same} {changes[0].text}", *(change.text for change in changes[1:])], accept(model, path)


def _unmet(model: ModelResult) -> tuple[list[str], str]:
    """Pairs that differ first; else what kept simulators from being compared."""
    ordered = sorted((pair for pair in model.pairs if pair.status is model.tier_status), key=_reason)
    groups = [list(pairs) for _, pairs in groupby(ordered, key=_reason)]
    lines = _once([text for group in groups for text in _difference(group, model.requirement.required)])
    if model.tier_status is Outcome.DISAGREE:
        sides = sorted({name for pair in groups[0] for name in (pair.a, pair.b)})
        return lines, _command(model, "compare", sides, ("--report", "report.html"))
    told = [text for text in (model.error, *model.problems.values()) if text]
    failed = [name for name in model.problems if model.agreement and name in model.agreement.failed]
    if failed:
        return told + lines, _command(model, "run", failed)
    first, _, install = told[0].partition(INSTALL) if told else ("", "", "")
    step = install or ("unisono doctor" if model.problems else "")
    return [first, *told[1:], *lines] if told else lines or ["Nothing was compared."], step


def _reason(pair: PairResult) -> tuple[str, str]:
    return str(pair.verdict), pair.why


def _difference(pairs: Sequence[PairResult], required: str) -> list[str]:
    """Pairs that differ for the same reason: a line about whom they have in common, and the rest of the reason."""
    every = [{pair.a, pair.b} for pair in pairs]
    shared = set.intersection(*every)
    one = next((name for name in (pairs[0].b, pairs[0].a) if name in shared), "")
    others = sorted(set.union(*every) - {one})
    found = pairs[0].verdict
    if one and found.level is Level.DIFFERENT:
        since = "" if found.until_ms is None else f" from {found.until_ms:g} ms on"
        said = f"{title(one)} differs from {listed(map(title, others))}{since}"
    else:
        said = f"{listed(map(title, [*others, *([one] if one else [])]))}: {found}"
    reason, *rest = _SENTENCE.split(pairs[0].why.strip())
    return [f"{said}; required: {required}. {reason}".strip(), *rest]


def _once(texts: Sequence[str]) -> list[str]:
    """Texts of which each says what those before it did not: several pairs often differ for one reason."""
    said, found = set[str](), list[str]()
    for text in texts:
        new = [part for part in _SENTENCE.split(text) if part not in said]
        said.update(new)
        found += [" ".join(new)] if new else []
    return found


def _sides(model: ModelResult) -> str:
    return listed(map(title, dict.fromkeys(name for pair in model.pairs for name in (pair.a, pair.b))))


def _activity(model: ModelResult) -> str:
    """How many spikes there are, and how many there were where the model has changed."""
    found = model.entry
    if found is None:
        return ""
    numbers = sorted({n for n in found.spikes.values() if n is not None})
    if not numbers:
        return ""
    said = f"{numbers[0]:,}" if len(numbers) == 1 else f"{numbers[0]:,} to {numbers[-1]:,}"
    former = model.baseline.former_spikes if model.baseline and model.baseline.model_changed else ()
    before = f" (baseline {former[0]:,})" if former and [*former] != numbers else ""
    return f", {said} spikes{before}"


def _notes(model: ModelResult) -> list[str]:
    """All the rest: other tests, changes against the baseline, simulators that were not tested."""
    told = list(model.problems.values())
    found = model.lint.findings if model.lint else ()
    told += [f"{finding.severity} [{finding.rule}] {finding.text}" for finding in found]
    told += [one.text for one in model.expected]
    heading = "The baseline was updated: " if model.baseline and model.baseline.updated else ""
    told += [f"{heading}{change.text}" for change in model.changes]
    return told + [f"{title(name)} was not tested: {text}" for name, text in model.untested.items()]


def accept(model: ModelResult, path: Path) -> str:
    """The command that makes what was found the baseline."""
    words = ["unisono", "check", *([] if str(path) == FILE else [str(path)]), "--model", model.name]
    return shlex.join([*words, "--update-baseline", "--because", REASON])


def _command(model: ModelResult, name: str, simulators: Sequence[str], more: Sequence[str] = ()) -> str:
    """A command about this model alone."""
    source, numerics = model.requirement.source, model.requirement.settings.numerics
    words = ["unisono", name, source.model]
    for option, value in source.options.items():
        words += ["--set", f"{option}={value}"]
    if source.number is not None:
        words += ["--network", str(source.number)]
    if simulators:
        words += ["--on", ",".join(simulators)]
        words += ["--numerics", numerics] if numerics != "matched" else []
    args = [a.replace("{seed}", str(model.requirement.first_seed)) for a in source.args]
    return shlex.join([*words, *more, *(["--", *args] if args else [])])
