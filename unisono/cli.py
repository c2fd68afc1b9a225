"""The command line; each command is a function in :mod:`unisono.commands`.

Exit status: 0 they agree, 1 they disagree, 2 undecided, or the command failed.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Sequence

import typer

from unisono.adapters.host import processes
from unisono.adapters.runtime.unexpected import named
from unisono.commands.advising import advise
from unisono.commands.checking import check, init
from unisono.commands.common import complain
from unisono.commands.converging import converge
from unisono.commands.describing import describe
from unisono.commands.environments import env
from unisono.commands.exploring import curve, explore
from unisono.commands.inspection import doctor, models
from unisono.commands.linting import lint
from unisono.commands.running import compare, run
from unisono.commands.selftest import selftest
from unisono.commands.studying import ensemble

#: Exit status of a command that was interrupted.
INTERRUPTED = 130

app = typer.Typer(
    help="One spiking-network model, many simulators, the same spikes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
#: In the order of the help.
COMMANDS = (
    *(doctor, models, advise, lint, run, compare, converge, ensemble),
    *(explore, curve, describe, selftest, init, check),
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(env, name="env", no_args_is_help=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: an error becomes one sentence and exit status 2, an interrupt ends the command at once."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # not under nohup
            signal.signal(number, _stopped)
    try:
        app(args=list(arguments) if arguments is not None else None)
    except KeyboardInterrupt:
        _say_interrupted()
        sys.exit(INTERRUPTED)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # what Typer makes of an interrupt
            _say_interrupted()
        raise
    except Exception as error:
        complain(f"unisono: {named(error)}", "red")
        sys.exit(2)


def _say_interrupted() -> None:
    complain("unisono: interrupted.", "yellow")


def _stopped(number: int, frame: object) -> None:
    """End at once, and in order: what runs is stopped, and half of a file is removed."""
    processes.stop_all()
    for child in multiprocessing.active_children():
        child.kill()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)
