"""The command line; its commands are in :mod:`unisono.commands`, named in its catalogue.

Exit status: 0 they agree, 1 they disagree, 2 cannot tell, or the command failed, 64 the command line is wrong.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from unisono.commands.exits import FAILED, INTERRUPTED, USAGE
from unisono.commands.group import HELP, ROOT, Commands, show_help

#: What Typer raises where a command line cannot be read: the class above that of a wrong value.
UNREADABLE: Any = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name=ROOT,
    cls=Commands,
    help="One spiking-network model, many simulators, the same spikes.",
    invoke_without_command=True,
    context_settings=HELP,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from unisono.adapters.runtime.versions import unisono_version

        typer.echo(f"unisono {unisono_version()}")
        raise typer.Exit


@app.callback()
def unisono(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """One spiking-network model, many simulators, the same spikes."""
    show_help(ctx)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: an error becomes one sentence and an exit status, an interrupt ends the command at once."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # not under nohup
            signal.signal(number, _stopped)
    try:
        status = app(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except UNREADABLE as error:
        status = _said_unreadable(error)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except Exception as error:
        status = _said(error)
    if status == INTERRUPTED:
        from unisono.commands.common import complain

        complain("unisono: interrupted.", "yellow")
    sys.exit(status if isinstance(status, int) else 0)


def _said_unreadable(error: Any) -> int:
    """Say in a sentence why the command line cannot be read, and where its options are."""
    from unisono.commands.common import complain

    path = error.ctx.command_path if error.ctx else ROOT
    text = " ".join(error.format_message().split()).rstrip(".")
    complain(f"unisono: {text}{'' if text.endswith('?') else '.'} '{path} -h' shows how to call it.", "red")
    return USAGE


def _said(error: Exception) -> int:
    """Say in a sentence what went wrong; with ``-v`` the traceback follows."""
    import traceback

    from unisono.adapters.runtime.unexpected import named
    from unisono.commands.common import complain, is_verbose
    from unisono.models.errors import UnknownName, UsageError

    complain(f"unisono: {named(error)}", "red")
    if is_verbose():
        complain("".join(traceback.format_exception(error)).rstrip())
    return USAGE if isinstance(error, (UnknownName, UsageError)) else FAILED


def _stopped(number: int, frame: object) -> None:
    """End at once, and in order: what runs is stopped, and half of a file is removed."""
    import multiprocessing

    from unisono.adapters.host import processes

    processes.stop_all()
    for child in multiprocessing.active_children():
        child.kill()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)
