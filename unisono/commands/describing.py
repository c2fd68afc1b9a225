"""``unisono describe``: a network as a paper describes it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from unisono.commands import completing, options
from unisono.commands.common import (
    check_places,
    command_line,
    conclude,
    console,
    executor_of,
    networks_of,
    say,
    simulators_of,
    source_of,
    workflow_of,
    write_files,
)

if TYPE_CHECKING:
    from unisono.adapters.runtime.results import Runs
    from unisono.models.network import Network
    from unisono.validation.description.description import Description
    from unisono.validation.workflow import Workflow


def describe(
    model: options.Model,
    arguments: options.Arguments = None,
    on: Annotated[
        str | None,
        options.simulation_option(
            "--on",
            metavar="SIMULATOR,...",
            help="Run it on these simulators first, so that versions and figures are filled.",
            autocompletion=completing.simulators,
        ),
    ] = None,
    set_: options.Set = None,
    number: options.Number = None,
    report: Annotated[Path | None, options.file_option("--report", help="Write it as an HTML page.")] = None,
    markdown: Annotated[Path | None, options.file_option("--markdown", help="Write it as Markdown.")] = None,
    latex: Annotated[Path | None, options.file_option("--latex", help="Write it as a LaTeX document.")] = None,
    figure: Annotated[
        Path | None, options.file_option("--figure", help="Write the figure of the network (.svg, .pdf, .png).")
    ] = None,
    json: options.Json = None,
    plan: Annotated[
        Path | None,
        options.model_option(
            "--plan",
            metavar="FILE",
            help="Configuration with the model's plan; without it, unisono.toml if it is there.",
        ),
    ] = None,
    transient: options.Transient = options.TRANSIENT,
    time_limit: options.TimeLimit = None,
    fresh: options.Fresh = False,
    jobs: options.Jobs = 1,
    python: options.Python = None,
) -> None:
    """Describe a network for a paper: tables after Nordlie et al. (2009), a checklist of eleven points, a paragraph.

    What a network cannot say is marked for the author. A folder of results adds versions and figures.
    """
    from unisono.ci.configuration import plan_of
    from unisono.validation.description.description import describe as described

    check_places(report, markdown, latex, figure, json, inputs=[model])
    planned = plan_of(model, plan)
    workflow = workflow_of(executor_of(time_limit, fresh, jobs, python))
    network, runs = _found(model, arguments, on, set_, number, workflow)
    found = described(network, runs, transient, planned)
    _show(found)
    written = write_files(
        ("Report", report, partial(found.to_html, command=command_line())),
        ("Markdown", markdown, found.to_markdown),
        ("LaTeX", latex, found.to_latex),
        ("Figure", figure, found.to_figure),
        ("JSON", json, found.to_json),
    )
    conclude(f"Described {network.label}.", written or ["The whole: --report FILE, --markdown FILE or --latex FILE."])


def _found(
    model: str,
    arguments: options.Arguments,
    on: str | None,
    set_: options.Set,
    number: int | None,
    workflow: Workflow,
) -> tuple[Network, Runs | None]:
    """The network, and its runs where there are any."""
    from unisono.adapters.contract import Settings
    from unisono.adapters.runtime.loading import only
    from unisono.adapters.runtime.results_folder import load_results, results_of

    if Path(model).is_dir():
        folders = results_of(Path(model), number)
        runs = load_results(only(folders, model))
        return runs.network, runs
    simulators = simulators_of(on) if on else [options.SIMULATORS.partition(",")[0]]
    loaded = only(networks_of(workflow, source_of(model, arguments, set_, simulators, number), Settings()), model)
    return loaded.network, workflow.run(loaded, simulators, Settings()) if on else None


def _show(found: Description) -> None:
    """The checklist, and the paragraph."""
    from rich.markup import escape

    from unisono.validation.description.elements import FOR_THE_AUTHOR

    say(found.methods)
    console.print()
    for number, point in enumerate(found.points, 1):
        console.print(f"[bold]{number:2}. {escape(point.title)}.[/] ", end="")
        say(point.text)
        for text in point.open:
            console.print(f"    [yellow]{FOR_THE_AUTHOR}[/]: {escape(text)}", highlight=False)
    for one in found.judged:
        say(one.text)
