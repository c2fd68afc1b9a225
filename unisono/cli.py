"""The command line; each command is a function in :mod:`unisono.commands`.

Exit status: 0 they agree, 1 they disagree, 2 undecided, or the command failed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from unisono.commands.checking import check, init
from unisono.commands.common import complain
from unisono.commands.converging import converge
from unisono.commands.environments import env
from unisono.commands.inspection import doctor, models
from unisono.commands.running import compare, run
from unisono.commands.selftest import selftest
from unisono.commands.studying import ensemble
from unisono.models.errors import UnisonoError

app = typer.Typer(
    help="One spiking-network model, many simulators, the same spikes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (doctor, models, run, compare, converge, ensemble, selftest, init, check):
    app.command()(command)
app.add_typer(env, name="env", no_args_is_help=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: a named error becomes one sentence and exit status 2."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except UnisonoError as error:
        complain(f"unisono: {error}", "red")
        sys.exit(2)
