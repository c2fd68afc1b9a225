"""Options and arguments that several commands take, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from unisono.commands import completing

#: Simulators where none are named; those of :data:`unisono.adapters.runtime.loading.DEFAULT_SIMULATORS`, which is not
#: imported here because `unisono --help` must not wait for it.
SIMULATORS: Final = "nest,brian2,neuron"

#: Cut before statistics, ms; that of :data:`unisono.ci.configuration.TRANSIENT`.
TRANSIENT: Final = 500.0

#: Groups of options, in the order of the help.
MODEL, SIMULATION, JUDGEMENT, FILES, EXECUTION = "Model", "Simulation", "Judgement", "Files", "Execution"


def model_option(*names: str, **more: Any) -> Any:
    """An option that says what is run."""
    return typer.Option(*names, rich_help_panel=MODEL, **more)


def simulation_option(*names: str, **more: Any) -> Any:
    """An option that says how it is simulated."""
    return typer.Option(*names, rich_help_panel=SIMULATION, **more)


def judgement_option(*names: str, **more: Any) -> Any:
    """An option that says how results are judged."""
    return typer.Option(*names, rich_help_panel=JUDGEMENT, **more)


def file_option(*names: str, **more: Any) -> Any:
    """An option that names a file or folder."""
    return typer.Option(*names, rich_help_panel=FILES, **{"metavar": "FILE", **more})


def execution_option(*names: str, **more: Any) -> Any:
    """An option that changes how runs are carried out, and no result."""
    return typer.Option(*names, rich_help_panel=EXECUTION, **more)


Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A library model, a PyNN script (.py), a network file (.h5) or a folder of results.",
        autocompletion=completing.models,
    ),
]
Arguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="ARGUMENTS", help="Arguments of the script.", autocompletion=completing.values),
]
On = Annotated[
    str,
    simulation_option(
        "--on",
        metavar="SIMULATOR,...",
        help="Simulators, separated by commas, optionally with settings, as in nest:native or genn:single. The first "
        "supplies data to scripts that call get_data().",
        autocompletion=completing.simulators,
    ),
]
Set = Annotated[
    list[str] | None,
    model_option(
        "--set", metavar="NAME=VALUE", help="An option of a library model.", autocompletion=completing.settings
    ),
]
Number = Annotated[
    int | None,
    model_option("--network", metavar="N", min=1, help="Only this network of a script that runs several, from 1 on."),
]
Numerics = Annotated[
    str,
    simulation_option(
        metavar="matched|native|euler",
        help="'matched': the same on all simulators; 'native': each one's own; 'euler': to show what it costs.",
        autocompletion=completing.numerics,
    ),
]
Threads = Annotated[int, simulation_option(min=1, metavar="N", help="Threads of each simulation.")]
TimeLimit = Annotated[float | None, execution_option(metavar="SECONDS", help="Seconds a run may take.")]
Fresh = Annotated[bool, execution_option("--fresh", help="Ignore cached results.")]
Jobs = Annotated[int, execution_option(min=1, metavar="N", help="Simulators that run at the same time.")]
Executor = Annotated[
    str | None,
    execution_option(metavar="WHERE", help="Where it runs: local:N (N networks at once) or dask://HOST:PORT."),
]
Python = Annotated[
    list[str] | None,
    execution_option(
        "--python",
        metavar="SIMULATOR=PATH",
        help="Interpreter of a simulator's environment.",
        autocompletion=completing.interpreters,
    ),
]
Transient = Annotated[
    float, judgement_option(min=0, metavar="MS", help="Time cut before statistics, ms; at most half of a run.")
]
GitHub = Annotated[
    bool, file_option("--github", metavar=None, envvar="GITHUB_ACTIONS", help="Print annotations of GitHub Actions.")
]
Report = Annotated[Path | None, file_option("--report", help="Write an HTML report.")]
Json = Annotated[Path | None, file_option("--json", help="Write the result as JSON.")]
Csv = Annotated[Path | None, file_option("--csv", help="Write the table as CSV.")]
