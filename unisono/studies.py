"""The functions behind ``unisono.converge``, ``ensemble``, ``explore`` and ``curve``: many runs of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.adapters.contract import Settings
from unisono.adapters.contract.settings import names_of
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS, ModelSource
from unisono.api import Model, network_of
from unisono.models.network import Network
from unisono.progress import rows_shown, runs_shown, steps_shown

if TYPE_CHECKING:
    from unisono.validation.convergence.orders import Convergence
    from unisono.validation.ensembles.study import Study
    from unisono.validation.exploration.current_curve import CurrentCurve
    from unisono.validation.exploration.exploration import Exploration


def converge(
    model: Model,
    on: str | Sequence[str] = DEFAULT_SIMULATORS,
    *,
    numerics: str = "matched",
    number: int | None = None,
    args: Sequence[str] = (),
    executor: Executor | None = None,
    announce: Callable[[str], None] | None = None,
    progress: bool | None = None,
    **options: Any,
) -> Convergence:
    """Run a model with shorter and shorter time steps, and judge the order of its errors.

    Parameters
    ----------
    model : Network, str or Path
        As :func:`unisono.run` takes it. Its time step is the coarsest of seven, each half the one before;
        a library model begins at 2^-3 ms where no ``dt`` is given.
    on : str or sequence of str
        Names of simulators, in a list or with commas between them.
    numerics : str
        ``matched`` or ``native``.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    args : sequence of str
        Arguments of a script.
    executor : Executor, optional
        How the runs are carried out.
    announce : callable, optional
        Called with a line on what is run next, in place of progress.
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
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

    names, settings = names_of(on), Settings(numerics)
    if not isinstance(model, Network) and str(model) in LIBRARY:
        options = {"dt": COARSEST} | options
    network = network_of(model, names, args, number, settings, executor, options)
    with steps_shown(False if announce else progress) as step:
        return convergence.converge(network, names, settings=settings, executor=executor, announce=announce or step)


def ensemble(
    model: str | Path,
    on: str | Sequence[str] = DEFAULT_SIMULATORS,
    *,
    base: str | None = None,
    runs: int | None = None,
    pilot: int | None = None,
    first_seed: int = 1,
    transient: float = 500.0,
    numerics: str = "matched",
    threads: int = 1,
    number: int | None = None,
    args: Sequence[str] = (),
    executor: Executor | None = None,
    jobs: int = 1,
    progress: bool | None = None,
    **options: Any,
) -> Study:
    """Judge from many seeds whether simulators are equivalent; finished runs are cached.

    Parameters
    ----------
    model : str or Path
        A library model, or a script with ``{seed}`` in its arguments.
    on : str or sequence of str
        At least two sides, in a list or with commas between them: simulators, or one with other settings, as in
        ``nest,nest:native``.
    base : str, optional
        Reference configuration; the first by default.
    runs : int, optional
        Runs of each side; by default as many as the statistics need.
    pilot : int, optional
        Pilot seeds, which fix margins and number of runs; 20 by default.
    first_seed : int
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    numerics : str
        ``matched`` or ``native``, where a side does not say otherwise.
    threads : int
        Threads of each simulation.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    args : sequence of str
        Arguments of a script.
    executor : Executor, optional
    jobs : int
        Networks that run at once.
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
    **options
        Options of a library model.

    Returns
    -------
    Study
        Its ``verdict``, and the tests of every statistic in ``pairs``.

    Raises
    ------
    UnknownName, UnsupportedFeature, NotReady
        Before anything starts.
    UnisonoError
        If fewer than two different sides are given, or the pilot runs of a side all fail.
    """
    from unisono.validation.ensembles import study
    from unisono.validation.ensembles.rows import Side

    sides = [Side.parse(text, Settings(numerics, threads)) for text in names_of(on)]
    first = sides[0].simulator if sides else DEFAULT_SIMULATORS[0]
    with rows_shown(progress) as (listener, announce):
        return study.study(
            ModelSource(str(model), options, tuple(args), first, number),
            sides,
            base=base,
            runs=runs,
            pilot=study.PILOT if pilot is None else pilot,
            first_seed=first_seed,
            transient=transient,
            executor=executor,
            pool=f"local:{jobs}",
            announce=announce,
            listener=listener,
        )


def explore(
    model: str | Path,
    vary: Mapping[str, Sequence[float | str]],
    on: str = DEFAULT_SIMULATORS[0],
    *,
    population: str = "",
    transient: float = 500.0,
    number: int | None = None,
    args: Sequence[str] = (),
    executor: Executor | None = None,
    jobs: int = 1,
    progress: bool | None = None,
    **options: Any,
) -> Exploration:
    """Run a model at every point of a grid of its options; finished points are cached.

    Parameters
    ----------
    model : str or Path
        A library model, or a script with ``{NAME}`` in its arguments for what is varied.
    vary : mapping of str to sequence
        One option or two, with their values.
    on : str
        The simulator, optionally with settings, as in ``nest:native``.
    population : str
        The population that regimes are named for; the largest by default.
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    args : sequence of str
        Arguments of a script.
    executor : Executor, optional
    jobs : int
        Points that run at once.
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
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
    from unisono.validation.ensembles.rows import Side
    from unisono.validation.exploration import exploration
    from unisono.validation.exploration.axes import Axis, check_axes

    axes = tuple(Axis(name, tuple(values)) for name, values in vary.items())
    check_axes(axes, options)
    side = Side.parse(on)
    with rows_shown(progress) as (listener, _):
        return exploration.explore(
            ModelSource(str(model), options, tuple(args), side.simulator, number),
            axes,
            side=side,
            population=population,
            transient=transient,
            executor=executor,
            pool=f"local:{jobs}",
            listener=listener,
        )


def curve(
    cell: str,
    on: str | Sequence[str] = DEFAULT_SIMULATORS,
    currents: Sequence[float] = (),
    *,
    dt: float | None = None,
    duration: float = 1000.0,
    transient: float = 200.0,
    numerics: str = "matched",
    executor: Executor | None = None,
    progress: bool | None = None,
    **parameters: float,
) -> CurrentCurve:
    """The rate of a cell by the current into it, on several simulators.

    Parameters
    ----------
    cell : str
        A cell model or a named parameter set.
    on : str or sequence of str
        Names of simulators, in a list or with commas between them.
    currents : sequence of float
        nA; from 0 to twice the one at which the cell fires by default.
    dt : float, optional
        Time step, ms; the model's recommended one by default.
    duration, transient : float
        Simulated time, and the part that is cut, ms.
    numerics : str
        ``matched`` or ``native``.
    executor : Executor, optional
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
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

    names, settings = names_of(on), Settings(numerics)
    with runs_shown(progress, [settings.named(name)[0] for name in names]) as listener:
        return current_curve(
            CurveCell.named(cell, **parameters),
            names,
            currents,
            dt=dt,
            duration=duration,
            transient=transient,
            settings=settings,
            executor=replace(executor or Executor(), listener=listener),
        )
