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
    plan_of,
    say,
    say_verdict,
    show_runs,
    simulators_of,
    source_of,
    workflow_of,
    write_files,
)

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement


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
    workflow = workflow_of(plan_of(time_limit, fresh, jobs, python))
    runs = workflow.run(source, simulators, Settings(numerics, threads))
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
    from dataclasses import replace

    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.results_folder import check_folder, load_results, save_results

    check_places(report, json, junit)
    if output:
        check_folder(output)

    def verdict(found: Agreement) -> None:
        """Print and save the verdict: what follows may take minutes, or be interrupted."""
        show_agreement(found)
        if output:
            write_files(("Results", output, partial(save_results, runs)))
        write_files(("JSON", json, found.to_json), ("JUnit", junit, found.to_junit))

    workflow = replace(workflow_of(plan_of(time_limit, fresh, jobs, python)), compared=verdict)
    if Path(model).is_dir():
        runs = load_results(model)
        show_runs(runs)
    else:
        simulators = simulators_of(on)
        runs = workflow.run(source_of(model, arguments, set_, simulators), simulators, Settings(numerics, threads))
    agreement = workflow.compare(runs, transient)
    show_causes(agreement)
    if agreement.causes:  # what was written has none
        agreement.to_json(json) if json else None
        agreement.to_junit(junit) if junit else None
    write_files(("Report", report, partial(agreement.to_html, command=command_line())))
    raise typer.Exit(agreement.exit_status)


def show_agreement(agreement: Agreement) -> None:
    """The verdict on every pair, and on all."""
    for pair in agreement.pairs:
        say(f"{pair.title}: {pair.verdict.text}")
    verdict = agreement.verdict
    say_verdict(verdict.headline, verdict.outcome)
    if not agreement.pairs:
        say(verdict.evidence)
        say(verdict.next_step)


def show_causes(agreement: Agreement) -> None:
    """Why pairs differ, where that was shown."""
    for pair in agreement.causes:
        say(f"{pair.title}: {pair.verdict.headline}. Cause: {pair.verdict.cause}")
