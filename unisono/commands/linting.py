"""``unisono lint``: what a modeller would say of a network before it runs."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import completing, options
from unisono.commands.common import (
    check_places,
    conclude,
    console,
    executor_of,
    networks_of,
    say,
    shown,
    simulators_of,
    source_of,
    workflow_of,
    write_files,
)
from unisono.models.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from unisono.validation.lint import Finding, NetworkFindings


class FailOn(StrEnum):
    """The severities of findings, the least first; those of :class:`unisono.validation.lint.Severity`."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A library model, a PyNN script (.py) or a network file (.h5).",
        autocompletion=completing.models,
    ),
]
FailingFrom = Annotated[FailOn, options.judgement_option("--fail-on", help="Severity of findings that fail.")]
Ignore = Annotated[
    list[str] | None,
    options.judgement_option("--ignore", metavar="RULE", help="Leave out this rule.", autocompletion=completing.rules),
]
Resize = Annotated[
    str,
    options.simulation_option(
        "--resize",
        metavar="N,N",
        help="Also run the model with these numbers of cells, and compare rates and CVs: a library model with the "
        "option n, or a script with {n} in its arguments.",
    ),
]
On = Annotated[
    str,
    options.simulation_option(
        "--on",
        metavar="SIMULATOR",
        help="Simulator of --resize, and of scripts that call get_data().",
        autocompletion=completing.simulators,
    ),
]
Sarif = Annotated[Path | None, options.file_option("--sarif", help="Write the findings as SARIF, for code scanning.")]


def lint(
    model: Model,
    arguments: options.Arguments = None,
    set_: options.Set = None,
    number: options.Number = None,
    fail_on: FailingFrom = FailOn.WARNING,
    ignore: Ignore = None,
    resize: Resize = "",
    on: On = "nest",
    transient: options.Transient = options.TRANSIENT,
    json: options.Json = None,
    sarif: Sarif = None,
    github: options.GitHub = False,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Examine a model without running it: units, balance, time step, receptors, weights and more.

    Exit status: 0 no finding of the severity of --fail-on; 1 findings; 2 the command failed.
    """
    from unisono.adapters.contract import Settings
    from unisono.display import network_line
    from unisono.validation.lint import RULES, Severity
    from unisono.validation.lint import lint as examine
    from unisono.validation.lint.resizing import with_sizes

    check_places(json, sarif, inputs=[model])
    for name in ignore or ():
        RULES[name]
    sizes, (simulator, *_) = sizes_of(resize), simulators_of(on)
    if sizes is not None:
        _check_size(model)
    executor, settings = executor_of(time_limit, fresh, jobs, python), Settings()
    source = source_of(model, _at(arguments, sizes), set_, [simulator], number)
    networks = [loaded.network for loaded in networks_of(workflow_of(executor), source, settings)]
    report = examine(networks, model, ignore or ())
    if sizes is not None:
        if len(networks) > 1:
            raise UsageError("--resize takes one network.", "Choose one with --network.")
        resized = source_of(model, arguments, set_, [simulator], number)
        report = with_sizes(report, resized, sizes, simulator, settings, executor, transient)
    for network, found in zip(networks, report.networks, strict=True):
        say(network_line(network))
        show(found)
    if github:
        sys.stdout.write(report.annotations)
    failing = len(report.at_least(Severity(fail_on.value)))
    written = write_files(("JSON", json, report.to_json), ("SARIF", sarif, report.to_sarif))
    conclude(f"Findings: {report.summary}.", written)
    raise typer.Exit(1 if failing else 0)


def sizes_of(text: str) -> tuple[int, int] | None:
    """Two numbers of cells; None where none are given.

    Raises
    ------
    UsageError
        If it is anything else.
    """
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isdecimal() and int(part) for part in parts):
        raise UsageError(f"'--resize {text}' is not two numbers of cells.", "Write them as in --resize 1000,2000.")
    return int(parts[0]), int(parts[1])


def _check_size(model: str) -> None:
    """Check that a library model has a number of cells to change."""
    from unisono.models.library import LIBRARY

    if model in LIBRARY and not any(name == "n" for name, *_ in LIBRARY[model].describe()):
        raise UnknownName(
            f"'{model}' has no option n, the number of its cells.",
            "--resize takes a library model that has one, or a script with {n} in its arguments.",
        )


def _at(arguments: list[str] | None, sizes: tuple[int, int] | None) -> list[str] | None:
    """Arguments of a script at the first of two sizes, as far as they name the size."""
    from unisono.adapters.runtime.loading import filled

    return arguments if sizes is None or arguments is None else list(filled(arguments, {"n": sizes[0]}))


def show(found: NetworkFindings) -> None:
    """Print the findings on a network: sentence, evidence, remedy, source of each."""
    from rich.padding import Padding
    from rich.text import Text

    from unisono.table_layout import show_table

    for finding in found.findings:
        head = Text.assemble(
            (finding.severity.value, f"bold {finding.severity.colour}"), " ", (f"[{finding.rule}]", "dim"), " "
        )
        head.append(shown(f"{finding.where}: " if finding.places else ""))
        head.append(shown(finding.sentence), style="bold")
        console.print()
        console.print(head, highlight=False)
        for name, text in _details(finding):
            line = Text.assemble((f"{name}: ", "dim"), shown(text))
            console.print(Padding(line, (0, 0, 0, 2)), highlight=False, soft_wrap=False)
    if found.resized:
        console.print()
        show_table(console, sizes_table(found))
    if found.findings or found.resized:
        console.print()


def _details(finding: Finding) -> list[tuple[str, str]]:
    return [("Evidence", finding.evidence), ("What to do", finding.remedy), ("Source", f"{finding.source}.")]


def sizes_table(found: NetworkFindings) -> Table:
    """Rates and CVs at two sizes."""
    from rich.markup import escape

    from unisono.display import plain_table

    table = plain_table("At two sizes")
    for title in ("population", "statistic"):
        table.add_column(title)
    for size in found.resized[0].sizes:
        table.add_column(f"{size:,} cells", justify="right")
    table.add_column("robust")
    for row in found.resized:
        values = ("not defined" if v is None else f"{v:.4g} {row.unit}".rstrip() for v in row.values)
        table.add_row(escape(row.population), row.statistic, *values, "yes" if row.robust else "[yellow]no[/]")
    return table
