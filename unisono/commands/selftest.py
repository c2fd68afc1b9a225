"""``unisono selftest``: does each tier see the injected faults that it claims to see?"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import completing, options
from unisono.commands.common import (
    check_places,
    command_line,
    complain,
    conclude,
    console,
    executor_of,
    say,
    say_verdict,
    simulators_of,
    source_of,
    titled,
    write_files,
)
from unisono.models.errors import UsageError
from unisono.models.registry import unknown
from unisono.models.words import listed

if TYPE_CHECKING:
    from unisono.validation.selftest.detection import Detection
    from unisono.validation.selftest.selftest import Selftest


Tiers = Annotated[
    str,
    options.judgement_option(metavar="TIER,...", help="Tiers, separated by commas.", autocompletion=completing.tiers),
]
Fault = Annotated[
    list[str] | None,
    options.judgement_option(
        "--fault", metavar="FAULT", help="A fault to inject; all by default.", autocompletion=completing.faults
    ),
]
Explained = Annotated[int, options.judgement_option(min=0, metavar="N", help="How many of these are explained.")]
Runs = Annotated[
    int,
    options.judgement_option(min=0, metavar="N", help="Runs per side for 'equivalent'; 0: as many as needed."),
]
Faulty = Annotated[
    int, options.judgement_option("--faulty-runs", min=2, metavar="N", help="Runs with a fault for 'equivalent'.")
]
Pilot = Annotated[int, options.judgement_option(min=2, metavar="N", help="Runs that fix the margins of 'equivalent'.")]


def selftest(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    tiers: Tiers = "identical,converged,equivalent",
    fault: Fault = None,
    repetitions: Annotated[int, options.judgement_option(min=1, metavar="N", help="Seeds for 'identical'.")] = 5,
    explained: Explained = 1,
    runs: Runs = 0,
    faulty: Faulty = 20,
    pilot: Pilot = 20,
    seeds: Annotated[int, options.judgement_option(min=0, metavar="FIRST", help="The first seed.")] = 1,
    report: Annotated[Path | None, options.file_option("--report", help="Write the matrix as an HTML page.")] = None,
    json: options.Json = None,
    time_limit: options.TimeLimit = None,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Inject faults into each simulator: does each tier see what it claims to see?

    Exit status: 0 it does; 1 it does not.
    """
    from unisono.display import detection_table
    from unisono.table_layout import show_table
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
    show_table(console, detection_table(found))
    for broken in found.broken:
        complain(f"not as claimed: {broken}")
    say_verdict(found.verdict, Outcome(found.exit_status))
    written = write_files(
        ("JSON", json, found.to_json), ("Report", report, partial(found.to_html, command=command_line()))
    )
    names = listed(map(titled, simulators))
    conclude(f"Tested {listed(named)} with {len(tested.faults)} faults on {names}: {found.verdict}.", written)
    raise typer.Exit(found.exit_status)


def tiers_of(text: str) -> list[str]:
    """The tiers named, each once.

    Raises
    ------
    UnknownName
        If one is unknown.
    UsageError
        If none is named.
    """
    from unisono.validation.faults.faults import TIERS

    named = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in named:
        if name not in TIERS:
            raise unknown("tier", name, TIERS)
    if not named:
        raise UsageError("No tier is named.", f"Choose one or more of: {', '.join(TIERS)}.")
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
