"""``unisono advise``: which cell, synapses, time step, duration and simulator suit a question."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import completing, options
from unisono.commands.common import check_places, conclude, console, say, write_files
from unisono.models.errors import UnisonoError, UsageError
from unisono.models.words import listed

if TYPE_CHECKING:
    from unisono.validation.advice.advice import Advice


def advise(
    phenomenon: Annotated[
        str | None,
        typer.Option(
            "--phenomenon",
            metavar="NAME",
            help="What the model is to show; without it, you are asked.",
            autocompletion=completing.phenomena,
        ),
    ] = None,
    cells: Annotated[str, typer.Option("--cells", metavar="N", help="Number of cells, as in 1e5.")] = "1000",
    plasticity: Annotated[
        str, typer.Option("--plasticity", metavar="KIND", help="Synapses that change: none, short-term or long-term.")
    ] = "none",
    own_equations: Annotated[
        bool, typer.Option("--own-equations", help="A cell or synapse is written as text.")
    ] = False,
    gpu: Annotated[bool, typer.Option("--gpu", help="An NVIDIA GPU is there.")] = False,
    json: options.Json = None,
) -> None:
    """Recommend cell, synapses, time step, duration and simulators, each with its reason and source."""
    from unisono.validation.advice.advice import Question
    from unisono.validation.advice.advice import advise as advised
    from unisono.validation.advice.phenomena import PHENOMENA

    check_places(json)
    if phenomenon is None:
        if not sys.stdin.isatty():
            raise UsageError("No phenomenon is given.", f"Choose one of: {', '.join(PHENOMENA)}.")
        for name, entry in PHENOMENA.items():
            console.print(f"[bold]{name}[/]  {entry.meaning}", highlight=False)
        phenomenon = chosen = asked("What is the model to show?", lambda said: Question(said).phenomenon)
        cells = asked("How many cells?", lambda said: str(Question(chosen, _whole(said)).cells), cells)
        plasticity = asked(
            "Plasticity (none, short-term, long-term)?",
            lambda said: Question(chosen, plasticity=said).plasticity,
            plasticity,
        )
        own_equations = typer.confirm("Will you write equations of your own?", default=own_equations)
        gpu = typer.confirm("Is there an NVIDIA GPU?", default=gpu)
    found = advised(Question(phenomenon, _whole(cells), own_equations, gpu, plasticity))
    _show(found)
    choices = listed(one.choice for one in found.recommendations[:3])
    conclude(f"For {phenomenon}: {choices}.", write_files(("JSON", json, found.to_json)))


def asked(text: str, read: Callable[[str], str], default: str | None = None) -> str:
    """The answer to a question, which is asked again as long as the answer cannot be read."""

    def answer(said: str) -> str:
        try:
            return read(said)
        except UnisonoError as error:
            raise typer.BadParameter(str(error)) from None

    return str(typer.prompt(text, default=default, value_proc=answer, prompt_suffix=" "))


def _whole(text: str) -> int:
    """A number of cells, which may be written as 1e5."""
    try:
        number = float(text)
        if number != int(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(f"'{text}' is not a number of cells.", "Write a whole number, as 4000 or 1e5.") from None
    return int(number)


def _show(found: Advice) -> None:
    for one in found.recommendations:
        console.print(f"[bold]{one.topic}[/]: ", end="", highlight=False)
        say(one.choice)
        say(f"  {one.why}")
        if one.line:
            say(f"    {one.line}")
        say(f"  Source: {one.source}")
