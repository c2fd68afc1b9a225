"""The page of a study of equivalence: protocol, verdicts, the runs of both sides, mean curves."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.models.words import listed
from unisono.validation.ensembles.margins import ENOUGH, LIMIT, by_reason, too_few
from unisono.validation.report import spectra
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import colours
from unisono.validation.report.ensembles import distributions, intervals, runs_of_statistics
from unisono.validation.report.page import count, look_of, number, rendered
from unisono.validation.statistics.curve import Curve
from unisono.validation.verdict import Level, weakest

if TYPE_CHECKING:
    from unisono.validation.ensembles.study import Study


def render(study: Study | Mapping[str, Any], command: str = "") -> str:
    """The study as HTML.

    Parameters
    ----------
    study : Study or mapping
        Or what its ``to_dict`` gives.
    command : str, optional
        What makes it again.
    """
    data = study if isinstance(study, Mapping) else study.to_dict()
    protocol = data["protocol"]
    sides = list(protocol["sides"])
    palette = colours(sides)
    keys = list(dict.fromkeys(key for run in data["runs"] for key in run["figures"]))
    lines = [(r["side"], r["seed"], r["dt"], r["error"], *(r["figures"].get(k) for k in keys)) for r in data["runs"]]
    return rendered(
        "study.html",
        subject=str(protocol["model"]),
        look=look_of(data["verdict"]),
        summary=_summary(data),
        story=_story(data, command),
        facts=[
            ("Sides", str(len(sides))),
            ("Runs a side", count(protocol["runs"])),
            ("Pilot runs", count(len(data["pilots"]))),
            ("Statistics", str(len(protocol["margins"]))),
            ("Failed runs", str(sum(bool(run["error"]) for run in data["runs"]))),
        ],
        command=command,
        colours=palette,
        base=protocol["base"],
        alpha=protocol["alpha"],
        protocol=_protocol(protocol),
        pairs=[
            {**pair, "figure": intervals(pair), "rows": [{**row, "digits": _digits(row)} for row in pair["rows"]]}
            for pair in data["pairs"]
        ],
        statistics=runs_of_statistics(data),
        runs_data=download("runs", ("side", "seed", "dt (ms)", "error", *keys), lines),
        curves=spectra.figures_of({side: _curves(data, side) for side in sides if data["curves"].get(side)}),
        distributions=distributions(data, sides),
    )


def _digits(row: Mapping[str, Any]) -> int:
    """Significant digits with which one sees on which side of the margin the interval ends."""
    margin = row["margin"]
    gaps = [abs(abs(row[end]) - margin) for end in ("low", "high") if row[end] is not None]
    nearest = min(gaps, default=0.0)
    if not nearest or not margin:
        return 3
    return min(9, max(3, math.ceil(math.log10(margin / nearest)) + 2))


def _story(data: Mapping[str, Any], command: str) -> list[dict[str, str]]:
    """What was checked, and what decides what is open."""
    protocol = data["protocol"]
    found = [{"label": "Checked", "text": _checked(data), "command": ""}]
    needed = [pair["needed"] for pair in data["pairs"] if pair.get("needed")]
    pilots = len(protocol["pilot_seeds"])
    if too_few(pilots) in protocol["left_out"].values():
        found.append(_next("More pilot seeds:", command, "--pilot", ENOUGH))
    elif needed and Level.of(data["verdict"]) is Level.CANNOT_TELL and max(needed) <= LIMIT:
        found.append(_next("As many runs as these differences need:", command, "--runs", max(needed)))
    return found


def _checked(data: Mapping[str, Any]) -> str:
    protocol = data["protocol"]
    tested, left = len(protocol["margins"]), len(protocol["left_out"])
    rest = f"; {left} could not be tested" if left else ""
    runs = f"{protocol['runs']} runs of each side, after {len(protocol['pilot_seeds'])} pilot seeds"
    return f"{tested} of {tested + left} statistics{rest}. {runs}."


def _next(text: str, command: str, option: str, value: int) -> dict[str, str]:
    """A line with the command again, with another value of an option."""
    words = shlex.split(command)
    if option in words[:-1]:
        words[words.index(option) + 1] = str(value)
    else:
        words += [option, str(value)]
    return {"label": "Next", "text": text, "command": shlex.join(words) if command else ""}


def _curves(data: Mapping[str, Any], side: str) -> list[Curve]:
    return [
        Curve(
            c["name"],
            c["population"],
            np.asarray(c["x"], float),
            np.asarray(c["y"], float),
            c["x_unit"],
            c["y_unit"],
            c["definition"],
            c["source"],
        )
        for c in data["curves"][side]
    ]


def _summary(data: Mapping[str, Any]) -> str:
    pairs = data["pairs"]
    if not pairs:
        return "Nothing to compare."
    level = weakest(Level.of(pair["verdict"]) for pair in pairs)
    first, *others = [pair for pair in pairs if pair["verdict"] == level]
    more = f" So do {len(others)} more pairs." if others and level is Level.DIFFERENT else ""
    if level is Level.EQUIVALENT:
        names = dict.fromkeys(name for p in pairs for name in (p["a"], p["b"]))
        return f"{listed(names)} are equivalent in every statistic. {first['reason']}"
    said = "differ" if level is Level.DIFFERENT else "shown neither to differ nor to be equivalent"
    return f"{first['a']} and {first['b']} {said}. {first['reason']}{more}"


def _protocol(protocol: Mapping[str, Any]) -> list[tuple[str, str]]:
    def seeds(values: Any) -> str:
        values = list(values)
        if len(values) > 3 and values == list(range(values[0], values[0] + len(values))):
            return f"{values[0]} to {values[-1]}"
        return ", ".join(map(str, values)) or "–"

    options = ", ".join(f"{name} {value}" for name, value in protocol["options"].items())
    said = [
        ("Model", f"{protocol['model']}{f' ({options})' if options else ''}"),
        ("Sides", ", ".join(protocol["sides"])),
        ("Reference configuration", protocol["base"]),
        ("Pilot seeds", seeds(protocol["pilot_seeds"])),
        *((f"Seeds of {side}", seeds(values)) for side, values in protocol["seeds"].items()),
        ("Runs a side", f"{protocol['runs']}. {protocol['rule']}"),
        ("Errors", f"alpha {number(protocol['alpha'])}, power {number(protocol['power'])}"),
        ("Transient", f"{number(protocol['transient'])} ms"),
    ]
    for why, keys in by_reason(protocol["left_out"]):
        one = len(keys) == 1
        said.append(
            (f"Left out: {keys[0] if one else f'{len(keys)} statistics'}", why if one else f"{why}: {listed(keys)}")
        )
    return said + [("Note", note) for note in protocol["notes"]]
