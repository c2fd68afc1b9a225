"""``unisono run`` and ``unisono compare``: a network, or each of a script's, on several simulators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import options
from unisono.commands.common import (
    check_places,
    command_line,
    compared_of,
    conclude,
    executor_of,
    networks_of,
    say,
    say_verdict,
    show_runs,
    simulators_of,
    source_of,
    titled,
    warn,
    workflow_of,
    write_files,
)
from unisono.commands.exits import FAILED
from unisono.models.files import is_stream
from unisono.models.words import listed

if TYPE_CHECKING:
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.results import Runs
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.verdict import Verdict
    from unisono.validation.workflow import Looped, Workflow


def run(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    output: Annotated[
        Path | None,
        options.file_option(
            "--output", "-o", metavar="FOLDER", help="Folder of the results; by default results/ and the model's name."
        ),
    ] = None,
    nix: Annotated[bool, options.file_option("--nix", metavar=None, help="Also write each run as a NIX file.")] = False,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Run a model on simulators and write a folder of results.

    Exit status: 0 all ran; 2 one failed.
    """
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.results_folder import check_folder, check_room, network_folders, save_results

    folder = output or Path("results") / Path(model).stem
    check_folder(folder)
    simulators, settings = simulators_of(on), Settings(numerics, threads)
    workflow = workflow_of(executor_of(time_limit, fresh, jobs, python))
    networks = networks_of(workflow, source_of(model, arguments, set_, simulators, number), settings)
    failed, written = 0, []
    for place, loaded in zip(network_folders(folder, len(networks)), networks, strict=True):
        check_room(place, loaded.network, len(simulators))
        runs = workflow.run(loaded, simulators, settings)
        written += write_files(("Results", place, partial(save_results, runs, nix=nix)))
        failed += sum(r.status != "ok" for r in runs.values())
    what = f"Ran {Path(model).stem} on {listed(map(titled, simulators))}"
    conclude(f"{what}{f'; runs that failed: {failed}' if failed else ''}.", written)
    raise typer.Exit(FAILED if failed else 0)


@dataclass(frozen=True)
class Places:
    """Where the comparison of a network is written; None for what was not asked for."""

    report: Path | None
    json: Path | None
    junit: Path | None
    output: Path | None

    @property
    def named(self) -> list[str]:
        """What is where, for the last line."""
        named = {"Report": self.report, "JSON": self.json, "JUnit": self.junit, "Results": self.output}
        return [f"{what}: {path}" for what, path in named.items() if path is not None]


ClosedLoop = Annotated[
    bool,
    typer.Option(
        "--closed-loop",
        rich_help_panel=options.SIMULATION,
        help="Run the script once on each simulator, which supplies its data, and compare the results.",
    ),
]
Output = Annotated[
    Path | None, options.file_option("--output", "-o", metavar="FOLDER", help="Also write a folder of results.")
]


