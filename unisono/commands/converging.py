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
    conclude,
    console,
    executor_of,
    pairs_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    titled,
    write_files,
)
from unisono.models.words import listed


def converge(
    model: options.Model,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    report: Annotated[
        Path | None, options.file_option("--report", help="Write an HTML page with table and figure.")
    ] = None,
    figure: Annotated[Path | None, options.file_option("--figure", help="Write the figure (.svg, .pdf, .png).")] = None,
    json: options.Json = None,
    numerics: options.Numerics = "matched",
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Measure the order of a model's errors against exact spike times.

    Exit status: 0 the orders are right; 1 one is wrong; 2 cannot tell.
    """
    from unisono.display import orders_table
    from unisono.studies import converge as measured
    from unisono.table_layout import show_table
    from unisono.validation.verdict import Outcome

    check_places(report, figure, json, inputs=[model])
    simulators = simulators_of(on)
    source_of(model, None, set_, simulators, number)
    executor = executor_of(time_limit, fresh, jobs, python)
    set_options = pairs_of(set_, "--set")
    found = measured(
        model,
        simulators,
        numerics=numerics,
        number=number,
        executor=executor,
        announce=say,
        progress=None,
        **set_options,
    )
    show_table(console, orders_table(found))
    for order in found.orders:
        if order.reason:
            say(f"{order.simulator}, {order.quantity}: {order.reason}")
    say_verdict(found.verdict, Outcome(found.exit_status))
    written = write_files(
        ("JSON", json, found.to_json),
        ("Figure", figure, found.to_figure),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    conclude(f"Measured the order of {model} on {listed(map(titled, simulators))}: {found.verdict}.", written)
    raise typer.Exit(found.exit_status)
