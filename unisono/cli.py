"""The command line: ``unisono doctor | models | run | compare | converge``.

Exit status of ``compare``: 0 the simulators agree, 1 they disagree, 2 it could not be told; of
``converge``: 0 all orders are right, 1 one is wrong, 2 it could not be told.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from unisono.models.errors import UnisonoError, UnknownName

if TYPE_CHECKING:
    from unisono.adapters.execution import Plan
    from unisono.adapters.results import Runs
    from unisono.models.equations import Parameter
    from unisono.models.network import Network

app = typer.Typer(
    help="One spiking-network model, many simulators, the same spikes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(soft_wrap=True)
problems = Console(stderr=True, soft_wrap=True)

Model = Annotated[
    str, typer.Argument(help="A library model, a PyNN script (.py), a network file (.h5) or a folder of results.")
]
Arguments = Annotated[list[str] | None, typer.Argument(help="Arguments of the script.")]
On = Annotated[
    str, typer.Option("--on", help="Simulators, separated by commas; the first answers a script's requests for data.")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of a library model.")]
Numerics = Annotated[str, typer.Option(help="'matched': the same on all simulators; 'native': each one's own.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of each simulation.")]
TimeLimit = Annotated[float | None, typer.Option(help="Seconds a run may take.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Repeat runs that are known.")]
Jobs = Annotated[int, typer.Option(min=1, help="Simulators that run at once.")]
Python = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="SIMULATOR=PATH", help="Interpreter of a simulator's environment."),
]


@app.command()
def doctor(quick: Annotated[bool, typer.Option("--quick", help="Do not start the simulators.")] = False) -> None:
    """Say what is installed, what is missing, and the command that mends it."""
    from unisono.doctor import examine

    findings = examine(run_simulators=not quick)
    for finding in findings:
        mark = "[green]ok     [/]" if finding.good else "[bold red]missing[/]"
        console.print(f"{mark} {finding.what:14} ", end="")
        console.print(finding.state, markup=False, highlight=False)
        if finding.remedy:
            console.print(f"        to mend it: {finding.remedy}", markup=False, highlight=False)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


@app.command()
def models(
    cells: Annotated[bool, typer.Option("--cells", help="List cells, receptors and named parameter sets.")] = False,
) -> None:
    """List the library: models and their options; with --cells the cells, receptors and named parameter sets."""
    from unisono.models.cells import CELLS
    from unisono.models.library import LIBRARY

    if cells:
        _list_cells()
        return
    for name, model in LIBRARY.items():
        console.print(f"[bold]{name}[/]  {model.summary}")
        console.print(f"  {model.source}", markup=False, highlight=False)
        table = Table(box=None, padding=(0, 2), show_header=False)
        for option, default, unit, meaning in model.describe():
            table.add_row("", f"{option}={default}", unit, meaning)
        console.print(table)
    console.print(f"[bold]cells[/]  {', '.join(sorted(CELLS))}")


def _list_cells() -> None:
    from unisono.models.cells import CELLS
    from unisono.models.parameter_sets import PARAMETER_SETS
    from unisono.models.receptors import RECEPTORS

    def show(name: str, source: str, parameters: Mapping[str, Parameter], facts: list[str]) -> None:
        console.print(f"[bold]{name}[/]")
        for line in (source, *facts):
            console.print(f"  {line}", markup=False, highlight=False)
        table = Table(box=None, padding=(0, 2), show_header=False)
        for parameter, p in parameters.items():
            table.add_row("", f"{parameter}={p.default:g}", "" if p.unit == "1" else p.unit, p.meaning)
        console.print(table)

    for name, model in CELLS.items():
        receptors = ", ".join(f"{r} ({model.weight_unit(r)})" for r in model.receptors)
        steps = "time step: {:g} ms, at most {:g} ms".format(*model.time_step)
        facts = [f"receptors: {receptors}", f"recordable: {', '.join(model.recordable)}", steps]
        show(name, model.source, model.parameters, facts)
    console.print("\n[bold]Receptors[/], for PointNeuron and unisono.cell", highlight=False)
    for name, receptor in RECEPTORS.items():
        show(name, receptor.source, receptor.parameters, [])
    console.print("\n[bold]Named parameter sets[/], for unisono.parameter_set and single_cell", highlight=False)
    for name, entry in PARAMETER_SETS.items():
        values = ", ".join(f"{parameter}={value:g}" for parameter, value in entry.parameters.items())
        console.print(f"[bold]{name}[/]  {entry.cell}: {entry.pattern} at {entry.current:g} nA", highlight=False)
        for line in filter(None, (entry.source, values, entry.note)):
            console.print(f"  {line}", markup=False, highlight=False)


@app.command()
def run(
    model: Model,
    arguments: Arguments = None,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder of the results.")] = None,
    nix: Annotated[bool, typer.Option("--nix", help="Also write each run as a NIX file.")] = False,
    numerics: Numerics = "matched",
    threads: Threads = 1,
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Run a model on several simulators and write a folder of results."""
    from unisono.adapters.results_folder import check_folder, save_results

    folder = output or Path("results") / Path(model).stem
    check_folder(folder)
    runs = _runs(model, arguments, on, set_, (numerics, threads), _plan(time_limit, fresh, jobs, python))
    _show(runs)
    save_results(runs, folder, nix)
    console.print(f"Results: {folder}", markup=False, highlight=False)
    raise typer.Exit(0 if all(r.status == "ok" for r in runs.values()) else 1)


