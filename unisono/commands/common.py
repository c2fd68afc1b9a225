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

from unisono.models.errors import NetworkError, OutputError, UsageError
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


#: What a command shows on its way; the result; warnings and errors.
console = _Console(soft_wrap=True)
results = _Console(soft_wrap=True)
problems = _Console(stderr=True, soft_wrap=True)

#: What ``-v`` asks for.
_verbose = False


def show_more(quiet: bool, verbose: bool) -> None:
    """Print the result and errors only, or also what workers do, their logs and tracebacks.

    Raises
    ------
    UsageError
        If both are asked for.
    """
    global _verbose
    if quiet and verbose:
        raise UsageError("--quiet and --verbose exclude each other.", "Choose one of them.")
    console.quiet, _verbose = quiet, verbose


def is_verbose() -> bool:
    """Whether ``-v`` was given."""
    return _verbose


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


def warn(text: str) -> None:
    """Print a warning, unless only the result and errors are asked for."""
    if not console.quiet:
        complain(f"unisono: warning: {text}", "yellow")


def conclude(text: str, files: Sequence[str] = (), colour: str = "") -> None:
    """Print the last line of a command: what it did, and where the result lies."""
    end = f" {'; '.join(files)}" if files else ""
    results.print(shown(f"{text}{end}"), markup=False, highlight=False, style=f"bold {colour}" if colour else "")


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


def write_files(*files: tuple[str, Path | None, Callable[[Path], object]]) -> list[str]:
    """Write the files that were asked for.

    Parameters
    ----------
    files : (str, Path or None, callable)
        What it is, where it goes (None where it was not asked for), and what writes it there.

    Returns
    -------
    list of str
        What each is, and where, for :func:`conclude`.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    written = []
    for what, path, write in files:
        if path is not None:
            write(path)
            written.append(f"{what}: {path}")
    return written


def simulators_of(on: str, settings_twice: bool = False) -> list[str]:
    """The simulators of a list, all registered; each may carry its own settings, as in ``genn:single``.

    Parameters
    ----------
    on : str
    settings_twice : bool
        Whether a simulator may be there with several settings, as in ``nest,nest:native``.

    Raises
    ------
    UnknownName
        If one does not exist.
    UsageError
        If none is named, or one twice.
    """
    from unisono.adapters import registry
    from unisono.adapters.contract import Settings

    simulators = [name.strip() for name in on.split(",") if name.strip()]
    if not simulators:
        raise UsageError("No simulator is named.", f"Choose one or more of: {', '.join(registry.names())}.")
    named: dict[str, str] = {}
    for text in simulators:
        name, settings = Settings().named(text)
        registry.get(name)
        label = settings.name_of(name)
        if named.setdefault(label if settings_twice else name, label) != label:
            raise UsageError(
                f"'{name}' is named twice, with different settings.",
                "Name it once; 'unisono ensemble' compares settings of one simulator.",
            )
    if repeated := next((text for text in simulators if simulators.count(text) > 1), ""):
        raise UsageError(f"'{repeated}' is named twice.", "Name each simulator once.")
    return simulators


def titled(text: str) -> str:
    """A simulator of a command line in a sentence: ``NEST``, ``NEST (native)``."""
    from unisono.adapters.registry import title

    name, _, settings = text.partition(":")
    return title(name) + (f" ({settings.replace(':', ', ')})" if settings else "")


def compared_of(on: str) -> list[str]:
    """The simulators of a comparison, which takes two.

    Raises
    ------
    UnknownName
        If one does not exist.
    UsageError
        If fewer than two are named, or one twice.
    """
    simulators = simulators_of(on)
    if len(simulators) < 2:
        (only,) = simulators
        other = next(name for name in ("nest", "brian2") if name != only.partition(":")[0])
        raise UsageError(
            f"One simulator cannot be compared, and only '{only}' is named.",
            f"Name another one, as in --on {only},{other}; 'unisono run' runs one.",
        )
    return simulators


def source_of(
    model: str,
    arguments: Sequence[str] | None,
    set_: Sequence[str] | None,
    simulators: Sequence[str],
    number: int | None = None,
) -> ModelSource:
    """The model that a command line names.

    Raises
    ------
    UnknownName
        If there is no such model or option.
    UsageError
        If an option cannot have its value.
    """
    from unisono.adapters.runtime.loading import ModelSource, file_of
    from unisono.models.library import LIBRARY

    options = pairs_of(set_, "--set")
    if model in LIBRARY:
        try:
            LIBRARY[model].options.read(options)
        except NetworkError as error:
            raise UsageError(error.message, error.remedy) from error
    else:
        file_of(model)
    return ModelSource(model, options, tuple(arguments or ()), simulators[0], number)


def workflow_of(executor: Executor) -> Workflow:
    """A workflow that shows its progress on the terminal."""
    from unisono.display import progress, script_progress
    from unisono.validation.workflow import Workflow

    watch = partial(progress, console, lines=is_verbose())
    return Workflow(executor, watch, say, partial(script_progress, console), introduce, show_runs)


def networks_of(workflow: Workflow, source: ModelSource, settings: Settings) -> tuple[Loaded, ...]:
    """Load a model, and warn of what its script does otherwise than it says, and of what is unseeded."""
    found = workflow.load(source, settings)
    for warning in found[0].warnings:
        warn(warning)
    if found[0].unseeded:
        warn(
            "The fingerprint will not repeat: the script draws random numbers without a seed. "
            f"Unseeded: {'; '.join(found[0].unseeded)}."
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
        warn(str(warning))


def show_runs(runs: Runs) -> None:
    """The table of runs, what is special about them, and why runs failed; with ``-v`` what simulators printed."""
    from unisono.display import failures, notes, runs_table
    from unisono.table_layout import show_table

    show_table(console, runs_table(runs))
    notes(console, runs)
    if is_verbose():
        for name, run in runs.items():
            for line in run.log.splitlines():
                say(f"{name} | {line}")
    failures(problems, runs)


def executor_of(time_limit: float | None, fresh: bool, jobs: int, python: Sequence[str] | None) -> Executor:
    """What carries out the runs of a command.

    Raises
    ------
    UnknownName
        If an interpreter is given for a simulator that does not exist.
    UsageError
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
    UsageError
        If one is of another form.
    """
    pairs = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(f"'{option} {text}' is not of the form NAME=VALUE.", f"Write {option} NAME=VALUE.")
        pairs[name] = value
    return pairs


def command_line() -> str:
    """The command that was given."""
    return shlex.join(["unisono", *sys.argv[1:]])
