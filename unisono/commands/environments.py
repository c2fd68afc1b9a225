"""``unisono env``: separate environments for simulators whose packages clash with the others'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import completing
from unisono.commands.common import complain, conclude, console, say

if TYPE_CHECKING:
    from unisono.adapters.host.environments import Environment

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A simulator, as 'unisono doctor' lists them.", autocompletion=completing.environments
    ),
]
Interpreter = Annotated[
    str | None, typer.Option("--python", metavar="PATH", help="Interpreter to make it with; by default this one.")
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="FOLDER", help="Source tree of a simulator without a package.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Remove the environment and make it again.")]


def create(name: Name, python: Interpreter = None, source: Source = None, fresh: Fresh = False) -> None:
    """Make the environment of a simulator, go on where one was cut off, or bring one up to date."""
    from unisono.adapters import registry
    from unisono.adapters.host import environments
    from unisono.adapters.host.environment_builder import create as make

    adapter = registry.get(name)
    try:
        made = make(adapter, python, source, say, fresh)
    except KeyboardInterrupt:
        complain("The same command goes on from here.", "yellow")
        raise
    _describe(made)
    users = [n for n in registry.locations() if environments.name_for(registry.get(n)) == made.name]
    conclude(f"{' and '.join(users)} {'run' if len(users) > 1 else 'runs'} in it from now on: {made.folder}")


def list_() -> None:
    """List the environments, what is in them, and where they are."""
    from unisono.adapters.host import environments

    names = environments.names()
    for name in names:
        found = environments.made(name)
        if found is not None:
            _describe(found)
            continue
        console.print(f"[bold red]incomplete[/] {name}", highlight=False)
        say(f"  {environments.root() / name}")
        say(f"  to go on: unisono env create {name}")
    hint = "" if names else " Make one: unisono env create NAME"
    conclude(f"{len(names) or 'No'} environments in {environments.root()}.{hint}")


def remove(name: Name) -> None:
    """Remove the environment of a simulator."""
    from unisono.adapters import registry
    from unisono.adapters.host import environments

    if name not in environments.names() and name in registry.locations():
        name = environments.name_for(registry.get(name))
    freed = environments.remove(name, say)
    conclude(f"Removed {environments.root() / name}: {freed / 1e6:.0f} MB.")


def _describe(made: Environment) -> None:
    from unisono.adapters.host.environments import size_of

    console.print(f"[green]ready[/]     {made.name}", highlight=False)
    say(f"  {made.folder}, {size_of(made.folder) / 1e6:.0f} MB")
    say(f"  {', '.join(f'{name} {version}' for name, version in made.main_versions().items())}")
    if made.source is not None:
        say(f"  source tree: {made.source}")
