"""``unisono ensemble``: are simulators equivalent where spikes cannot be the same?"""

from __future__ import annotations

import json as json_format
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from unisono.commands.common import (
    COLOURS,
    Arguments,
    Fresh,
    Model,
    Numerics,
    Python,
    Set,
    Threads,
    TimeLimit,
    command_line,
    console,
    plan_of,
    problems,
    simulators_of,
    source_of,
)
from unisono.models.errors import UnisonoError

if TYPE_CHECKING:
    from unisono.validation.ensembles.equivalence import Comparison, Equivalence
    from unisono.validation.ensembles.rows import Row, Side
    from unisono.validation.ensembles.study import Protocol

Sides = Annotated[
    str,
    typer.Option(
        "--on", help="Sides, separated by commas: SIMULATOR, SIMULATOR:native, SIMULATOR:euler, SIMULATOR:single."
    ),
]


def ensemble(
    model: Model,
    arguments: Arguments = None,
    on: Sides = "nest,brian2,neuron",
    base: Annotated[str | None, typer.Option(help="What the others are held against; the first by default.")] = None,
    set_: Set = None,
    runs: Annotated[str, typer.Option(metavar="N|auto", help="Runs of each; auto: as many as are needed.")] = "auto",
    pilot: Annotated[int, typer.Option(min=3, help="Pilot seeds, which fix margins and number of runs.")] = 20,
    seeds: Annotated[int, typer.Option(min=0, metavar="FIRST", help="The first seed.")] = 1,
    executor: Annotated[
        str | None, typer.Option(help="Where it runs: local:N (N networks at once) or dask://HOST:PORT.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="The same as --executor local:N.")] = 1,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML report.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write plan and result as JSON.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table of runs as CSV.")] = None,
    transient: Annotated[float, typer.Option(min=0, help="Time cut before statistics, ms.")] = 500.0,
    numerics: Numerics = "matched",
    threads: Threads = 1,
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    python: Python = None,
) -> None:
    """Judge from many seeds whether simulators are equivalent (exit status 0 yes, 1 different, 2 cannot tell)."""
    from unisono.adapters.base import Settings
    from unisono.validation.ensembles.study import study

    sides = sides_of(on, Settings(numerics, threads))
    with progress() as (listener, say):
        found = study(
            source_of(model, arguments, set_, [side.simulator for side in sides]),
            sides,
            base=base,
            runs=number_of(runs),
            pilot=pilot,
            first_seed=seeds,
            transient=transient,
            plan=plan_of(time_limit, fresh, 1, python),
            executor=executor or f"local:{jobs}",
            announce=say,
            listener=listener,
            planned=partial(write_plan, path=json),
        )
    for row in (*found.pilots.failed, *found.table.failed):
        problems.print(f"unisono: {row.side}, seed {row.case.seed}: {row.error}", markup=False, highlight=False)
    for pair in found.pairs:
        console.print(pair_table(pair))
        console.print(f"{pair.a} and {pair.b}: {pair.verdict}. {pair.reason}", markup=False, highlight=False)
    console.print(f"Verdict: [bold {COLOURS[found.exit_status]}]{found.verdict}[/]")
    for what, path, write in (
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    ):
        if path:
            write(path)
            console.print(f"{what}: {path}", markup=False, highlight=False)
    raise typer.Exit(found.exit_status)


def sides_of(on: str, settings: Any) -> list[Side]:
    """The sides named, of simulators that there are."""
    from unisono.validation.ensembles.rows import Side

    sides = [Side.parse(text, settings) for text in on.split(",") if text.strip()]
    simulators_of(",".join(side.simulator for side in sides))
    return sides


def number_of(text: str) -> int | None:
    """A number of runs; None for ``auto``."""
    if text == "auto":
        return None
    if not text.isdecimal():
        raise UnisonoError(f"'--runs {text}' is neither a number nor 'auto'.")
    return int(text)


def write_plan(protocol: Protocol, path: Path | None) -> None:
    """Write down what was fixed before the runs that are tested; the result takes its place."""
    from unisono.models.files import written_whole

    if path is not None:
        with written_whole(path) as temporary:
            temporary.write_text(json_format.dumps({"verdict": None, "protocol": protocol.to_dict()}, indent=1) + "\n")


@contextmanager
def progress() -> Iterator[tuple[Any, Any]]:
    """A listener and a printer: a bar on a terminal, a line for every tenth of the runs elsewhere."""
    if not console.is_terminal:
        yield _line, partial(console.print, markup=False, highlight=False)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task("runs", total=None)

        def listen(row: Row, done: int, total: int) -> None:
            state = "failed" if row.error else "known" if row.cached else "done"
            text = f"{row.side}, seed {row.case.seed}: {state}"
            bars.update(task, completed=done, total=total, description=escape(text))

        yield listen, partial(bars.console.print, markup=False, highlight=False)


def _line(row: Row, done: int, total: int) -> None:
    if done * 10 // total > (done - 1) * 10 // total:
        console.print(f"{done} of {total} runs", markup=False, highlight=False)


def pair_table(pair: Equivalence) -> Table:
    """Statistic, means, difference with its interval, margin, verdict."""
    table = Table(
        title=f"{escape(pair.b)} against {escape(pair.a)} (90 % intervals; ratios where the scale is logarithmic)",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
        show_edge=False,
    )
    for title in ("statistic", pair.a, pair.b, "difference", "margin", "verdict"):
        table.add_column(escape(title), justify="left" if title in ("statistic", "verdict") else "right")
    for row in pair.rows:
        table.add_row(*map(escape, _cells(row)))
    return table


def _cells(row: Comparison) -> tuple[str, ...]:
    margin = row.margin
    logarithmic = margin.scale == "log"

    def shown(value: float | None, sign: str = "") -> str:
        if value is None:
            return "-"
        return f"{math.exp(value):.4g}" if logarithmic else f"{value:{sign}.3g}"

    unit = f" {margin.unit}" if margin.unit else ""
    difference = f"{shown(row.difference, '+')} ({shown(row.low, '+')} to {shown(row.high, '+')})"
    verdict = row.verdict + (f", {row.needed:,} runs?" if row.needed else "")
    return margin.key + (f" ({unit.strip()})" if unit else ""), shown(row.mean_a), shown(row.mean_b), difference, shown(
        margin.value
    ), verdict
