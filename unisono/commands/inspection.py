"""``unisono doctor`` and ``unisono models``: what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unisono.commands import completing
from unisono.commands.common import conclude, console, say

if TYPE_CHECKING:
    from unisono.doctor import Finding
    from unisono.models.cells.model import Parameter
    from unisono.models.library import LibraryModel


def doctor(quick: Annotated[bool, typer.Option("--quick", help="Do not start the simulators.")] = False) -> None:
    """Show what is installed, what is missing, and how to fix it."""
    from unisono.doctor import examine

    findings = examine(run_simulators=not quick)
    for finding in findings:
        _show(finding)
    missing = [finding.what for finding in findings if finding.amiss]
    for finding in findings:
        if finding.amiss and console.quiet:
            conclude(f"Missing: {finding.what}, {finding.state}. How to fix it: {finding.remedy}")
    conclude(f"Missing: {', '.join(missing)}." if missing else "All that is needed is there.")
    raise typer.Exit(1 if missing else 0)


def _show(finding: Finding) -> None:
    mark = "[green]ok      [/]" if finding.good else "[bold red]missing [/]" if finding.amiss else "[dim]optional[/]"
    console.print(f"{mark} {finding.what:14} ", end="")
    say(finding.state)
    for need in finding.needs:
        say(f"         {need.what}: {'' if need.good else 'missing: '}{need.state}")
        if need.remedy:
            say(f"           how to fix it: {need.remedy}")
    for command in filter(None, finding.remedy.split("\n")):
        say(f"         {'how to fix it' if finding.amiss else 'how to set it up'}: {command}")


def models(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Show this library model: its options, cells, synapses.",
            autocompletion=completing.models,
        ),
    ] = None,
    cells: Annotated[bool, typer.Option("--cells", help="List cells, receptors, synapses, parameter sets.")] = False,
) -> None:
    """List the models of the library; with a name, all there is to know of one; with --cells the parts of models."""
    from unisono.models.library import LIBRARY

    if name is not None:
        _show_model(LIBRARY[name])
        return
    if cells:
        _list_cells()
        return
    for model in LIBRARY.values():
        console.print(f"[bold]{model.name}[/]  {model.summary}", highlight=False)
        console.print(f"  {model.source}", markup=False, highlight=False, style="dim")
        options = ", ".join(f"{option}={default}" for option, default, _, _ in model.describe())
        console.print(Padding(Text(options), (0, 0, 0, 2)), soft_wrap=False)
    conclude(f"{len(LIBRARY)} models. 'unisono models NAME' shows one, 'unisono models --cells' cells and synapses.")


def _show_model(model: LibraryModel) -> None:
    """A library model: options with defaults and units, source, cells, synapses, an example."""
    from unisono.models.library import parts_of

    console.print(f"[bold]{model.name}[/]  {model.summary}\n", highlight=False)
    console.print(Padding(Text(f"Source: {model.source}"), (0, 0, 1, 0)), soft_wrap=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("option", "default", "unit", "meaning"):
        table.add_column(title, no_wrap=title != "meaning", overflow="fold")
    for option, default, unit, meaning in model.describe():
        choices = model.choices_of(option)
        text = meaning if not choices or choices[0] in meaning else f"{meaning}: {', '.join(choices)}"
        table.add_row(option, str(default), unit, text)
    console.print(table, soft_wrap=False)
    cells, synapses = parts_of(model.name)
    console.print()
    say(f"Cells: {', '.join(cells)}")
    say(f"Synapses: {', '.join(synapses) or 'none'}")
    option, default, *_ = model.describe()[0]
    conclude(f"Try: unisono compare {model.name} --set {option}={default}")


def _list_cells() -> None:
    from unisono.models.cells import CELLS
    from unisono.models.cells.parameter_sets import PARAMETER_SETS, ParameterSet
    from unisono.models.receptors import RECEPTORS
    from unisono.models.synapses import SYNAPSES
    from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS, SynapseParameterSet

    def show(name: str, source: str, parameters: Mapping[str, Parameter], facts: list[str]) -> None:
        console.print(f"[bold]{name}[/]")
        for line in (source, *facts):
            console.print(f"  {line}", markup=False, highlight=False)
        table = Table(box=None, padding=(0, 2), show_header=False)
        for parameter, p in parameters.items():
            table.add_row("", f"{parameter}={p.default:g}", "" if p.unit == "1" else p.unit, p.meaning)
        console.print(table, soft_wrap=False)

    for name, model in CELLS.items():
        receptors = ", ".join(f"{r} ({model.weight_unit(r)})" for r in model.receptors)
        steps = "time step: {:g} ms, at most {:g} ms".format(*model.time_step)
        facts = [f"receptors: {receptors}", f"recordable: {', '.join(model.recordable)}", steps]
        show(name, model.source, model.parameters, facts)
    console.print("\n[bold]Receptors[/], for PointNeuron and unisono.cell", highlight=False)
    for name, receptor in RECEPTORS.items():
        show(name, receptor.source, receptor.parameters, [])
    console.print("\n[bold]Synapses[/]", highlight=False)
    for name, synapse in SYNAPSES.items():
        show(name, synapse.source, synapse.parameters, [])
    sets: list[tuple[ParameterSet | SynapseParameterSet, str]] = [(s, s.owner) for s in SYNAPSE_PARAMETER_SETS.values()]
    sets = [(s, f"{s.cell}: {s.pattern} at {s.current:g} nA") for s in PARAMETER_SETS.values()] + sets
    console.print("\n[bold]Named parameter sets[/], for unisono.parameter_set", highlight=False)
    for entry, what in sets:
        values = ", ".join(f"{parameter}={value:g}" for parameter, value in entry.parameters.items())
        console.print(f"[bold]{entry.name}[/]  {what}", highlight=False)
        for line in filter(None, (entry.source, values, entry.note)):
            console.print(f"  {line}", markup=False, highlight=False)
    conclude(f"{len(CELLS)} cells, {len(RECEPTORS)} receptors, {len(SYNAPSES)} synapses, {len(sets)} parameter sets.")