@app.command()
def compare(
    model: Model,
    arguments: Arguments = None,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML report.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the comparison as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the comparison as JUnit XML.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Also write a folder of results.")] = None,
    transient: Annotated[float, typer.Option(min=0, help="Time cut before statistics, ms.")] = 500.0,
    numerics: Numerics = "matched",
    threads: Threads = 1,
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Run a model on several simulators and judge whether they agree (exit status 0 yes, 1 no, 2 cannot tell)."""
    from unisono.adapters import execution
    from unisono.adapters.results_folder import check_folder, load_results, save_results
    from unisono.validation.agreement import compare as judge

    plan = _plan(time_limit, fresh, jobs, python)
    if output:
        check_folder(output)
    known = Path(model).is_dir()
    runs = load_results(model) if known else _runs(model, arguments, on, set_, (numerics, threads), plan)
    _show(runs)
    execute = partial(execution.run, plan=plan)
    agreement = judge(runs, transient=transient, execute=execute)
    _show_agreement(agreement)
    if output:
        save_results(runs, output)
    command = shlex.join(["unisono", *sys.argv[1:]])
    for path, write in (
        (json, agreement.to_json),
        (junit, agreement.to_junit),
        (report, partial(agreement.to_html, command=command)),
    ):
        if path:
            write(path)
    for what, path in (("Results", output), ("JSON", json), ("JUnit", junit), ("Report", report)):
        if path:
            console.print(f"{what}: {path}", markup=False, highlight=False)
    raise typer.Exit(agreement.exit_status)


@app.command()
def converge(
    model: Model,
    on: On = "nest,brian2,neuron",
    set_: Set = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML page with table and figure.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="Write the figure (.svg, .pdf, .png).")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the errors and orders as JSON.")] = None,
    numerics: Numerics = "matched",
    time_limit: TimeLimit = None,
    fresh: Fresh = False,
    jobs: Jobs = 1,
    python: Python = None,
) -> None:
    """Measure the order of a model's errors against exact spike times (exit status 0 right, 1 wrong, 2 cannot tell)."""
    from unisono import api
    from unisono.display import orders_table

    simulators = _simulators(on)
    plan = _plan(time_limit, fresh, jobs, python)
    announce = partial(console.print, markup=False, highlight=False)
    found = api.converge(model, simulators, numerics=numerics, plan=plan, announce=announce, **_pairs(set_, "--set"))
    console.print(orders_table(found))
    for order in found.orders:
        if order.reason:
            console.print(f"{order.simulator}, {order.quantity}: {order.reason}", markup=False, highlight=False)
    colour = {0: "green", 1: "red", 2: "yellow"}[found.exit_status]
    console.print(f"Verdict: [bold {colour}]{found.verdict}[/]")
    command = shlex.join(["unisono", *sys.argv[1:]])
    for what, path, write in (
        ("JSON", json, found.to_json),
        ("Figure", figure, found.to_figure),
        ("Report", report, partial(found.to_html, command=command)),
    ):
        if path:
            write(path)
            console.print(f"{what}: {path}", markup=False, highlight=False)
    raise typer.Exit(found.exit_status)


def _simulators(on: str) -> list[str]:
    """The simulators named, all of which there are."""
    from unisono.adapters import registry

    simulators = [name.strip() for name in on.split(",") if name.strip()]
    if not simulators:
        raise UnknownName("No simulator was named.", f"Available are: {', '.join(registry.names())}.")
    for name in simulators:
        registry.get(name)
    return simulators


def _runs(
    model: str,
    arguments: Sequence[str] | None,
    on: str,
    options: Sequence[str] | None,
    how: tuple[str, int],
    plan: Plan,
) -> Runs:
    """Capture the model and run it, with progress."""
    from dataclasses import replace

    from unisono import api
    from unisono.adapters import execution
    from unisono.adapters.base import Settings
    from unisono.display import network_line, progress

    simulators = _simulators(on)
    settings = Settings(*how)
    network: Network = api.load(
        model, on=simulators[0], args=arguments or (), settings=settings, plan=plan, **_pairs(options, "--set")
    )
    console.print(network_line(network), markup=False, highlight=False)
    for warning in api.coarse_steps(network):
        problems.print(f"unisono: warning: {warning}", markup=False, highlight=False, style="yellow")
    with progress(console, simulators) as listener:
        return execution.run(network, simulators, settings, replace(plan, listener=listener))


def _plan(time_limit: float | None, fresh: bool, jobs: int, python: Sequence[str] | None) -> Plan:
    from unisono.adapters.execution import Plan

    return Plan(time_limit=time_limit, interpreters=_pairs(python, "--python"), fresh=fresh, jobs=jobs)


def _pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UnisonoError(f"'{option} {text}' is not of the form NAME=VALUE.")
        pairs[name] = value
    return pairs


def _show(runs: Runs) -> None:
    from unisono.display import failures, runs_table

    console.print(runs_table(runs))
    failures(problems, runs)


def _show_agreement(agreement: Any) -> None:
    for pair in agreement.pairs:
        console.print(f"{pair.a} and {pair.b}: {pair.describe()}", markup=False, highlight=False)
    colour = {0: "green", 1: "red", 2: "yellow"}[agreement.exit_status]
    console.print(f"Verdict: [bold {colour}]{agreement.verdict}[/]")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: a named error becomes one sentence and exit status 2."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except UnisonoError as error:
        problems.print(f"unisono: {error}", markup=False, highlight=False, style="red")
        sys.exit(2)
