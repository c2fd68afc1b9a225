"""Options and arguments that several commands take, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

#: Simulators where none are named; those of :data:`unisono.adapters.runtime.loading.DEFAULT_SIMULATORS`, which is not
#: imported here because `unisono --help` must not wait for it.
SIMULATORS: Final = "nest,brian2,neuron"

#: Cut before statistics, ms; that of :data:`unisono.ci.configuration.TRANSIENT`.
TRANSIENT: Final = 500.0

Model = Annotated[
    str, typer.Argument(help="A library model, a PyNN script (.py), a network file (.h5) or a folder of results.")
]
Arguments = Annotated[list[str] | None, typer.Argument(help="Arguments of the script.")]
On = Annotated[
    str,
    typer.Option(
        "--on",
        help="Simulators, separated by commas, optionally with settings, as in nest:native or genn:single. The first "
        "supplies data to scripts that call get_data().",
    ),
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of a library model.")]
Number = Annotated[
    int | None, typer.Option("--network", min=1, help="Only this network of a script that runs several, from 1 on.")
]
Numerics = Annotated[str, typer.Option(help="'matched': the same on all simulators; 'native': each one's own.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of each simulation.")]
TimeLimit = Annotated[float | None, typer.Option(help="Seconds a run may take.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ignore cached results.")]
Jobs = Annotated[int, typer.Option(min=1, help="Simulators that run at the same time.")]
Python = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="SIMULATOR=PATH", help="Interpreter of a simulator's environment."),
]
Transient = Annotated[float, typer.Option(min=0, help="Time cut before statistics, ms; at most half of a run.")]
GitHub = Annotated[
    bool, typer.Option("--github", envvar="GITHUB_ACTIONS", help="Print findings as annotations of GitHub Actions.")
]
Report = Annotated[Path | None, typer.Option("--report", help="Write an HTML report.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the result as JSON.")]
