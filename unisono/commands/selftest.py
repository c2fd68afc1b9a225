"""``unisono selftest``: does each tier see the injected faults that it claims to see?"""

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
    executor_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    write_files,
)
from unisono.models.errors import UnknownName

if TYPE_CHECKING:
    from unisono.validation.selftest.detection import Detection
    from unisono.validation.selftest.selftest import Selftest


def selftest(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    tiers: Annotated[str, typer.Option(help="Tiers, separated by commas.")] = "identical,converged,equivalent",
    fault: Annotated[list[str] | None, typer.Option("--fault", help="A fault to inject; all by default.")] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="Seeds for 'identical'.")] = 5,
    explained: Annotated[int, typer.Option(min=0, help="How many of these are explained.")] = 1,
    runs: Annotated[int, typer.Option(min=0, help="Runs per side for 'equivalent'; 0: as many as needed.")] = 0,
    faulty: Annotated[int, typer.Option("--faulty-runs", min=2, help="Runs with a fault for 'equivalent'.")] = 20,
    pilot: Annotated[int, typer.Option(min=2, help="Runs that fix the margins of 'equivalent'.")] = 20,
    seeds: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    report: Annotated[Path | None, typer.Option("--report", help="Write the matrix as an HTML page.")] = None,
    json: options.Json = None,
    time_limit: options.TimeLimit = None,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Inject faults into each simulator: does each tier see what it claims to see (exit status 0 yes, 1 no)?"""
    from unisono.display import detection_table
    from unisono.validation.faults.faults import FAULTS, fault_named
    from unisono.validation.selftest.detection import Detection
    from unisono.validation.selftest.selftest import Selftest
    from unisono.validation.verdict import Outcome

    check_places(report, json, inputs=[model])
    simulators, named = simulators_of(on), tiers_of(tiers)
    started = time.monotonic()
    tested = Selftest(
        source_of(model, arguments, set_, simulators, number),
        tuple(simulators),
        tuple(fault_named(name) for name in fault) if fault else tuple(FAULTS.values()),
        tuple(range(seeds, seeds + repetitions)),
        explained,
        executor_of(time_limit, False, jobs, python),
        lambda line: say(f"[{time.monotonic() - started:7.1f} s] {line}"),
    )
    found = Detection.joined([_detection(tier, tested, (runs, faulty, pilot)) for tier in named])
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
        If one is unknown, or none is named.
    """
    from unisono.validation.faults.faults import CONVERGED, EQUIVALENT, IDENTICAL

    known = (IDENTICAL, CONVERGED, EQUIVALENT)
    named = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = next((name for name in named if name not in known), None)
    if unknown or not named:
        problem = f"Unknown tier '{unknown}'." if unknown else "No tier was named."
        raise UnknownName(problem, f"Choose one of: {', '.join(known)}.")
    return named


def _detection(tier: str, tested: Selftest, sizes: tuple[int, int, int]) -> Detection:
    from dataclasses import replace

    from unisono.validation.faults.faults import CONVERGED, IDENTICAL
    from unisono.validation.selftest.converged import selftest_converged
    from unisono.validation.selftest.equivalent import selftest_equivalent
    from unisono.validation.selftest.identical import selftest_identical

    if tier == IDENTICAL:
        return selftest_identical(tested)
    if tier == CONVERGED:
        return selftest_converged(replace(tested, seeds=tested.seeds[:1]))
    runs, faulty, pilot = sizes
    return selftest_equivalent(tested, runs or None, faulty, pilot)
