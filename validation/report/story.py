"""What a reader with a minute reads: the cause, whether it matters, what was checked, the next command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from unisono.adapters.contract import Settings
from unisono.models.words import listed
from unisono.validation.report.page import count, number
from unisono.validation.verdict import Level

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.compare.effect import Quantity

#: Options of ``compare`` that say which network it is; the next command needs them, too.
OF_MODEL = ("--set", "--network")


def story(agreement: Agreement, command: str) -> list[dict[str, str]]:
    """Label, text and command of each line below the verdict.

    Parameters
    ----------
    agreement : Agreement
    command : str
        What made it.
    """
    verdict = agreement.verdict
    next_text, next_command = _next(agreement, command)
    found = [
        ("Likely cause", " ".join(dict.fromkeys(filter(None, (verdict.cause,)))), ""),
        ("Does it matter?", matters(agreement), ""),
        ("Checked", checked(agreement), ""),
        ("Next", " ".join(filter(None, (verdict.next_step, next_text))), next_command),
    ]
    return [{"label": label, "text": text, "command": typed} for label, text, typed in found if text or typed]


def matters(agreement: Agreement) -> str:
    """How far spikes, rates and irregularity lie apart, in a few sentences; empty where every spike is the same."""
    effect = agreement.effect
    if effect is None or effect.is_none:
        return ""
    titles = agreement.runs.titles
    least, most = min(effect.spikes, key=effect.spikes.__getitem__), max(effect.spikes, key=effect.spikes.__getitem__)
    if effect.spikes[least] == effect.spikes[most]:
        said = f"{count(effect.spikes[most])} spikes on each"
    else:
        more = f", {_percent(effect.spikes[least], effect.spikes[most])}" if effect.spikes[least] else ""
        said = (
            f"{count(effect.spikes[least])} ({titles[least]}) to {count(effect.spikes[most])} ({titles[most]}) "
            f"spikes{more}"
        )
    sentences = [f"{said}; {number(effect.percent_shared, 3)} % of them lie in the same step on all."]
    sentences += [_apart(one) for name in ("rate", "CV of ISI") if (one := effect.largest(name)) is not None]
    return " ".join(sentences) + " These are single runs: only an ensemble shows whether a seed changes as much."


def _apart(one: Quantity) -> str:
    what = "The mean rate" if one.name == "rate" else f"The {one.name}"
    if one.high == one.low:
        return f"{what} is the same in every population."
    unit = f" {one.unit}" if one.unit else ""
    more = f" ({_percent(one.low, one.high)})" if one.low else ""
    return f"{what} differs most in '{one.population}': {number(one.low, 4)} to {number(one.high, 4)}{unit}{more}."


def _percent(low: float, high: float) -> str:
    return f"+{number(100.0 * (high - low) / abs(low), 2)} %"


def checked(agreement: Agreement) -> str:
    """What was compared, and how much of the network that is; empty where nothing could be."""
    recordings = [run.recording for run in agreement.runs.values() if run.recording is not None]
    if agreement.excerpt is None or len(recordings) < 2:
        return ""
    network = agreement.runs.network
    found = [f"every spike of {count(network.neurons)} cells"]
    broken = {trace.variable for pair in agreement.pairs for trace in pair.traces if not trace.comparable}
    cells: dict[str, int] = {}
    for signal in recordings[0].trials[0].signals:
        if signal.variable not in broken:
            cells[signal.variable] = cells.get(signal.variable, 0) + len(signal.cells)
    found += [f"{name} of {count(of)} {'cell' if of == 1 else 'cells'}" for name, of in cells.items()]
    states = {one.state for pair in agreement.pairs for one in pair.synapses if not one.missing}
    found += [f"{state} of the synapses that change" for state in sorted(states)]
    seed = f", seed {network.seed}" if network.seed is not None else ""
    end = "" if cells else "; no signal"
    said = listed(found)
    return f"{said[:1].upper()}{said[1:]}, one run of {number(network.duration)} ms each{seed}{end}."


def _next(agreement: Agreement, command: str) -> tuple[str, str]:
    """What to do now, and what to type."""
    level = agreement.verdict.level
    if agreement.failed:
        return "Show what is missing on this machine:", "unisono doctor"
    if level is Level.IDENTICAL:
        return "Keep it so, by a check of every change:", shlex.join(["unisono", "init", *_model(agreement, command)])
    if level is Level.CANNOT_TELL or len(agreement.pairs) < 1:
        return "", ""
    settings = {run.settings.numerics for run in agreement.runs.values()}
    if settings != {Settings().numerics} and level is not Level.UNTIL_TIE:
        typed = ["unisono", "compare", *_model(agreement, command), "--on", ",".join(agreement.runs)]
        return "Do they agree when all use the same numerics?", shlex.join([*typed, "--report", "matched.html"])
    typed = ["unisono", "ensemble", *_model(agreement, command), "--on", ",".join(agreement.runs.titles.values())]
    return "Is the difference larger than that between seeds?", shlex.join([*typed, "--report", "ensemble.html"])


def _model(agreement: Agreement, command: str) -> list[str]:
    """The model as the command named it, with its options."""
    words = shlex.split(command)
    if words[:2] != ["unisono", "compare"] or len(words) < 3 or words[2].startswith("-"):
        return [agreement.runs.network.label]
    end = next((i for i, word in enumerate(words[2:], 2) if word.startswith("-")), len(words))
    options = [w for a, b in zip(words[end:], words[end + 1 :], strict=False) if a in OF_MODEL for w in (a, b)]
    return [*words[2:end], *options]


def effect_rows(agreement: Agreement) -> list[dict[str, Any]]:
    """Rows of a table: what, on each simulator, and how far apart; none where every spike is the same."""
    effect, names = agreement.effect, list(agreement.runs)
    if effect is None or effect.is_none:
        return []
    spikes = [effect.spikes.get(name) for name in names]
    known = effect.spikes.values()
    rows = [_row("Spikes", "", [count(value) for value in spikes], min(known), max(known))]
    for one in effect.quantities:
        what = f"{one.population}: {'mean rate' if one.name == 'rate' else one.name}"
        rows.append(_row(what, one.unit, [number(one.values.get(name), 5) for name in names], one.low, one.high))
    return rows


def _row(what: str, unit: str, cells: list[str], low: float, high: float) -> dict[str, Any]:
    return {"what": what, "unit": unit, "cells": cells, "apart": _apart_in(low, high)}


def _apart_in(low: float, high: float) -> str:
    if high == low:
        return "same"
    return _percent(low, high) if low else "–"
