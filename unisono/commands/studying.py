"""``unisono ensemble``: are simulators equivalent where spikes cannot be the same?"""

from __future__ import annotations

import json as json_format
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    console,
    executor_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    write_files,
)
from unisono.models.errors import UnisonoError

if TYPE_CHECKING:
    from unisono.adapters.contract import Settings
    from unisono.validation.ensembles.rows import Side
    from unisono.validation.ensembles.study import Protocol

Sides = Annotated[
    str,
    typer.Option(
        "--on", help="Sides, separated by commas: SIMULATOR, SIMULATOR:native, SIMULATOR:euler, SIMULATOR:single."
    ),
]


def ensemble(
    model: options.Model,
    arguments: options.Arguments = None,
    on: Sides = options.SIMULATORS,
    base: Annotated[str | None, typer.Option(help="Reference configuration; the first by default.")] = None,
    set_: options.Set = None,
    network: options.Number = None,
    runs: Annotated[str, typer.Option(metavar="N|auto", help="Runs of each; auto: as many as are needed.")] = "auto",
    pilot: Annotated[int, typer.Option(min=3, help="Pilot seeds, which fix margins and number of runs.")] = 20,
    seeds: Annotated[int, typer.Option(min=0, metavar="FIRST", help="The first seed.")] = 1,
    executor: Annotated[
        str | None, typer.Option(help="Where it runs: local:N (N networks at once) or dask://HOST:PORT.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="The same as --executor local:N.")] = 1,
    report: options.Report = None,
    json: options.Json = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table of runs as CSV.")] = None,
    transient: options.Transient = options.TRANSIENT,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    python: options.Python = None,
) -> None:
    """Judge from many seeds whether simulators are equivalent (exit status 0 yes, 1 different, 2 cannot tell)."""
    from unisono.adapters.contract import Settings
    from unisono.display import equivalence_table, study_progress
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
        console.print(equivalence_table(pair))
        say(f"{pair.a} and {pair.b}: {pair.verdict}. {pair.reason}")
    say_verdict(found.verdict, Outcome(found.exit_status))
    write_files(
        ("JSON", json, found.to_json),
        ("CSV", csv, found.to_csv),
        ("Report", report, partial(found.to_html, command=command_line())),
    )
    raise typer.Exit(found.exit_status)


def sides_of(on: str, settings: Settings) -> list[Side]:
    """The sides named, of simulators that there are."""
    from unisono.validation.ensembles.rows import Side

    sides = [Side.parse(text, settings) for text in on.split(",") if text.strip()]
    simulators_of(",".join(side.simulator for side in sides))
    return sides


def number_of(text: str) -> int | None:
    """A number of runs; None for ``auto``.

    Raises
    ------
    UnisonoError
        If it is neither.
    """
    if text == "auto":
        return None
    if not text.isdecimal():
        raise UnisonoError(f"'--runs {text}' is neither a number nor 'auto'.", "Write --runs auto, or as --runs 40.")
    return int(text)


def write_plan(protocol: Protocol, path: Path | None) -> None:
    """Write down what was fixed before the runs that are tested; the result takes its place."""
    from unisono.models.files import is_stream, save_text

    if path is not None and not is_stream(path):
        save_text(path, json_format.dumps({"verdict": None, "protocol": protocol.to_dict()}, indent=1) + "\n")
