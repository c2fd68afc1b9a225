"""The files of a check: page, reports of the models, JSON, JUnit XML, Markdown, each whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from unisono.adapters.runtime.unexpected import named
from unisono.ci import junit, markdown, page
from unisono.ci.result import Gate, ModelResult
from unisono.ci.story import story
from unisono.models.errors import OutputError, UnisonoError
from unisono.models.files import save_text
from unisono.validation.report.lint import sarif

#: Names of the files in the folder of the report.
PAGE, JSON, JUNIT, SUMMARY, SARIF = "index.html", "gate.json", "junit.xml", "summary.md", "lint.sarif"


def write(gate: Gate, folder: Path, command: str) -> None:
    """Write everything into a folder.

    Parameters
    ----------
    gate : Gate
    folder : Path
        Made where it is missing. Reports of models that a former check left there are replaced or stay.
    command : str
        What makes it again.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    # What a machine reads comes first: it must be there whatever becomes of the pages.
    save_junit(gate, folder / JUNIT)
    save_json(gate, folder / JSON)
    save_text(folder / SUMMARY, markdown.render(gate))
    if linted := [model.lint for model in gate.models if model.lint]:
        save_text(folder / SARIF, sarif(*linted))
    reports: dict[str, list[tuple[str, str]]] = {}
    failed: list[UnisonoError] = []
    taken: set[str] = set()
    for model in gate.models:
        stem = _file_name(model.name, taken)
        reports[model.name] = []
        for title, ending, save in _reports(model, command):
            path = folder / f"{stem}{ending}.html"
            try:
                save(path)
            except Exception as error:  # the pages of the other models are written all the same
                failed.append(named(error))
            else:
                reports[model.name].append((title, path.name))
    save_text(folder / PAGE, page.render(gate, reports, command))
    if failed:
        raise failed[0]


def save_json(gate: Gate, path: Path) -> None:
    """Write the gate as JSON."""
    data = gate.to_dict()
    for model, entry in zip(gate.models, data["models"], strict=True):
        told = story(model, gate)
        entry |= {"line": told.line, "next_step": told.next_step, "details": list(told.details)}
    save_text(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def save_junit(gate: Gate, path: Path) -> None:
    """Write the gate as JUnit XML."""
    save_text(path, junit.render(gate))


def append_summary(gate: Gate, path: Path) -> None:
    """Add the Markdown to a file (see :func:`append`)."""
    append(markdown.render(gate), path)


def append(text: str, path: Path) -> None:
    """Add a text to a file that others write to as well, as a step's summary.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise OutputError(f"Cannot write '{path}': {error.strerror or error}.", "Name another file.") from error


def _reports(model: ModelResult, command: str) -> list[tuple[str, str, Callable[[Path], None]]]:
    found: list[tuple[str, str, Callable[[Path], None]]] = []
    if model.agreement is not None:
        history = model.baseline.history if model.baseline else ()
        found.append(("comparison", "", partial(model.agreement.to_html, command=command, history=history)))
    if model.convergence is not None:
        found.append(("convergence", ".convergence", partial(model.convergence.to_html, command=command)))
    if model.study is not None:
        found.append(("equivalence", ".equivalence", partial(model.study.to_html, command=command)))
    return found


def _file_name(name: str, taken: set[str]) -> str:
    """A file's name for a model's, without a path in it, each once."""
    stem = found = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "model"
    number = 1
    while found.lower() in taken or found.lower() == "index":
        number += 1
        found = f"{stem}-{number}"
    taken.add(found.lower())
    return found
