"""The page of the detection matrix: what each tier sees of each injected fault, on each simulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unisono.validation.faults.faults import CONVERGED, EQUIVALENT
from unisono.validation.report.downloads import download
from unisono.validation.report.page import count, look_of, rendered, versions_of
from unisono.validation.selftest.detection import CAUGHT, EQUIVALENT_SHARE, FALSE_ALARMS, Detection

#: Tiers whose repetitions are random draws from the same runs, which are not independent.
DRAWN = (EQUIVALENT,)

#: Class, sign and word of a cell.
LOOK = {
    "caught": ("agree", "✓", "caught"),
    "missed": ("disagree", "✗", "missed"),
    "not claimed": ("open", "○", "not claimed"),
}


def render(detection: Detection | Mapping[str, Any], command: str = "") -> str:
    """The detection matrix as HTML.

    Parameters
    ----------
    detection : Detection or mapping
        Or what its ``to_dict`` gives.
    command : str, optional
        What makes it again.
    """
    data = detection if isinstance(detection, Mapping) else detection.to_dict()
    entries = list(_entries(data))
    simulators = list(dict.fromkeys(e["simulator"] for e in entries))
    missed = [e for e in entries if e["word"] == "missed"]
    aa = [{**row, "silent": _silent(row), "drawn": row["tier"] in DRAWN} for row in data.get("aa", ())]
    loud = [row for row in aa if not row["silent"]]
    run = sum(e["runs"] for e in entries)
    verdict = "cannot tell" if not run else "a claim is not kept" if missed or loud else "every claim is kept"
    columns = ("fault", "tier", "simulator", "claimed", "caught", "runs", "low", "high", "note")
    keys = ("fault", "tier", "simulator", "claimed", "caught", "runs")
    rows = [(*(e[k] for k in keys), *(e["interval"] or (None, None)), e["note"]) for e in entries]
    counts = ("tier", "different", "equivalent", "cannot_tell", "runs")
    return rendered(
        "detection.html",
        subject=str(data.get("model", "")),
        look=look_of(verdict),
        summary=_summary(entries, missed, loud),
        facts=[
            ("Faults", str(len(data.get("faults", ())))),
            ("Tiers", str(len({e["tier"] for e in entries}))),
            ("Simulators", str(len(simulators))),
            ("Runs judged", _with_draws(run, sum(e["runs"] for e in entries if e["tier"] in DRAWN))),
            ("Fault-free", _with_draws(sum(row["runs"] for row in aa), sum(row["runs"] for row in aa if row["drawn"]))),
        ],
        command=command,
        simulators=simulators,
        tiers=_tiers(entries, simulators),
        matrix_data=download("detection matrix", columns, rows) if rows else None,
        aa=aa,
        aa_data=download("error rates", ("simulators", *counts), _lines_of(aa, counts)),
        provenance=_provenance(data),
    )


def _with_draws(runs: int, drawn: int) -> str:
    """A number of runs, and how many of them are draws that share runs."""
    return f"{count(runs)} (of them {count(drawn)} draws that share runs)" if drawn else count(runs)


def _entries(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells of all faults, each with its look."""
    for fault in data.get("faults", ()):
        for cell in fault["cells"]:
            claimed = cell["tier"] in fault["claimed_by"]
            runs, caught = int(cell.get("runs") or 0), int(cell.get("caught") or 0)
            state = "not claimed" if not claimed else "caught" if caught >= CAUGHT * runs else "missed"
            kind, sign, word = LOOK[state]
            yield {
                "fault": fault["name"],
                "cause": fault.get("cause", ""),
                **{"tier": cell["tier"], "simulator": cell["simulator"], "claimed": claimed},
                **{"caught": caught, "runs": runs, "interval": cell.get("interval"), "note": cell.get("note") or ""},
                **{"kind": kind, "sign": sign, "word": word if runs else "not run", "named": _named(cell)},
                "seen_by": _seen_by(cell),
            }


def _named(cell: Mapping[str, Any]) -> str:
    return f"cause named {cell.get('named', 0)} of {cell['examined']}" if cell.get("examined") else ""


def _seen_by(cell: Mapping[str, Any]) -> str:
    """What differed, where states of synapses did: else it is the spikes."""
    if not cell.get("synapses"):
        return ""
    return f"spikes differ in {cell.get('spikes', 0)}, states of synapses in {cell['synapses']}"


def _tiers(entries: list[dict[str, Any]], simulators: list[str]) -> list[dict[str, Any]]:
    nothing = {"runs": 0, "note": ""}
    tiers = []
    for tier in dict.fromkeys(e["tier"] for e in entries):
        cells = {(e["fault"], e["simulator"]): e for e in entries if e["tier"] == tier}
        causes = {e["fault"]: e["cause"] for e in entries if e["tier"] == tier}
        rows = [
            {"name": name, "cause": cause, "cells": [cells.get((name, s), nothing) for s in simulators]}
            for name, cause in causes.items()
        ]
        tiers.append({"name": tier, "rows": rows, "drawn": tier in DRAWN})
    return tiers


def _lines_of(aa: list[dict[str, Any]], columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [(" ".join(row["simulators"]), *(row[name] for name in columns)) for row in aa]


def _silent(row: Mapping[str, Any]) -> bool:
    """As :attr:`unisono.validation.selftest.detection.FaultFree.is_kept`."""
    few = bool(row["different"] <= FALSE_ALARMS * row["runs"])
    return few and (row["tier"] == CONVERGED or bool(row["equivalent"] >= EQUIVALENT_SHARE * row["runs"]))


def _summary(entries: list[dict[str, Any]], missed: list[dict[str, Any]], loud: list[Any]) -> str:
    claimed = [e for e in entries if e["claimed"] and e["runs"]]
    if not claimed:
        return "Nothing was run."
    kept = len(claimed) - len(missed)
    text = f"{kept} of {len(claimed)} claims (a fault, a tier that claims to see it, a simulator) are kept."
    if missed:
        first = missed[0]
        text += f" Missed: '{first['fault']}' by the tier '{first['tier']}' on {first['simulator']}"
        text += f", and {len(missed) - 1} more." if missed[1:] else "."
    if loud:
        text += " Too many false alarms in fault-free runs."
    return text


def _provenance(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = [("Versions", ", ".join(f"{n} {v}" for n, v in versions_of(data.get("versions", {}))))]
    return said + [(str(name), str(value)) for name, value in data.get("protocol", {}).items()]
