"""``unisono run`` and ``unisono compare``: one network on several simulators."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    console,
    plan_of,
    problems,
    runs_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    write_files,
)

if TYPE_CHECKING:
    from unisono.adapters.runtime.results import Runs


def run(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder of the results.")] = None,
    nix: Annotated[bool, typer.Option("--nix", help="Also write each run as a NIX file.")] = False,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Run a model on several simulators and write a folder of results (exit status 0 all ran, 2 one failed)."""
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.results_folder import check_folder, save_results

    folder = output or Path("results") / Path(model).stem
    check_folder(folder)
    simulators = simulators_of(on)
    source = source_of(model, arguments, set_, simulators)
    runs = runs_of(source, simulators, Settings(numerics, threads), plan_of(time_limit, fresh, jobs, python))
    _show(runs)
    write_files(("Results", folder, partial(save_results, runs, nix=nix)))
    raise typer.Exit(0 if all(r.status == "ok" for r in runs.values()) else 2)


def compare(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    report: options.Report = None,
    json: options.Json = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the comparison as JUnit XML.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Also write a folder of results.")] = None,
    transient: options.Transient = options.TRANSIENT,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Run a model on several simulators and judge whether they agree (exit status 0 yes, 1 no, 2 cannot tell)."""
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime import executor as execution
    from unisono.adapters.runtime.results_folder import check_folder, load_results, save_results
    from unisono.validation.compare.agreement import compare as judge

    check_places(report, json, junit)
    if output:
        check_folder(output)
    plan = plan_of(time_limit, fresh, jobs, python)
    if Path(model).is_dir():
        runs = load_results(model)
    else:
        simulators = simulators_of(on)
        runs = runs_of(source_of(model, arguments, set_, simulators), simulators, Settings(numerics, threads), plan)
    _show(runs)
    agreement = judge(runs, transient=transient, execute=partial(execution.run, plan=plan), announce=say)
    for pair in agreement.pairs:
        say(f"{pair.a} and {pair.b}: {pair.describe()}")
    say_verdict(agreement.verdict, agreement.exit_status)
    write_files(
        ("Results", output, partial(save_results, runs)),
        ("JSON", json, agreement.to_json),
        ("JUnit", junit, agreement.to_junit),
        ("Report", report, partial(agreement.to_html, command=command_line())),
    )
    raise typer.Exit(agreement.exit_status)


def _show(runs: Runs) -> None:
    from unisono.display import failures, runs_table

    console.print(runs_table(runs))
    failures(problems, runs)
