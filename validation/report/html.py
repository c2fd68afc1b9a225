"""The report: one HTML file that needs nothing else, neither network nor script."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unisono.adapters import registry
from unisono.adapters.runtime.results import PHASES
from unisono.validation.report import activities, pairs, synapses
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import colours
from unisono.validation.report.page import count, look_of, number, prose, rendered
from unisono.validation.report.story import effect_rows, story
from unisono.validation.statistics.statistic import CELLS, SYNAPSES
from unisono.validation.statistics.statistics import TRANSIENT

if TYPE_CHECKING:
    from unisono.models.network import Network
    from unisono.validation.compare.agreement import Agreement


def render(agreement: Agreement, command: str = "", history: Sequence[Mapping[str, Any]] = ()) -> str:
    """The comparison as HTML.

    Parameters
    ----------
    agreement : Agreement
    command : str, optional
        What reproduces it; made from the runs where it is not given.
    history : sequence of mappings, optional
        Earlier results of the same model, the latest last: ``label``, ``tier``, ``until_ms``, ``versions``
        (a text or a mapping), ``spikes`` (a number or a mapping of simulator to number).
    """
    network = agreement.runs.network
    palette = colours([n for n, r in agreement.runs.items() if r.recording is not None])
    return rendered(
        "report.html",
        subject=network.label,
        look=_look(agreement),
        summary=agreement.verdict.evidence,
        story=story(agreement, command),
        effect=effect_rows(agreement),
        run_titles=agreement.runs.titles,
        facts=_facts(agreement),
        command=command or reproduce(agreement),
        colours=palette,
        agreement=agreement,
        driven_by=registry.title(agreement.runs.driven_by),
        network=network,
        units=units_of(network),
        weight_units=_weight_units(network),
        runs=_runs(agreement),
        phases=PHASES,
        fingerprint=agreement.fingerprint,
        **pairs.content(agreement, palette),
        **activities.content(agreement),
        **synapses.content(agreement),
        **_statistics(agreement),
        history=[_entry(entry) for entry in history],
    )


def _facts(agreement: Agreement) -> list[tuple[str, str]]:
    network, runs = agreement.runs.network, agreement.runs
    spikes = sorted({run.spike_count for run in runs.values() if run.spike_count is not None})
    said = count(spikes[0] if spikes else None) if len(spikes) < 2 else f"{count(spikes[0])} to {count(spikes[-1])}"
    return [
        ("Neurons", count(network.neurons)),
        ("Synapses", count(network.synapses)),
        ("Simulated", f"{number(network.duration)}\u00a0ms"),
        ("Time step", f"{number(network.dt)}\u00a0ms"),
        ("Simulators", str(len(runs))),
        ("Spikes", said),
    ]


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the history as it is shown."""

    def said(value: Any) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{name} {count(v) if isinstance(v, int) else v}" for name, v in value.items())
        return count(value) if isinstance(value, int) else str(value or "–")

    return {
        "label": entry.get("label") or entry.get("because") or "",
        "tier": str(entry.get("tier", "cannot tell")),
        "t": entry.get("until_ms"),
        "spikes": said(entry.get("spikes")),
        "versions": said(entry.get("versions")),
    }


def reproduce(agreement: Agreement) -> str:
    """The command that makes this comparison again."""
    runs = agreement.runs
    words = ["unisono", "compare", runs.network.label, "--on", ",".join(runs.titles.values())]
    threads = max((run.settings.threads for run in runs.values()), default=1)
    if threads > 1:
        words += ["--threads", str(threads)]
    if agreement.transient != TRANSIENT:
        words += ["--transient", f"{agreement.transient:g}"]
    return shlex.join([*words, "--report", "report.html"])


def _look(agreement: Agreement) -> dict[str, str]:
    verdict = agreement.verdict
    return look_of(verdict.level) | {"heading": prose(_sentence(verdict.headline))}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


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
                "notes": run.notes,
                "error": str(run.error) if run.error else "",
                "log": run.log,
                "settings": run.settings,
                "provenance": run.provenance,
            }
        )
    return rows


def _statistics(agreement: Agreement) -> dict[str, Any]:
    """Statistics of cells and of synapses: a row for each in every trial, simulators side by side, and their data."""
    cells, of_cells = _rows_of(agreement, CELLS)
    weights, of_weights = _rows_of(agreement, SYNAPSES)
    return {
        "statistics": cells,
        "statistics_data": download("statistics", *of_cells) if cells else None,
        "weight_statistics": weights,
        "weight_statistics_data": download("statistics of weights", *of_weights) if weights else None,
    }


def _rows_of(agreement: Agreement, counted: str) -> tuple[list[dict[str, Any]], tuple[Any, Any]]:
    """Rows of the statistics of cells or of synapses; columns and lines of their table."""
    rows: dict[tuple[int, str, str], dict[str, Any]] = {}
    for name, values in agreement.statistics.items():
        for statistic in (s for s in values if s.counted == counted):
            key = statistic.trial, statistic.population, statistic.name
            row = rows.setdefault(key, {"of": statistic, "values": {}})
            row["values"][name] = statistic
    names = list(agreement.statistics)
    ends = ("cells", "silent") if counted == CELLS else ("synapses",)
    where = "population" if counted == CELLS else "projection"
    lines = [
        (
            *(of.population, of.trial + 1, of.name, of.unit),
            *(row["values"][n].value if n in row["values"] else None for n in names),
            *(of.n_cells, of.silent)[: len(ends)],
        )
        for row in rows.values()
        for of in [row["of"]]
    ]
    return list(rows.values()), ((where, "trial", "statistic", "unit", *names, *ends), lines)


def _weight_units(network: Network) -> list[str]:
    return [network.populations[p.post_population].model.weight_unit(p.receptor) for p in network.projections]


#: Units of what is known of instantiated spike sources.
SOURCE_UNITS = {"rate": "Hz", "start": "ms", "duration": "ms"}


def units_of(network: Network) -> dict[str, Mapping[str, str]]:
    """Units of the parameters of every cell model and source in a network."""
    return {p.cell: SOURCE_UNITS if p.is_source else p.model.units for p in network.populations}
