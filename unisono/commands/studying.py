"""``unisono ensemble``: are simulators equivalent where spikes cannot be the same?"""

from __future__ import annotations

import json as json_format
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import completing, options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    conclude,
    console,
    executor_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    write_files,
)
from unisono.models.errors import UsageError
from unisono.models.words import listed

if TYPE_CHECKING:
    from unisono.adapters.contract import Settings
    from unisono.validation.ensembles.rows import Side
    from unisono.validation.ensembles.study import Protocol

Sides = Annotated[
    str,
    options.simulation_option(
        "--on",
        metavar="SIDE,...",
        help="Sides, separated by commas: SIMULATOR, SIMULATOR:native, SIMULATOR:euler, SIMULATOR:single.",
        autocompletion=completing.simulators,
    ),
]


Base = Annotated[
    str | None, options.judgement_option(metavar="SIDE", help="Reference configuration; the first by default.")
]
Runs = Annotated[str, options.judgement_option(metavar="N|auto", help="Runs of each; auto: as many as are needed.")]
Pilot = Annotated[
    int, options.judgement_option(min=3, metavar="N", help="Pilot seeds, which fix margins and number of runs.")
]


def ensemble(
    model: options.Model,
    arguments: options.Arguments = None,
    on: Sides = options.SIMULATORS,
    base: Base = None,
    set_: options.Set = None,
    network: options.Number = None,
    runs: Runs = "auto",
    pilot: Pilot = 20,
    seeds: Annotated[int, options.judgement_option(min=0, metavar="FIRST", help="The first seed.")] = 1,
    executor: options.Executor = None,
    jobs: Annotated[int, options.execution_option(min=1, metavar="N", help="The same as --executor local:N.")] = 1,
    report: options.Report = None,
    json: options.Json = None,
    csv: options.Csv = None,
    transient: options.Transient = options.TRANSIENT,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    python: options.Python = None,
) -> None:
    """Judge from many seeds whether simulators are equivalent.

    Exit status: 0 equivalent; 1 different; 2 cannot tell.
    """
    from unisono.adapters.contract import Settings
    from unisono.display import equivalence_table, study_progress
    from unisono.table_layout import show_table
    from unisono.validation.ensembles.study import study
    from unisono.validation.verdict import Outcome

    check_places(report, json, csv, inputs=[model])
    sides, number = sides_of(on, Settings(numerics, threads)), number_of(runs)
    with study_progress(console) as (listener, announce):
        found = study(
            source_of(model, arguments, set_, [side.simulator for side in sides], network),
            sides,
            base=base,
            runs=number,
            pilot=pilot,
            first_seed=seeds,
            transient=transient,
            executor=executor_of(time_limit, fresh, 1, python),
            pool=executor or f"local:{jobs}",
            announce=announce,
            listener=listener,
            planned=partial(write_plan, path=json),
        )
    for row in (*found.pilots.failed, *found.table.failed):
        complain(f"unisono: {row.side}, seed {row.case.seed}: {row.error}")
    for pair in found.pairs:
        show_table(console, equivalence_table(pair))
        say(f"{pair.a} and {pair.b}: {pair.verdict}. {pair.reason}")
    say_verdict(found.verdict, Outcome(found.exit_status))
    written = write_files(
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    names = listed(side.label for side in sides)
    conclude(f"Compared {Path(model).stem} on {names}, {len(found.table.rows)} runs: {found.verdict}.", written)
    raise typer.Exit(found.exit_status)


def sides_of(on: str, settings: Settings) -> list[Side]:
    """The sides named, of simulators that there are."""
    from unisono.validation.ensembles.rows import Side

    sides = [Side.parse(text, settings) for text in on.split(",") if text.strip()]
    simulators_of(on, settings_twice=True)
    return sides


def number_of(text: str) -> int | None:
    """A number of runs; None for ``auto``.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if text == "auto":
        return None
    if not text.isdecimal():
        raise UsageError(f"'--runs {text}' is neither a number nor 'auto'.", "Write --runs auto, or as --runs 40.")
    return int(text)


def write_plan(protocol: Protocol, path: Path | None) -> None:
    """Write down what was fixed before the runs that are tested; the result takes its place."""
    from unisono.models.files import is_stream, save_text

    if path is not None and not is_stream(path):
        save_text(path, json_format.dumps({"verdict": None, "protocol": protocol.to_dict()}, indent=1) + "\n")
