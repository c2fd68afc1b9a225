"""``unisono converge``: the order of a model's errors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from unisono.commands.common import (
    COLOURS,
    Fresh,
    Jobs,
    Model,
    Numerics,
    On,
    Python,
    Set,
    TimeLimit,
    command_line,
    console,
    pairs_of,
    plan_of,
    simulators_of,
)


def converge(
    model: Model,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML page with table and figure.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="Write the figure (.svg, .pdf, .png).")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the errors and orders as JSON.")] = None,
    numerics: Numerics = "matched",
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Measure the order of a model's errors against exact spike times (exit status 0 right, 1 wrong, 2 cannot tell)."""
    from unisono import api
    from unisono.display import orders_table

    simulators = simulators_of(on)
    plan = plan_of(time_limit, fresh, jobs, python)
    announce = partial(console.print, markup=False, highlight=False)
    found = api.converge(model, simulators, numerics=numerics, plan=plan, announce=announce, **pairs_of(set_, "--set"))
    console.print(orders_table(found))
    for order in found.orders:
        if order.reason:
            console.print(f"{order.simulator}, {order.quantity}: {order.reason}", markup=False, highlight=False)
    colour = COLOURS[found.exit_status]
    console.print(f"Verdict: [bold {colour}]{found.verdict}[/]")
    command = command_line()
    for what, path, write in (
        ("JSON", json, found.to_json),
        ("Figure", figure, found.to_figure),
        ("Report", report, partial(found.to_html, command=command)),
    ):
        if path:
            write(path)
            console.print(f"{what}: {path}", markup=False, highlight=False)
    raise typer.Exit(found.exit_status)
