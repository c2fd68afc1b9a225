"""``unisono explore`` and ``unisono curve``: what a model does as its parameters, or the current into a cell, vary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    console,
    executor_of,
    pairs_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    write_files,
)
from unisono.models.errors import UnisonoError

Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="NAME=FIRST:LAST:STEP",
        help="An option, or a script's {NAME}, and its values; also NAME=VALUE,VALUE. Once or twice.",
    ),
]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the table as CSV.")]


def explore(
    model: options.Model,
    arguments: options.Arguments = None,
    vary: Vary = None,
    on: Annotated[
        str, typer.Option("--on", help="The simulator, optionally with settings, as in nest:native.")
    ] = "nest",
    set_: options.Set = None,
    network: options.Number = None,
    population: Annotated[str, typer.Option(help="The population that maps show; the largest by default.")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML page of maps.")] = None,
    json: options.Json = None,
    csv: Csv = None,
    transient: options.Transient = options.TRANSIENT,
    jobs: Annotated[int, typer.Option(min=1, help="Points that run at the same time.")] = 1,
    executor: Annotated[
        str | None, typer.Option(help="Where it runs: local:N (N points at once) or dask://HOST:PORT.")
    ] = None,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    python: options.Python = None,
) -> None:
    """Run a model over a range of one option or two, and map rates, regimes and mean-field predictions.

    Exit status 0: every point ran; 2: one failed. Finished points are cached.
    """
    from unisono.adapters.contract import Settings
    from unisono.display import exploration_table, study_progress
    from unisono.validation.ensembles.rows import Side
    from unisono.validation.exploration.axes import parse_axes
    from unisono.validation.exploration.exploration import explore as explored

    check_places(report, json, csv, inputs=[model])
    simulators = simulators_of(on)
    if len(simulators) > 1:
        raise UnisonoError(
            f"An exploration runs on one simulator, not {len(simulators)}.",
            "Explore on one; 'unisono compare' compares simulators at a point.",
        )
    source = source_of(model, arguments, set_, [Side.parse(simulators[0]).simulator], network)
    axes = parse_axes(vary or (), source.options)
    with study_progress(console) as (listener, _):
        found = explored(
            source,
            axes,
            side=Side.parse(simulators[0], Settings(numerics, threads)),
            population=population,
            transient=transient,
            executor=executor_of(time_limit, fresh, 1, python),
            pool=executor or f"local:{jobs}",
            listener=listener,
        )
    console.print(exploration_table(found))
    for point in found.points:
        if point.error:
            where = ", ".join(f"{name}={value}" for name, value in point.values.items())
            complain(f"unisono: {where}: {point.error}")
    write_files(
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    raise typer.Exit(found.exit_status)


def curve(
    cell: Annotated[str, typer.Argument(help="A cell model or a named parameter set ('unisono models --cells').")],
    on: options.On = options.SIMULATORS,
    current: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST:LAST:STEP", help="Currents, nA; by default up to twice one at which the cell fires."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the cell.")
    ] = None,
    dt: Annotated[float | None, typer.Option(help="Time step, ms; the model's recommended one by default.")] = None,
    duration: Annotated[float, typer.Option(help="Simulated time, ms.")] = 1000.0,
    transient: Annotated[float, typer.Option(min=0, help="Time cut before rates are measured, ms.")] = 200.0,
    report: options.Report = None,
    json: options.Json = None,
    csv: Csv = None,
    numerics: options.Numerics = "matched",
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Measure a cell's rate by the current into it, on several simulators (exit status 0 same, 1 not, 2 failed)."""
    from unisono.adapters.contract import Settings
    from unisono.display import curve_table, progress
    from unisono.validation.exploration.axes import parse_axis
    from unisono.validation.exploration.current_curve import CurveCell, current_curve

    check_places(report, json, csv)
    simulators = simulators_of(on)
    chosen = CurveCell.named(cell, **numbers_of(pairs_of(set_, "--set")))
    currents = () if current is None else parse_axis(f"current={current}").numbers
    executor = executor_of(time_limit, fresh, jobs, python)
    with progress(console, [text.partition(":")[0] for text in simulators]) as listener:
        found = current_curve(
            chosen,
            simulators,
            currents,
            dt=dt,
            duration=duration,
            transient=transient,
            settings=Settings(numerics),
            executor=replace(executor, listener=listener),
        )
    console.print(curve_table(found))
    for name, error in found.failed.items():
        complain(f"unisono: {name}: {error}")
    say(found.summary)
    say_verdict(found.verdict, found.verdict.outcome)
    write_files(
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    raise typer.Exit(found.exit_status)


def numbers_of(pairs: Mapping[str, str]) -> dict[str, float]:
    """Values of a cell's parameters.

    Raises
    ------
    UnisonoError
        If one is not a number.
    """
    found = {}
    for name, text in pairs.items():
        try:
            found[name] = float(text)
        except ValueError:
            raise UnisonoError(f"Parameter '{name}' must be a number, not '{text}'.") from None
    return found
