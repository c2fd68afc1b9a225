"""The functions behind ``unisono.load``, ``run`` and ``compare``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.adapters.contract import Settings
from unisono.adapters.contract.settings import names_of
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS, coarse_steps
from unisono.adapters.runtime.loading import load as load
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import UnisonoError
from unisono.models.network import Network
from unisono.progress import runs_shown, steps_shown

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement

#: A network, or what :func:`load` makes one of.
Model = str | Path | Network


def run(
    model: Model,
    on: str | Sequence[str] = DEFAULT_SIMULATORS,
    *,
    numerics: str = "matched",
    threads: int = 1,
    options: Mapping[str, Any] | None = None,
    time_limit: float | None = None,
    interpreters: Mapping[str, str] | None = None,
    fresh: bool = False,
    jobs: int = 1,
    args: Sequence[str] = (),
    number: int | None = None,
    progress: bool | None = None,
    **model_options: Any,
) -> Runs:
    """Run a model on several simulators, each in a process of its own.

    Parameters
    ----------
    model : Network, str or Path
        A network, the name of a library model, or the path of a script or a network file.
    on : str or sequence of str
        Names of simulators, in a list or with commas between them; ``nest:native`` and ``genn:single`` select other
        numerics or another precision.
    numerics : str
        ``matched``, ``native`` or ``euler``.
    threads : int
        Threads of each simulation.
    options : mapping, optional
        Options of an adapter.
    time_limit : float, optional
        Seconds a run may take.
    interpreters : mapping of str to str, optional
        Python interpreter for a simulator.
    fresh : bool
        Ignore cached results.
    jobs : int
        Simulators that run at once.
    args : sequence of str
        Arguments of a script.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
    **model_options
        Options of a library model.

    Returns
    -------
    Runs
        A failed run carries its error; the others are kept.

    Raises
    ------
    UnknownName, NetworkError, UnsupportedFeature, NotReady
        Before anything starts.
    ScriptError, CaptureError, DamagedFile
        If a script or a file cannot be read.

    Warns
    -----
    CoarseTimeStep
        Once for each cell model whose largest time step is shorter than that of the network.
    """
    names, settings = names_of(on), Settings(numerics, threads, options or {})
    executor = Executor(time_limit=time_limit, interpreters=interpreters or {}, fresh=fresh, jobs=jobs)
    network = network_of(model, names, args, number, settings, executor, model_options)
    for warning in coarse_steps(network):
        warnings.warn(warning, stacklevel=2)
    with runs_shown(progress, [settings.named(name)[0] for name in names]) as listener:
        return replace(executor, listener=listener).run(network, names, settings)


def compare(
    runs: Runs | Model,
    on: str | Sequence[str] = DEFAULT_SIMULATORS,
    *,
    transient: float = 500.0,
    explain: bool = True,
    executor: Executor | None = None,
    announce: Callable[[str], None] | None = None,
    progress: bool | None = None,
    **given: Any,
) -> Agreement:
    """Compare all runs of a network, and look for the causes of differences.

    Parameters
    ----------
    runs : Runs, Network, str or Path
        Runs, or a folder of results; anything else is run first, as :func:`run` does.
    on : str or sequence of str
        Where it is run first.
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    explain : bool
        Whether first divergences are examined and their causes looked for, which runs the network again up to there,
        and injected faults a little beyond.
    executor : Executor, optional
        What runs them for that.
    announce : callable, optional
        Called with a line on what is run to find a cause, in place of progress.
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
    **given
        What else :func:`run` takes, where a model is run first.

    Returns
    -------
    Agreement
        Its ``verdict`` has level, evidence, cause and next step.

    Raises
    ------
    UnisonoError
        If the model cannot be run; see :func:`run`.
    """
    from unisono.adapters.runtime.loading import only
    from unisono.adapters.runtime.results_folder import load_results, results_of
    from unisono.validation.workflow import Workflow

    if not isinstance(runs, (Runs, Network)) and Path(runs).is_dir():
        number = given.pop("number", None)
        runs = load_results(only(results_of(Path(runs), number), str(runs)))
    if not isinstance(runs, Runs):
        runs = run(runs, on, progress=progress, **given)
    elif given:
        raise UnisonoError(f"Runs are not run again; '{min(given)}' was given.", "Give it to unisono.run.")
    with steps_shown(False if announce else progress) as step:
        return Workflow(executor or Executor(), announce=announce or step).compare(runs, transient, explain)


def network_of(
    model: Model,
    on: Sequence[str],
    args: Sequence[str],
    number: int | None,
    settings: Settings,
    executor: Executor | None,
    options: Mapping[str, Any],
) -> Network:
    """The network that is meant by a model.

    Raises
    ------
    UnisonoError
        If a network is given options, or a model cannot be loaded.
    """
    if not isinstance(model, Network):
        first = on[0] if on else DEFAULT_SIMULATORS[0]
        return load(model, on=first, args=args, settings=settings, executor=executor, number=number, **options)
    if options:
        message = f"A network has no options; '{min(options)}' was given."
        raise UnisonoError(message, "Only library models have options.")
    return model
