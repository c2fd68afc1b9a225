"""The gate as HTML: one page that leads to the report of every model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from unisono.ci.result import Gate


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
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("gate.html").render(gate=gate, reports=reports, command=command)
