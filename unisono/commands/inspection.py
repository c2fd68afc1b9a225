"""``unisono doctor`` and ``unisono models``: what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from unisono.commands.common import console, say

if TYPE_CHECKING:
    from unisono.doctor import Finding
    from unisono.models.cells.model import Parameter


def doctor(quick: Annotated[bool, typer.Option("--quick", help="Do not start the simulators.")] = False) -> None:
    """Show what is installed, what is missing, and how to fix it."""
    from unisono.doctor import examine

    findings = examine(run_simulators=not quick)
    for finding in findings:
        _show(finding)
    raise typer.Exit(1 if any(finding.amiss for finding in findings) else 0)


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
    cells: Annotated[bool, typer.Option("--cells", help="List cells, receptors, synapses, parameter sets.")] = False,
) -> None:
    """List the library: models and their options; with --cells the cells, receptors, synapses and parameter sets."""
    from unisono.models.cells import CELLS
    from unisono.models.library import LIBRARY
    from unisono.models.synapses import SYNAPSES

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
    console.print(f"[bold]synapses[/]  {', '.join(SYNAPSES)}")


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
        console.print(table)

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
