"""The report: one HTML file that needs nothing else, neither network nor script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from unisono.adapters.results import PHASES
from unisono.validation.report import figures
from unisono.validation.report.selection import View

if TYPE_CHECKING:
    from unisono.models.network import Network
    from unisono.validation.agreement import Agreement

#: Plots of single cells' variables.
TRACES = 6

#: Class, sign and heading of a verdict.
LOOK = {
    "identical": ("agree", "✓", "Identical"),
    "identical until t*": ("agree", "✓", "Identical until"),
    "different": ("disagree", "✗", "Different"),
    "cannot tell": ("open", "?", "Cannot tell"),
}


def render(agreement: Agreement, command: str = "") -> str:
    """The comparison as HTML.

    Parameters
    ----------
    agreement : Agreement
    command : str, optional
        What reproduces it; made from the runs where it is not given.
    """
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,

        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "count": count, "spread": spread, "prose": prose}
    drawn = _figures(agreement)
    return environment.get_template("report.html").render(
        css=Markup((here / "report.css").read_text(encoding="utf-8")),
        agreement=agreement,
        network=agreement.runs.network,
        units=units_of(agreement.runs.network),
        weight_units=_weight_units(agreement.runs.network),
        runs=_runs(agreement),
        phases=PHASES,
        fingerprint=agreement.fingerprint,
        look=_look(agreement),
        summary=summary(agreement),
        statistics=_statistics(agreement),
        colours=figures.colours([n for n, r in agreement.runs.items() if r.recording is not None]),
        activity=drawn["activity"],
        traces=drawn["traces"],
        note=drawn["note"],
        command=command or reproduce(agreement),
    )


def summary(agreement: Agreement) -> str:
    """The verdict in a sentence or two, for someone who reads nothing else."""
    done = [name for name in agreement.runs if name not in agreement.failed]
    missing = f"{_listed(agreement.failed)} gave no result" if agreement.failed else ""
    reason = missing or "it takes two simulators to compare"
    if not agreement.pairs:
        return f"There is nothing to compare: {reason}."
    if agreement.verdict == "different":
        worst = next(p for p in agreement.pairs if p.verdict == "different")
        return f"{worst.a} and {worst.b} do not agree. {worst.reason}"
    spikes = agreement.pairs[0].spikes_a
    if all(p.verdict == "identical" for p in agreement.pairs):
        said = f"{_listed(done)} gave the same {count(spikes)} spikes: every neuron, every time step."
        return said if agreement.verdict == "identical" else f"{said} But {reason}, so there is no verdict on all."
    first = min((p for p in agreement.pairs if p.first_difference), key=lambda p: p.identical_until_ms)
    until = f"Every spike is the same on {_listed(done)} up to {number(first.identical_until_ms)} ms."
    drift = " After a tie, runs of a chaotic network drift apart; that is no error." if first.agrees else ""
    rest = f" But {reason}, so there is no verdict on all." if agreement.verdict == "cannot tell" else ""
    return f"{until} {first.reason}{drift}{rest}"


def reproduce(agreement: Agreement) -> str:
    """The command that makes this comparison again."""
    runs = agreement.runs
    words = ["unisono", "compare", runs.network.label, "--on", ",".join(runs)]
    settings = next((run.settings for run in runs.values()), None)
    if settings is not None and settings.numerics != "matched":
        words += ["--numerics", settings.numerics]
    if settings is not None and settings.threads > 1:
        words += ["--threads", str(settings.threads)]
    if agreement.transient != 500.0:
        words += ["--transient", f"{agreement.transient:g}"]
    return shlex.join([*words, "--report", "report.html"])


def _look(agreement: Agreement) -> Mapping[str, str]:
    kind, sign, heading = LOOK[agreement.verdict]
    if agreement.verdict == "identical until t*":
        until = min(p.identical_until_ms for p in agreement.pairs)
        heading = f"{heading} {number(until)}\u00a0ms"
        if agreement.exit_status:
            kind, sign = "open", "?"
    return {"kind": kind, "sign": sign, "heading": heading}


def _runs(agreement: Agreement) -> list[dict[str, Any]]:
    rows = []
    for name, run in agreement.runs.items():
        seconds = run.provenance.get("seconds", {})
        rows.append(
            {
                "name": name,
                "status": run.status,
                "version": run.provenance.get("version", ""),
                "spikes": run.spike_count,
                "seconds": [seconds.get(phase) for phase in PHASES],
                "total": sum(seconds.values()) if seconds else None,
                "memory": run.provenance.get("peak_rss_mb"),
                "error": str(run.error) if run.error else "",
                "log": run.log,
                "settings": run.settings,
                "provenance": run.provenance,
            }
        )
    return rows


def _figures(agreement: Agreement) -> dict[str, Any]:
    if not any(run.recording is not None and run.recording.trials for run in agreement.runs.values()):
        return {"activity": [], "traces": [], "note": ""}
    view = View(agreement)
    if not view.comparable:
        return {"activity": [], "traces": [], "note": "The recordings have different shapes; there is nothing to plot."}
    drawn: list[figures.Figure | None] = []
    if view.all_populations and view.steps:
        drawn = [
            figures.raster(view),
            figures.close_up(view),
            figures.rates_over_time(view),
            figures.rate_distribution(view),
            figures.isi_distribution(view),
            figures.cv_distribution(view),
        ]
    notes = []
    if view.trials > 1:
        notes.append(f"The figures show trial {view.trial + 1} of {view.trials}.")
    if len(view.populations) < len(view.all_populations):
        notes.append(f"Rates and intervals are plotted for the first {len(view.populations)} populations.")
    return {
        "activity": [figure for figure in drawn if figure is not None],
        "traces": list(figures.traces(view, TRACES)) if view.steps else [],
        "note": " ".join(notes),
    }


def _statistics(agreement: Agreement) -> list[dict[str, Any]]:
    """One row for every statistic of every population in every trial, simulators side by side."""
    rows: dict[tuple[int, str, str], dict[str, Any]] = {}
    for name, values in agreement.statistics.items():
        for statistic in values:
            key = statistic.trial, statistic.population, statistic.name
            row = rows.setdefault(key, {"of": statistic, "values": {}})
            row["values"][name] = statistic
    return list(rows.values())


def _listed(names: Any) -> str:
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def count(value: int | None) -> str:
    """A whole number with its thousands apart."""
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 6) -> str:
    """A number for reading: a true minus, powers of ten as such."""
    return "–" if value is None else prose(f"{value:.{digits}g}")


def prose(text: str) -> str:
    """Text with its numbers set for reading."""
    text = re.sub(r"(?<=\d) (?=(ms|mV|nA|uS|nF)\b)", "\u00a0", text)
    text = re.sub(r"(?<=\d)e([+-]?\d+)", lambda m: f"·10{str(int(m[1])).translate(_POWERS)}", text)
    return re.sub(r"(?<![\w.-])-(?=\d)", "−", text)


def spread(values: Any) -> str:
    """One value, or the mean and range of an array."""
    array = np.asarray(values)
    if not array.ndim:
        return number(float(array))
    if not array.size:
        return "–"
    return f"{number(float(array.mean()), 4)} ({number(float(array.min()), 4)} to {number(float(array.max()), 4)})"


def _weight_units(network: Network) -> list[str]:
    return [network.populations[p.post_population].model.weight_unit(p.receptor) for p in network.projections]


#: Units of what is known of realised spike sources.
SOURCE_UNITS = {"rate": "Hz", "start": "ms", "duration": "ms"}


def units_of(network: Network) -> dict[str, Mapping[str, str]]:
    """Units of the parameters of every cell model and source in a network."""
    return {p.cell: SOURCE_UNITS if p.is_source else p.model.units for p in network.populations}
