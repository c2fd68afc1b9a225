"""What the commands share: consoles, the way from a command line to runs, and from results to files."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from unisono.models.errors import OutputError, UnisonoError, UnknownName
from unisono.models.files import check_output, is_stream

if TYPE_CHECKING:
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.executor import Executor
    from unisono.adapters.runtime.loading import Loaded, ModelSource
    from unisono.adapters.runtime.results import Runs
    from unisono.validation.verdict import Outcome
    from unisono.validation.workflow import Workflow


class _Console(Console):
    """A console whose reader may go away: then the command has failed, which is no disagreement."""

    def on_broken_pipe(self) -> None:
        with suppress(SystemExit):
            super().on_broken_pipe()
        sys.exit(2)


console = _Console(soft_wrap=True)
problems = _Console(stderr=True, soft_wrap=True)


def shown(text: str) -> str:
    """A text without control characters, of which no line is a command to the log of a CI service."""
    clean = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return re.sub(r"(?m)^(\s*)(::|##\[)", r"\1| \2", clean)


def say(text: str, style: str = "") -> None:
    """Print a line as it is."""
    console.print(shown(text), markup=False, highlight=False, style=style)


def complain(text: str, style: str = "") -> None:
    """Print a line as it is where errors go."""
    problems.print(shown(text), markup=False, highlight=False, style=style)


def say_verdict(verdict: str, outcome: Outcome) -> None:
    """Print a verdict in the colour of what it comes to."""
    console.print(f"Verdict: [bold {outcome.colour}]{verdict}[/]", highlight=False)


def check_places(*paths: Path | None, inputs: Sequence[str | Path] = ()) -> None:
    """See that files can be written before hours are spent on what goes into them.

    Parameters
    ----------
    paths : Path or None
        None for a file that was not asked for.
    inputs : sequence of str or Path
        What the command reads.

    Raises
    ------
    OutputError
        If one cannot be written, is an input, or is named twice.
    """
    read = {Path(name).resolve() for name in inputs}
    named: set[Path] = set()
    for path in filter(None, paths):
        check_output(path)
        if is_stream(path):
            continue
        place = path.resolve()
        if place in read:
            raise OutputError(f"Cannot write '{path}': the command reads it.", "Name another file.")
        if place in named:
            raise OutputError(f"Cannot write '{path}': it is named twice.", "Name another file.")
        named.add(place)


def write_files(*files: tuple[str, Path | None, Callable[[Path], object]]) -> None:
    """Write the files that were asked for, and say where each is.

    Parameters
    ----------
    files : (str, Path or None, callable)
        What it is, where it goes (None where it was not asked for), and what writes it there.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    for what, path, write in files:
        if path is not None:
            write(path)
            say(f"{what}: {path}")


def simulators_of(on: str) -> list[str]:
    """The simulators of a list, all registered; each may carry its own settings, as in ``genn:single``."""
    from unisono.adapters import registry
    from unisono.adapters.contract import Settings

    simulators = [name.strip() for name in on.split(",") if name.strip()]
    if not simulators:
        raise UnknownName("No simulator is given.", f"Choose one of: {', '.join(registry.names())}.")
    for text in simulators:
        registry.get(Settings().named(text)[0])
    return simulators


def source_of(
    model: str,
    arguments: Sequence[str] | None,
    set_: Sequence[str] | None,
    simulators: Sequence[str],
    number: int | None = None,
) -> ModelSource:
    """The model that a command line names."""
    from unisono.adapters.runtime.loading import ModelSource

    return ModelSource(model, pairs_of(set_, "--set"), tuple(arguments or ()), simulators[0], number)


def workflow_of(executor: Executor) -> Workflow:
    """A workflow that shows its progress on the terminal."""
    from unisono.display import progress, script_progress
    from unisono.validation.workflow import Workflow

    return Workflow(executor, partial(progress, console), say, partial(script_progress, console), introduce, show_runs)


def networks_of(workflow: Workflow, source: ModelSource, settings: Settings) -> tuple[Loaded, ...]:
    """Load a model, and warn of what its script does otherwise than it says, and of what is unseeded."""
    found = workflow.load(source, settings)
    for warning in found[0].warnings:
        complain(f"unisono: warning: {warning}", "yellow")
    if found[0].unseeded:
        complain(
            "unisono: warning: The fingerprint will not repeat: the script draws random numbers without a seed. "
            f"Unseeded: {'; '.join(found[0].unseeded)}.",
            "yellow",
        )
    return found


def introduce(loaded: Loaded) -> None:
    """Say what is about to run, and how it came about."""
    from unisono.adapters.registry import title
    from unisono.adapters.runtime.loading import coarse_steps
    from unisono.display import network_line

    if loaded.of > 1:
        console.print(f"\n[bold]Network {loaded.number} of {loaded.of}[/]")
    say(network_line(loaded.network))
    if loaded.driven_by:
        say(
            f"Inputs driven by {title(loaded.driven_by)}: the script read its data before the last run. The other "
            "simulators replay these inputs; --closed-loop lets each drive its own."
        )
    for warning in coarse_steps(loaded.network):
        complain(f"unisono: warning: {warning}", "yellow")


def show_runs(runs: Runs) -> None:
    """The table of runs, what is special about them, and why runs failed."""
    from unisono.display import failures, notes, runs_table

    console.print(runs_table(runs))
    notes(console, runs)
    failures(problems, runs)


def executor_of(time_limit: float | None, fresh: bool, jobs: int, python: Sequence[str] | None) -> Executor:
    """What carries out the runs of a command.

    Raises
    ------
    UnknownName
        If an interpreter is given for a simulator that does not exist.
    UnisonoError
        If the time limit is no time.
    """
    from unisono.adapters import registry
    from unisono.adapters.runtime.executor import Executor

    interpreters = pairs_of(python, "--python")
    for simulator in interpreters:
        registry.get(simulator)
    return Executor(time_limit=time_limit, interpreters=interpreters, fresh=fresh, jobs=jobs)


def pairs_of(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping.

    Raises
    ------
    UnisonoError
        If one is of another form.
    """
    pairs = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UnisonoError(f"'{option} {text}' is not of the form NAME=VALUE.", f"Write {option} NAME=VALUE.")
        pairs[name] = value
    return pairs


def command_line() -> str:
    """The command that was given."""
    return shlex.join(["unisono", *sys.argv[1:]])
