"""``unisono explore`` and ``unisono curve``: what a model does as its parameters, or the current into a cell, vary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from unisono.commands import completing, options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    conclude,
    console,
    executor_of,
    is_verbose,
    pairs_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    titled,
    write_files,
)
from unisono.models.errors import UsageError
from unisono.models.words import listed

Vary = Annotated[
    list[str] | None,
    options.model_option(
        "--vary",
        metavar="NAME=FIRST:LAST:STEP",
        help="An option, or a script's {NAME}, and its values; also NAME=VALUE,VALUE. Once or twice.",
    ),
]


On = Annotated[
    str,
    options.simulation_option(
        "--on",
        metavar="SIMULATOR",
        help="The simulator, optionally with settings, as in nest:native.",
        autocompletion=completing.simulators,
    ),
]
Population = Annotated[
    str, options.judgement_option(metavar="LABEL", help="The population that maps show; the largest by default.")
]


def explore(
    model: options.Model,
    arguments: options.Arguments = None,
    vary: Vary = None,
    on: On = "nest",
    set_: options.Set = None,
    network: options.Number = None,
    population: Population = "",
    report: Annotated[Path | None, options.file_option("--report", help="Write an HTML page of maps.")] = None,
    json: options.Json = None,
    csv: options.Csv = None,
    transient: options.Transient = options.TRANSIENT,
    jobs: Annotated[int, options.execution_option(min=1, metavar="N", help="Points that run at the same time.")] = 1,
    executor: options.Executor = None,
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
    from unisono.table_layout import show_table
    from unisono.validation.ensembles.rows import Side
    from unisono.validation.exploration.axes import parse_axes
    from unisono.validation.exploration.exploration import explore as explored

    check_places(report, json, csv, inputs=[model])
    simulators = simulators_of(on)
    if len(simulators) > 1:
        raise UsageError(
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
    show_table(console, exploration_table(found))
    for point in found.points:
        if point.error:
            where = ", ".join(f"{name}={value}" for name, value in point.values.items())
            complain(f"unisono: {where}: {point.error}")
    written = write_files(
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    failed = sum(bool(point.error) for point in found.points)
    what = f"Explored {Path(model).stem} on {titled(simulators[0])} at {len(found.points)} points"
    conclude(f"{what}{f'; points that failed: {failed}' if failed else ''}.", written)
    raise typer.Exit(found.exit_status)


Cell = Annotated[
    str,
    typer.Argument(
        metavar="CELL",
        help="A cell model or a named parameter set ('unisono models --cells').",
        autocompletion=completing.cells,
    ),
]
Current = Annotated[
    str | None,
    options.simulation_option(
        metavar="FIRST:LAST:STEP", help="Currents, nA; by default up to twice one at which the cell fires."
    ),
]
Set = Annotated[
    list[str] | None,
    options.model_option(
        "--set", metavar="NAME=VALUE", help="A parameter of the cell.", autocompletion=completing.parameters
    ),
]
Dt = Annotated[
    float | None,
    options.simulation_option(metavar="MS", help="Time step, ms; the model's recommended one by default."),
]
Transient = Annotated[
    float, options.judgement_option(min=0, metavar="MS", help="Time cut before rates are measured, ms.")
]


def curve(
    cell: Cell,
    on: options.On = options.SIMULATORS,
    current: Current = None,
    set_: Set = None,
    dt: Dt = None,
    duration: Annotated[float, options.simulation_option(metavar="MS", help="Simulated time, ms.")] = 1000.0,
    transient: Transient = 200.0,
    report: options.Report = None,
    json: options.Json = None,
    csv: options.Csv = None,
    numerics: options.Numerics = "matched",
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Measure a cell's rate by the current into it, on several simulators.

    Exit status: 0 the spikes are the same; 1 they are not; 2 a run failed.
    """
    from unisono.adapters.contract import Settings
    from unisono.display import curve_table, progress
    from unisono.table_layout import show_table
    from unisono.validation.exploration.axes import parse_axis
    from unisono.validation.exploration.current_curve import CurveCell, current_curve

    check_places(report, json, csv)
    simulators = simulators_of(on)
    chosen = CurveCell.named(cell, **numbers_of(pairs_of(set_, "--set")))
    currents = () if current is None else parse_axis(f"current={current}").numbers
    executor = executor_of(time_limit, fresh, jobs, python)
    with progress(console, [text.partition(":")[0] for text in simulators], lines=is_verbose()) as listener:
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
    show_table(console, curve_table(found))
    for name, error in found.failed.items():
        complain(f"unisono: {name}: {error}")
    say(found.summary)
    say_verdict(found.verdict, found.verdict.outcome)
    written = write_files(
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    conclude(f"Measured {cell} on {listed(map(titled, simulators))}: {found.verdict}.", written)
    raise typer.Exit(found.exit_status)


def numbers_of(pairs: Mapping[str, str]) -> dict[str, float]:
    """Values of a cell's parameters.

    Raises
    ------
    UsageError
        If one is not a number.
    """
    found = {}
    for name, text in pairs.items():
        try:
            found[name] = float(text)
        except ValueError:
            raise UsageError(f"Parameter '{name}' must be a number, not '{text}'.") from None
    return found
