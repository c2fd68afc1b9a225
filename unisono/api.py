"""The functions behind ``unisono.load``, ``run``, ``compare``, ``converge``, ``explore`` and ``curve``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS, coarse_steps
from unisono.adapters.runtime.loading import load as load
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import UnisonoError
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.convergence.orders import Convergence
    from unisono.validation.exploration.current_curve import CurrentCurve
    from unisono.validation.exploration.exploration import Exploration


def run(
    network: Network,
    on: Sequence[str] = DEFAULT_SIMULATORS,
    *,
    numerics: str = "matched",
    threads: int = 1,
    options: Mapping[str, Any] | None = None,
    time_limit: float | None = None,
    interpreters: Mapping[str, str] | None = None,
    fresh: bool = False,
    jobs: int = 1,
) -> Runs:
    """Run a network on several simulators, each in a process of its own.

    Parameters
    ----------
    network : Network
    on : sequence of str
        Names of simulators; ``nest:native`` and ``genn:single`` select other numerics or another precision.
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

    Returns
    -------
    Runs
        A failed run carries its error; the others are kept.

    Raises
    ------
    UnknownName, UnsupportedFeature, NotReady
        Before anything starts.

    Warns
    -----
    CoarseTimeStep
        Once for each cell model whose largest time step is shorter than that of the network.
    """
    if isinstance(on, str):
        raise UnisonoError(f"Simulators are given as a list, not as '{on}'.", f"Write on=['{on}'].")
    for warning in coarse_steps(network):
        warnings.warn(warning, stacklevel=2)
    executor = Executor(time_limit=time_limit, interpreters=interpreters or {}, fresh=fresh, jobs=jobs)
    return executor.run(network, on, Settings(numerics, threads, options or {}))


def compare(
    runs: Runs,
    *,
    transient: float = 500.0,
    explain: bool = True,
    executor: Executor | None = None,
    announce: Callable[[str], None] = lambda line: None,
) -> Agreement:
    """Compare all runs of a network, and look for the causes of differences.

    Parameters
    ----------
    runs : Runs
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    explain : bool
        Whether first divergences are examined and their causes looked for, which runs the network again up to there,
        and injected faults a little beyond.
    executor : Executor, optional
        What runs them for that.
    announce : callable
        Told what is run to find a cause.

    Returns
    -------
    Agreement
        Its ``verdict`` has level, evidence, cause and next step.
    """
    from unisono.validation.workflow import Workflow

    return Workflow(executor or Executor(), announce=announce).compare(runs, transient, explain)


def converge(
    model: str | Path | Network,
    on: Sequence[str] = DEFAULT_SIMULATORS,
    *,
    numerics: str = "matched",
    number: int | None = None,
    executor: Executor | None = None,
    announce: Callable[[str], None] = lambda line: None,
    **options: Any,
) -> Convergence:
    """Run a model with shorter and shorter time steps, and judge the order of its errors.

    Parameters
    ----------
    model : str, Path or Network
        As :func:`load` takes it. Its time step is the coarsest of seven, each half the one before;
        a library model begins at 2^-3 ms where no ``dt`` is given.
    on : sequence of str
        Names of simulators.
    numerics : str
        ``matched`` or ``native``.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    executor : Executor, optional
        How the runs are carried out.
    announce : callable
        Told what is run next.
    **options
        Options of a library model.

    Returns
    -------
    Convergence

    Raises
    ------
    UnknownName, NetworkError, UnsupportedFeature, NotReady
        Before anything starts.
    SimulatorFailed
        If the reference cannot solve the model.
    """
    from unisono.models.library import LIBRARY
    from unisono.validation.convergence import convergence
    from unisono.validation.convergence.step_refinement import COARSEST

    if isinstance(on, str):
        raise UnisonoError(f"Simulators are given as a list, not as '{on}'.", f"Write on=['{on}'].")
    if isinstance(model, Network):
        network = model
    else:
        given = {"dt": COARSEST} | options if str(model) in LIBRARY else options
        first = on[0] if on else DEFAULT_SIMULATORS[0]
        network = load(model, on=first, executor=executor, number=number, **given)
    return convergence.converge(network, on, settings=Settings(numerics), executor=executor, announce=announce)


def explore(
    model: str | Path,
    vary: Mapping[str, Sequence[float | str]],
    on: str = DEFAULT_SIMULATORS[0],
    *,
    population: str = "",
    transient: float = 500.0,
    executor: Executor | None = None,
    jobs: int = 1,
    **options: Any,
) -> Exploration:
    """Run a library model at every point of a grid of its options; finished points are cached.

    Parameters
    ----------
    model : str or Path
        A library model.
    vary : mapping of str to sequence
        One option or two, with their values.
    on : str
        The simulator, optionally with settings, as in ``nest:native``.
    population : str
        The population that regimes are named for; the largest by default.
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    executor : Executor, optional
    jobs : int
        Points that run at once.
    **options
        Options that are the same everywhere.

    Returns
    -------
    Exploration
        Measures, regimes and, where the theory covers the model, predictions of every point.

    Raises
    ------
    UnknownName, NetworkError
        Before anything starts.
    UnisonoError
        If not one or two options are varied, or no point gave a result.
    """
    from unisono.adapters.runtime.loading import ModelSource
    from unisono.validation.ensembles.rows import Side
    from unisono.validation.exploration import exploration
    from unisono.validation.exploration.axes import Axis, check_axes

    axes = tuple(Axis(name, tuple(values)) for name, values in vary.items())
    check_axes(axes, options)
    return exploration.explore(
        ModelSource(str(model), options),
        axes,
        side=Side.parse(on),
        population=population,
        transient=transient,
        executor=executor,
        pool=f"local:{jobs}",
    )


def curve(
    cell: str,
    on: Sequence[str] = DEFAULT_SIMULATORS,
    currents: Sequence[float] = (),
    *,
    dt: float | None = None,
    duration: float = 1000.0,
    transient: float = 200.0,
    numerics: str = "matched",
    executor: Executor | None = None,
    **parameters: float,
) -> CurrentCurve:
    """The rate of a cell by the current into it, on several simulators.

    Parameters
    ----------
    cell : str
        A cell model or a named parameter set.
    on : sequence of str
        Names of simulators.
    currents : sequence of float
        nA; from 0 to twice the one at which the cell fires by default.
    dt : float, optional
        Time step, ms; the model's recommended one by default.
    duration, transient : float
        Simulated time, and the part that is cut, ms.
    numerics : str
        ``matched`` or ``native``.
    executor : Executor, optional
    **parameters
        Of the cell.

    Returns
    -------
    CurrentCurve
        With the closed form where one is known.

    Raises
    ------
    UnknownName, UnisonoError, UnsupportedFeature, NotReady
        Before anything starts.
    """
    from unisono.validation.exploration.current_curve import CurveCell, current_curve

    return current_curve(
        CurveCell.named(cell, **parameters),
        on,
        currents,
        dt=dt,
        duration=duration,
        transient=transient,
        settings=Settings(numerics),
        executor=executor,
    )
