"""What the commands share: options, consoles, and the way from a command line to runs."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from unisono.models.errors import UnisonoError, UnknownName

if TYPE_CHECKING:
    from unisono.adapters.base import Settings
    from unisono.adapters.execution import Plan
    from unisono.adapters.loading import ModelSource
    from unisono.adapters.results import Runs

console = Console(soft_wrap=True)
problems = Console(stderr=True, soft_wrap=True)

#: Colour of a verdict by exit status.
COLOURS = {0: "green", 1: "red", 2: "yellow"}

Model = Annotated[
    str, typer.Argument(help="A library model, a PyNN script (.py), a network file (.h5) or a folder of results.")
]
Arguments = Annotated[list[str] | None, typer.Argument(help="Arguments of the script.")]
On = Annotated[
    str, typer.Option("--on", help="Simulators, separated by commas; the first answers a script's requests for data.")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of a library model.")]
Numerics = Annotated[str, typer.Option(help="'matched': the same on all simulators; 'native': each one's own.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of each simulation.")]
TimeLimit = Annotated[float | None, typer.Option(help="Seconds a run may take.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Repeat runs that are known.")]
Jobs = Annotated[int, typer.Option(min=1, help="Simulators that run at once.")]
Python = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="SIMULATOR=PATH", help="Interpreter of a simulator's environment."),
]


def simulators_of(on: str) -> list[str]:
    """The simulators named, all of which there are."""
    from unisono.adapters import registry

    simulators = [name.strip() for name in on.split(",") if name.strip()]
    if not simulators:
        raise UnknownName("No simulator was named.", f"Available are: {', '.join(registry.names())}.")
    for name in simulators:
        registry.get(name)
    return simulators


def source_of(
    model: str, arguments: Sequence[str] | None, options: Sequence[str] | None, simulators: Sequence[str]
) -> ModelSource:
    """The model that a command line names."""
    from unisono.adapters.loading import ModelSource

    return ModelSource(model, pairs_of(options, "--set"), tuple(arguments or ()), simulators[0])


def runs_of(source: ModelSource, simulators: Sequence[str], settings: Settings, plan: Plan) -> Runs:
    """Capture the model and run it, with progress."""
    from unisono.adapters import execution
    from unisono.adapters.loading import coarse_steps
    from unisono.display import network_line, progress

    network = source.network(settings, plan)
    console.print(network_line(network), markup=False, highlight=False)
    for warning in coarse_steps(network):
        problems.print(f"unisono: warning: {warning}", markup=False, highlight=False, style="yellow")
    with progress(console, simulators) as listener:
        return execution.run(network, simulators, settings, replace(plan, listener=listener))


def plan_of(time_limit: float | None, fresh: bool, jobs: int, python: Sequence[str] | None) -> Plan:
    """How the runs of a command are carried out."""
    from unisono.adapters.execution import Plan

    return Plan(time_limit=time_limit, interpreters=pairs_of(python, "--python"), fresh=fresh, jobs=jobs)


def pairs_of(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping."""
    pairs = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UnisonoError(f"'{option} {text}' is not of the form NAME=VALUE.")
        pairs[name] = value
    return pairs


def command_line() -> str:
    """The command that was given."""
    return shlex.join(["unisono", *sys.argv[1:]])
