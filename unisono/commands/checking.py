"""``unisono check`` and ``unisono init``: the gate of a repository."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    conclude,
    console,
    executor_of,
    say,
    simulators_of,
    source_of,
    write_files,
)
from unisono.models.errors import UnisonoError

if TYPE_CHECKING:
    from unisono.adapters.runtime.executor import Listener
    from unisono.ci.result import Gate
    from unisono.ci.selftest import InjectedFault

#: Lines about a model that are printed below the first; the report has all.
DETAILS = 4

#: Folder that `unisono run` writes results to where none is named.
RESULTS = "results"


def check(
    configuration: Annotated[Path, typer.Argument(help="The configuration.")] = Path("unisono.toml"),
    model: Annotated[list[str] | None, typer.Option("--model", help="Check only the model of this name.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Folder of the report.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write the result as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Also write the result as JUnit XML.")] = None,
    summary: Annotated[
        Path | None, typer.Option("--summary", help="Append the result as Markdown, as to $GITHUB_STEP_SUMMARY.")
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Replace the baseline by the results, and list the changes.")
    ] = False,
    because: Annotated[str, typer.Option("--because", help="Why the baseline changes, for its history.")] = "",
    selftest: Annotated[
        str, typer.Option("--selftest", metavar="FAULT", help="An injected fault: the gate must turn red.")
    ] = "",
    on_simulator: Annotated[str, typer.Option("--on-simulator", help="The simulator that has the fault.")] = "",
    github: options.GitHub = False,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Simulators that run at the same time.")] = None,
    python: options.Python = None,
) -> None:
    """Check the models of a repository against what it requires (exit status 0 met, 1 not met, 2 cannot tell)."""
    from unisono.ci import annotations, markdown, output, updating
    from unisono.ci import configuration as configurations
    from unisono.ci.check import CheckContext
    from unisono.ci.check import check as run_check

    injected = _injected(selftest, on_simulator, update_baseline)
    if because and not update_baseline:
        raise UnisonoError("--because says why the baseline changes.", "Give --update-baseline with it.")
    try:
        required = configurations.read(configuration)
        required.only(model or ())
        entries = None if injected else updating.recorded(required)
    except UnisonoError as error:
        if github:
            sys.stdout.write(annotations.of_error(str(error), configuration))
        if summary:
            output.append(markdown.problem(str(error)), summary)
        raise
    folder = report or required.report
    files = [folder / name for name in (output.PAGE, output.JSON, output.JUNIT, output.SUMMARY, output.SARIF)]
    inputs: list[str | Path] = [configuration, required.baseline, *(one.source.model for one in required.models)]
    check_places(*files, inputs=inputs)
    check_places(json, junit, summary, inputs=[*inputs, files[0]])
    plan = executor_of(time_limit, fresh, jobs or required.jobs or 1, python)
    gate = run_check(required, CheckContext(plan, say, _watch, injected), model or ())
    if update_baseline:
        update = updating.Update(because)
        gate = updating.updated(gate, required, entries, update, every=not model)
    elif not injected:
        gate = updating.compared(gate, required, entries)
    _show(gate, folder / output.PAGE)
    if github:
        sys.stdout.write(annotations.of_gate(gate))
    written = write_files(
        ("JSON", json, partial(output.save_json, gate)),
        ("JUnit", junit, partial(output.save_junit, gate)),
        ("Summary", summary, partial(output.append_summary, gate)),
    )
    output.write(gate, folder, command_line())
    conclude(gate.summary, [f"Report: {folder / output.PAGE}", *written], gate.answer.colour)
    raise typer.Exit(gate.exit_status)


def init(
    model: Annotated[str, typer.Argument(help="A PyNN script (.py), a library model or a network file (.h5).")],
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The configuration.")] = Path("unisono.toml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing configuration.")] = False,
) -> None:
    """Write a commented unisono.toml for a model, an entry for each network, and what git should ignore."""
    from unisono.ci.configuration import FILE, REPORT
    from unisono.ci.ignoring import ignore
    from unisono.ci.starting import start
    from unisono.display import network_line

    simulators = simulators_of(on)
    check_places(output, inputs=[model])
    for network in start(source_of(model, arguments, set_, simulators, number), output, simulators, force):
        say(network_line(network))
    path, added = ignore(output.parent, (f"{REPORT}/", f"{RESULTS}/"))
    if added:
        say(f"Added to {path}: {', '.join(added)}")
    conclude(f"Configuration: {output}. Next: unisono check{'' if output == Path(FILE) else f' {output}'}")


def _injected(name: str, simulator: str, updates: bool) -> InjectedFault | None:
    from unisono.ci.selftest import InjectedFault
    from unisono.validation.faults.faults import fault_named

    if not name and not simulator:
        return None
    if not name or not simulator:
        raise UnisonoError(
            "A self-test takes a fault and a simulator.", 'As in: --selftest "delay + 1 step" --on-simulator nest.'
        )
    if updates:
        raise UnisonoError("A self-test does not change the baseline.", "Leave out --update-baseline.")
    return InjectedFault(fault_named(name), simulators_of(simulator)[0])


def _watch(simulators: Sequence[str]) -> AbstractContextManager[Listener]:
    from unisono.display import progress

    return progress(console, simulators)


def _show(gate: Gate, report: Path) -> None:
    """A line for each model, the next command, and the first of the details."""
    from unisono.ci.answer import Answer
    from unisono.ci.story import story

    for model in gate.models:
        told = story(model, gate)
        tell = say if model.answer is Answer.MET else complain  # with -q, what is not met alone
        tell(f"{model.answer.sign} {model.name}: {told.line}", model.answer.colour)
        # what a changed model changes is for the one who accepts it
        first = () if model.answer is Answer.MODEL_CHANGED else told.details[:DETAILS]
        for text in first:
            tell(f"  {text}")
        if more := len(told.details) - len(first):
            tell(f"  {more} more line{'s' if more > 1 else ''} in {report}")
        if told.next_step:
            tell(f"  Next: {told.next_step}", "bold")
    for note in gate.notes:
        say(f"Baseline: {note}")
