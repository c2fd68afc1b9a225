"""``unisono run`` and ``unisono compare``: one network on several simulators."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands.common import (
    COLOURS,
    Arguments,
    Fresh,
    Jobs,
    Model,
    Numerics,
    On,
    Python,
    Set,
    Threads,
    TimeLimit,
    command_line,
    console,
    plan_of,
    problems,
    runs_of,
    simulators_of,
    source_of,
)

if TYPE_CHECKING:
    from unisono.adapters.results import Runs
    from unisono.validation.agreement import Agreement


def run(
    model: Model,
    arguments: Arguments = None,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder of the results.")] = None,
    nix: Annotated[bool, typer.Option("--nix", help="Also write each run as a NIX file.")] = False,
    numerics: Numerics = "matched",
    threads: Threads = 1,
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Run a model on several simulators and write a folder of results."""
    from unisono.adapters.base import Settings
    from unisono.adapters.results_folder import check_folder, save_results

    folder = output or Path("results") / Path(model).stem
    check_folder(folder)
    simulators = simulators_of(on)
    source = source_of(model, arguments, set_, simulators)
    runs = runs_of(source, simulators, Settings(numerics, threads), plan_of(time_limit, fresh, jobs, python))
    _show(runs)
    save_results(runs, folder, nix)
    console.print(f"Results: {folder}", markup=False, highlight=False)
    raise typer.Exit(0 if all(r.status == "ok" for r in runs.values()) else 1)


def compare(
    model: Model,
    arguments: Arguments = None,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML report.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the comparison as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the comparison as JUnit XML.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Also write a folder of results.")] = None,
    transient: Annotated[float, typer.Option(min=0, help="Time cut before statistics, ms.")] = 500.0,
    numerics: Numerics = "matched",
    threads: Threads = 1,
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Run a model on several simulators and judge whether they agree (exit status 0 yes, 1 no, 2 cannot tell)."""
    from unisono.adapters import execution
    from unisono.adapters.base import Settings
    from unisono.adapters.results_folder import check_folder, load_results, save_results
    from unisono.validation.agreement import compare as judge

    plan = plan_of(time_limit, fresh, jobs, python)
    if output:
        check_folder(output)
    if Path(model).is_dir():
        runs = load_results(model)
    else:
        simulators = simulators_of(on)
        source = source_of(model, arguments, set_, simulators)
        runs = runs_of(source, simulators, Settings(numerics, threads), plan)
    _show(runs)
    execute = partial(execution.run, plan=plan)
    announce = partial(console.print, markup=False, highlight=False)
    agreement = judge(runs, transient=transient, execute=execute, announce=announce)
    _show_agreement(agreement)
    if output:
        save_results(runs, output)
    command = command_line()
    for path, write in (
        (json, agreement.to_json),
        (junit, agreement.to_junit),
        (report, partial(agreement.to_html, command=command)),
    ):
        if path:
            write(path)
    for what, path in (("Results", output), ("JSON", json), ("JUnit", junit), ("Report", report)):
        if path:
            console.print(f"{what}: {path}", markup=False, highlight=False)
    raise typer.Exit(agreement.exit_status)


def _show(runs: Runs) -> None:
    from unisono.display import failures, runs_table

    console.print(runs_table(runs))
    failures(problems, runs)


def _show_agreement(agreement: Agreement) -> None:
    for pair in agreement.pairs:
        console.print(f"{pair.a} and {pair.b}: {pair.describe()}", markup=False, highlight=False)
    colour = COLOURS[agreement.exit_status]
    console.print(f"Verdict: [bold {colour}]{agreement.verdict}[/]")
