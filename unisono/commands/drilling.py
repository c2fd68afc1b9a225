"""``unisono drill``: does the alarm go off? Deliberate errors against every tier."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands.common import (
    COLOURS,
    Arguments,
    Jobs,
    Model,
    On,
    Python,
    Set,
    TimeLimit,
    command_line,
    console,
    plan_of,
    problems,
    simulators_of,
    source_of,
)
from unisono.models.errors import UnknownName

if TYPE_CHECKING:
    from unisono.validation.drills.detection import Detection
    from unisono.validation.drills.drill import Drill


def drill(
    model: Model,
    arguments: Arguments = None,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    tiers: Annotated[str, typer.Option(help="Tiers, separated by commas.")] = "identical,converged,equivalent",
    mutant: Annotated[list[str] | None, typer.Option("--mutant", help="A deliberate error; all by default.")] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="Seeds for 'identical'.")] = 5,
    explained: Annotated[int, typer.Option(min=0, help="Of these, how many are explained.")] = 1,
    runs: Annotated[
        int, typer.Option(min=0, help="Runs a side for 'equivalent'; 0: as many as its margins need.")
    ] = 0,
    mutated: Annotated[int, typer.Option(min=2, help="Runs with a deliberate error for 'equivalent'.")] = 20,
    pilot: Annotated[int, typer.Option(min=2, help="Runs that fix the margins of 'equivalent'.")] = 20,
    seeds: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    report: Annotated[Path | None, typer.Option("--report", help="Write the matrix as an HTML page.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the matrix as JSON.")] = None,
    time_limit: TimeLimit = None,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Put deliberate errors into each simulator: does each tier see them as it claims (exit status 0 yes, 1 no)?"""
    from unisono.display import detection_table
    from unisono.validation.drills.detection import Detection
    from unisono.validation.drills.drill import Drill
    from unisono.validation.drills.mutants import MUTANTS, mutant_named

    simulators = simulators_of(on)
    started = time.monotonic()
    drilled = Drill(
        source_of(model, arguments, set_, simulators),
        tuple(simulators),
        tuple(mutant_named(name) for name in mutant) if mutant else tuple(MUTANTS.values()),
        tuple(range(seeds, seeds + repetitions)),
        explained,
        plan_of(time_limit, False, jobs, python),
        lambda line: console.print(f"[{time.monotonic() - started:7.1f} s] {line}", markup=False, highlight=False),
    )
    found = Detection.joined([_drilled(tier.strip(), drilled, (runs, mutated, pilot)) for tier in tiers.split(",")])
    console.print(detection_table(found))
    for broken in found.broken:
        problems.print(f"not as claimed: {broken}", markup=False, highlight=False)
    console.print(f"Verdict: [bold {COLOURS[found.exit_status]}]{found.verdict}[/]")
    for what, path, write in (
        ("JSON", json, found.to_json),
        ("Report", report, partial(found.to_html, command=command_line())),
    ):
        if path:
            write(path)
            console.print(f"{what}: {path}", markup=False, highlight=False)
    raise typer.Exit(found.exit_status)


def _drilled(tier: str, drilled: Drill, sizes: tuple[int, int, int]) -> Detection:
    from dataclasses import replace

    from unisono.validation.drills import drill as drills
    from unisono.validation.drills.ensembles import drill_equivalent
    from unisono.validation.drills.mutants import CONVERGED, EQUIVALENT, IDENTICAL

    match tier:
        case "identical":
            return drills.drill_identical(drilled)
        case "converged":
            return drills.drill_converged(replace(drilled, seeds=drilled.seeds[:1]))
        case "equivalent":
            runs, mutated, pilot = sizes
            return drill_equivalent(drilled, runs or None, mutated, pilot)
    raise UnknownName(f"There is no tier '{tier}' to drill.", f"Choose from: {IDENTICAL}, {CONVERGED}, {EQUIVALENT}.")
