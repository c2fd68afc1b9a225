"""Commands that are imported when they are called, and what all of them take: ``-q``, ``-v``, ``-h``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from unisono.commands.catalogue import Entry, children, entry_of
from unisono.commands.exits import USAGE

#: Options that show the help.
HELP = {"help_option_names": ["-h", "--help"]}

#: The name of the whole, of which all others are commands.
ROOT = "unisono"

_DISPLAY = {
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print the result and errors only.")],
    "verbose": Annotated[
        bool, typer.Option("--verbose", "-v", help="Also print what each worker does, its log, and tracebacks.")
    ],
}


class Commands(TyperGroup):
    """The commands of the catalogue, all or those of a group; one is imported when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.place = "" if self.name in (None, ROOT) else str(self.name)
        for entry in children(self.place):
            name = entry.name.split()[-1]
            self.commands[name] = TyperCommand(
                name, help=entry.summary, rich_markup_mode="rich", rich_help_panel=entry.panel or None
            )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, its name, and its arguments."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, self.loaded(name) if found is not None and name else found, rest

    def loaded(self, name: str) -> TyperCommand | TyperGroup:
        """A command with its parameters, by its name in this group."""
        return loaded(f"{self.place} {name}".strip())


def loaded(name: str) -> TyperCommand | TyperGroup:
    """A command with its parameters, by its full name."""
    entry = entry_of(name)
    if entry.location.endswith(":"):
        found: Any = get_command(group_of(entry))
        return found  # type: ignore[no-any-return]
    app = typer.Typer(add_completion=False, context_settings=HELP)
    app.command(name=name.split()[-1], epilog=_examples(entry))(_with_display(_imported(entry.location)))
    found = get_command(app)
    return found  # type: ignore[no-any-return]


def _imported(location: str) -> Callable[..., None]:
    """The function at ``module:function``."""
    module, _, attribute = location.partition(":")
    function: Callable[..., None] = getattr(import_module(f"unisono.commands.{module}"), attribute)
    return function


def group_of(entry: Entry) -> typer.Typer:
    """A group of commands, as ``env``."""

    def alone(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None and entry.alone:
            _imported(entry.alone)()
        else:
            show_help(ctx)

    return typer.Typer(
        name=entry.name,
        cls=Commands,
        help=entry.summary,
        callback=alone,
        epilog=_examples(entry),
        invoke_without_command=True,
        context_settings=HELP,
        add_completion=False,
    )


def show_help(ctx: typer.Context) -> None:
    """Show the help where no command is named."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(USAGE)


def _with_display(function: Callable[..., None]) -> Callable[..., None]:
    """A command that also takes ``-q`` and ``-v``."""
    signature = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    given = [p.replace(annotation=hints[p.name]) for p in signature.parameters.values()]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in _DISPLAY.items()
    ]

    @wraps(function)
    def command(*, quiet: bool, verbose: bool, **arguments: Any) -> None:
        from unisono.commands.common import show_more

        show_more(quiet, verbose)
        function(**arguments)

    command.__signature__ = signature.replace(parameters=[*given, *added])  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in (*given, *added)}
    return command


def _examples(entry: Entry) -> str | None:
    """Examples below the options, a line each."""
    lines = [line.replace("[", r"\[") for line in entry.examples]
    return "\n\n".join(["Examples:", *(f"  {line}" for line in lines)]) if lines else None
