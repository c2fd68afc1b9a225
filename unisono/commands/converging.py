"""``unisono converge``: the order of a model's errors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    console,
    executor_of,
    pairs_of,
    say,
    say_verdict,
    simulators_of,
    write_files,
)


def converge(
    model: options.Model,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML page with table and figure.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="Write the figure (.svg, .pdf, .png).")] = None,
    json: options.Json = None,
    numerics: options.Numerics = "matched",
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Measure the order of a model's errors against exact spike times (exit status 0 right, 1 wrong, 2 cannot tell)."""
    from unisono.display import orders_table
    from unisono.studies import converge as measured
    from unisono.validation.verdict import Outcome

    check_places(report, figure, json, inputs=[model])
    executor = executor_of(time_limit, fresh, jobs, python)
    set_options = pairs_of(set_, "--set")
    found = measured(
        model,
        simulators_of(on),
        numerics=numerics,
        number=number,
        executor=executor,
        announce=say,
        **set_options,
    )
    console.print(orders_table(found))
    for order in found.orders:
        if order.reason:
            say(f"{order.simulator}, {order.quantity}: {order.reason}")
    say_verdict(found.verdict, Outcome(found.exit_status))
    write_files(
        ("JSON", json, found.to_json),
        ("Figure", figure, found.to_figure),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    raise typer.Exit(found.exit_status)
