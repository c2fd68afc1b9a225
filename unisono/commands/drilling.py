"""``unisono drill``: does the alarm go off? Deliberate errors against every tier."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    console,
    plan_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    write_files,
)
from unisono.models.errors import UnknownName

if TYPE_CHECKING:
    from unisono.validation.selftest.detection import Detection
    from unisono.validation.selftest.selftest import Drill


def drill(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    tiers: Annotated[str, typer.Option(help="Tiers, separated by commas.")] = "identical,converged,equivalent",
    mutant: Annotated[list[str] | None, typer.Option("--mutant", help="A deliberate error; all by default.")] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="Seeds for 'identical'.")] = 5,
    explained: Annotated[int, typer.Option(min=0, help="Of these, how many are explained.")] = 1,
    runs: Annotated[int, typer.Option(min=0, help="Runs a side for 'equivalent'; 0: as many as its margins need.")] = 0,
    mutated: Annotated[int, typer.Option(min=2, help="Runs with a deliberate error for 'equivalent'.")] = 20,
    pilot: Annotated[int, typer.Option(min=2, help="Runs that fix the margins of 'equivalent'.")] = 20,
    seeds: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    report: Annotated[Path | None, typer.Option("--report", help="Write the matrix as an HTML page.")] = None,
    json: options.Json = None,
    time_limit: options.TimeLimit = None,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Put deliberate errors into each simulator: does each tier see them as it claims (exit status 0 yes, 1 no)?"""
    from unisono.display import detection_table
    from unisono.validation.faults.faults import MUTANTS, mutant_named
    from unisono.validation.selftest.detection import Detection
    from unisono.validation.selftest.selftest import Drill
    from unisono.validation.verdict import Outcome

    check_places(report, json)
    simulators, named = simulators_of(on), tiers_of(tiers)
    started = time.monotonic()
    drilled = Drill(
        source_of(model, arguments, set_, simulators),
        tuple(simulators),
        tuple(mutant_named(name) for name in mutant) if mutant else tuple(MUTANTS.values()),
        tuple(range(seeds, seeds + repetitions)),
        explained,
        plan_of(time_limit, False, jobs, python),
        lambda line: say(f"[{time.monotonic() - started:7.1f} s] {line}"),
    )
    found = Detection.joined([_drilled(tier, drilled, (runs, mutated, pilot)) for tier in named])
    console.print(detection_table(found))
    for broken in found.broken:
        complain(f"not as claimed: {broken}")
    say_verdict(found.verdict, Outcome(found.exit_status))
    write_files(("JSON", json, found.to_json), ("Report", report, partial(found.to_html, command=command_line())))
    raise typer.Exit(found.exit_status)


def tiers_of(text: str) -> list[str]:
    """The tiers named, each once.

    Raises
    ------
    UnknownName
        If one is none that can be drilled, or none is named.
    """
    from unisono.validation.faults.faults import CONVERGED, EQUIVALENT, IDENTICAL

    known = (IDENTICAL, CONVERGED, EQUIVALENT)
    named = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = next((name for name in named if name not in known), None)
    if unknown or not named:
        problem = f"There is no tier '{unknown}' to drill." if unknown else "No tier to drill was named."
        raise UnknownName(problem, f"Choose from: {', '.join(known)}.")
    return named


def _drilled(tier: str, drilled: Drill, sizes: tuple[int, int, int]) -> Detection:
    from dataclasses import replace

    from unisono.validation.faults.faults import CONVERGED, IDENTICAL
    from unisono.validation.selftest import selftest as drills
    from unisono.validation.selftest.ensembles import drill_equivalent

    if tier == IDENTICAL:
        return drills.drill_identical(drilled)
    if tier == CONVERGED:
        return drills.drill_converged(replace(drilled, seeds=drilled.seeds[:1]))
    runs, mutated, pilot = sizes
    return drill_equivalent(drilled, runs or None, mutated, pilot)