def compare(
    model: options.Model,
    arguments: options.Arguments = None,
    on: options.On = options.SIMULATORS,
    set_: options.Set = None,
    number: options.Number = None,
    closed_loop: ClosedLoop = False,
    report: options.Report = None,
    json: options.Json = None,
    junit: Annotated[Path | None, options.file_option("--junit", help="Write the comparison as JUnit XML.")] = None,
    output: Output = None,
    transient: options.Transient = options.TRANSIENT,
    numerics: options.Numerics = "matched",
    threads: options.Threads = 1,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Run a model on several simulators and judge whether they agree.

    Of a script that calls setup() several times each network is compared. Exit status: 0 they agree; 1 they disagree;
    2 cannot tell; of several networks the worst.
    """
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.results_folder import check_folder, load_results, network_folders, results_of
    from unisono.validation.verdict import worst
    from unisono.validation.workflow import Looped

    check_places(report, json, junit, inputs=[model])
    if output:
        check_folder(output)
    settings, workflow = Settings(numerics, threads), workflow_of(executor_of(time_limit, fresh, jobs, python))
    simulators: list[str] = []
    found: Sequence[Runs | Looped]
    if Path(model).is_dir():
        found = [load_results(folder) for folder in results_of(Path(model), number)]
    else:
        simulators = compared_of(on)
        source = source_of(model, arguments, set_, simulators, number)
        if closed_loop:
            found = workflow.closed_loops(source, simulators, settings)
        else:
            found = [Looped(loaded) for loaded in networks_of(workflow, source, settings)]
    folders = network_folders(output, len(found)) if output else [None] * len(found)
    verdicts: list[Verdict] = []
    written: list[str] = []
    for index, (one, folder) in enumerate(zip(found, folders, strict=True), 1):
        suffix = f"-{index}" if len(found) > 1 else ""
        files = [
            path if path is None or is_stream(path) else path.with_stem(path.stem + suffix)
            for path in (report, json, junit)
        ]
        places = Places(files[0], files[1], files[2], folder)
        verdicts.append(_compared(workflow, one, simulators, settings, transient, places))
        written += places.named
    outcome = worst([verdict.outcome for verdict in verdicts])
    decisive = next(verdict for verdict in verdicts if verdict.outcome is outcome)
    what = f"{Path(model).stem}, {len(verdicts)} networks," if len(verdicts) > 1 else Path(model).stem
    conclude(f"Compared {what} on {listed(map(titled, simulators or found_on(found)))}: {decisive.headline}.", written)
    raise typer.Exit(int(outcome))


def found_on(results: Sequence[Runs | Looped]) -> list[str]:
    """The simulators of results that were loaded."""
    from unisono.adapters.runtime.results import Runs

    return list(dict.fromkeys(name for runs in results if isinstance(runs, Runs) for name in runs))


def _compared(
    workflow: Workflow,
    found: Runs | Looped,
    simulators: Sequence[str],
    settings: Settings,
    transient: float,
    places: Places,
) -> Verdict:
    """Run and compare one network, and write what was asked for."""
    from unisono.adapters.runtime.results import Runs
    from unisono.adapters.runtime.results_folder import check_room, save_results

    def verdict(agreement: Agreement) -> None:
        """Print and save the verdict: what follows may take minutes, or be interrupted."""
        show_agreement(agreement)
        write_files(("Results", places.output, partial(save_results, runs)), *files(agreement, streams=False))

    def files(agreement: Agreement, streams: bool) -> Sequence[tuple[str, Path | None, Callable[[Path], object]]]:
        """Plain files, or streams, which are written once."""
        named: Sequence[tuple[str, Path | None, Callable[[Path], object]]] = (
            ("JSON", places.json, agreement.to_json),
            ("JUnit", places.junit, agreement.to_junit),
            ("Report", places.report, partial(agreement.to_html, command=command_line())),
        )
        return [one for one in named if one[1] is not None and is_stream(one[1]) is streams]

    workflow = replace(workflow, compared=verdict)
    if isinstance(found, Runs):
        runs = found
        show_runs(runs)
        agreement = workflow.compare(runs, transient)
    else:
        if places.output:
            check_room(places.output, found.loaded.network, len(simulators))
        runs = workflow.run(found.loaded, simulators, settings, to_compare=True)
        agreement = workflow.compare(runs, transient, divergences=found.divergences)
    if agreement.explained:  # what was written says nothing of causes
        show_causes(agreement)
        write_files(*files(agreement, streams=False))
    write_files(*files(agreement, streams=True))
    return agreement.verdict


def show_agreement(agreement: Agreement) -> None:
    """The verdict on every pair, and on all."""
    for coarse in agreement.coarse_steps:
        warn(str(coarse))
    for pair in agreement.pairs:
        say(f"{pair.title}: {pair.verdict.text}")
    for divergence in agreement.divergences:
        say(divergence.text)
    verdict = agreement.verdict
    say_verdict(verdict.headline, verdict.outcome)
    if not agreement.pairs:
        say(" ".join(filter(None, (verdict.evidence, verdict.next_step))))


def show_causes(agreement: Agreement) -> None:
    """Why pairs differ, or how far a cause was looked for."""
    for pair in agreement.explained:
        if pair.cause is not None:
            say(f"{pair.title}, cause: {pair.cause.sentence}")
        elif pair.search is not None:
            say(f"{pair.title}: {pair.search.sentence}")
