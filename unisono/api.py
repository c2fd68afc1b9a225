"""The functions behind ``unisono.load``, ``unisono.run`` and ``unisono.converge``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.adapters import execution
from unisono.adapters.base import Settings
from unisono.adapters.execution import Plan
from unisono.adapters.recording import Recording
from unisono.adapters.results import Runs
from unisono.models.errors import CoarseTimeStep, SimulatorFailed, UnisonoError, UnknownName
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.validation.orders import Convergence

DEFAULT_SIMULATORS = ("nest", "brian2", "neuron")


def load(
    model: str | Path,
    *,
    on: str = DEFAULT_SIMULATORS[0],
    args: Sequence[str] = (),
    settings: Settings | None = None,
    plan: Plan | None = None,
    **options: Any,
) -> Network:
    """A network from a library model, a PyNN script or a network file.

    Parameters
    ----------
    model : str or Path
        Name of a library model, or path of a ``.py`` script or ``.h5`` network file.
    on : str
        The simulator that gives a script the data it asks for.
    args : sequence of str
        Arguments of the script.
    settings, plan : optional
        How the script's data are simulated.
    **options
        Options of a library model.

    Raises
    ------
    UnknownName
        If there is no such model.
    ScriptError, CaptureError, DamagedFile, NetworkError
        If it cannot be read.
    """
    from unisono.models.library import LIBRARY, build_network

    path = Path(model)
    if str(model) in LIBRARY:
        return build_network(str(model), **options)
    if path.suffix not in (".py", ".h5") or not path.is_file():
        raise UnknownName(
            f"There is no model '{model}'.",
            f"Give a PyNN script, a network file (.h5) or one of: {', '.join(sorted(LIBRARY))}.",
        )
    if options:
        raise UnknownName(f"'{path}' has no options; '{min(options)}' was given.", "Only library models have options.")
    if path.suffix == ".h5":
        return Network.load(path)
    from unisono.models.pynn.script import capture_script

    return capture_script(path, FirstSimulator(on, settings, plan), args)


class FirstSimulator:
    """What a captured script's requests for data are answered with: a run on one simulator."""

    def __init__(self, name: str, settings: Settings | None = None, plan: Plan | None = None) -> None:
        self.name, self.settings = name, settings
        # The script decides when it needs data; a repeated run of the same network is never wanted.
        self.plan = replace(plan or Plan(), fresh=False)

    def __call__(self, network: Network) -> Recording:
        """Run the network, or take the run from the cache."""
        run = execution.run(network, [self.name], self.settings, self.plan)[self.name]
        if run.recording is None:
            raise run.error or SimulatorFailed(f"{self.name} gave no result.")
        return run.recording


def coarse_steps(network: Network) -> tuple[CoarseTimeStep, ...]:
    """A warning for each cell model whose largest time step is shorter than that of the network."""
    models = {p.model.digest: p.model for p in network.populations if not p.is_source}
    return tuple(
        CoarseTimeStep(
            f"The time step of {network.dt:g} ms is above the largest for {model.name}, {model.time_step[1]:g} ms; "
            f"recommended is {model.time_step[0]:g} ms."
        )
        for model in models.values()
        if network.dt > model.time_step[1] * (1 + 1e-9)
    )


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
        Names of simulators.
    numerics : str
        ``matched`` or ``native``.
    threads : int
        Threads of each simulation.
    options : mapping, optional
        Options of an adapter.
    time_limit : float, optional
        Seconds a run may take.
    interpreters : mapping of str to str, optional
        Python interpreter for a simulator.
    fresh : bool
        Repeat runs that are known.
    jobs : int
        Simulators that run at once.

    Returns
    -------
    Runs
        A failed run carries its error; the others are kept.

    Raises
    ------
    UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
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
    plan = Plan(time_limit=time_limit, interpreters=interpreters or {}, fresh=fresh, jobs=jobs)
    return execution.run(network, on, Settings(numerics, threads, options or {}), plan)


def converge(
    model: str | Path | Network,
    on: Sequence[str] = DEFAULT_SIMULATORS,
    *,
    numerics: str = "matched",
    plan: Plan | None = None,
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
    plan : Plan, optional
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
    UnknownName, NetworkError, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
        Before anything starts.
    SimulatorFailed
        If the reference cannot solve the model.
    """
    from unisono.models.library import LIBRARY
    from unisono.validation import convergence
    from unisono.validation.ladder import COARSEST

    if isinstance(on, str):
        raise UnisonoError(f"Simulators are given as a list, not as '{on}'.", f"Write on=['{on}'].")
    if isinstance(model, Network):
        network = model
    else:
        given = {"dt": COARSEST} | options if str(model) in LIBRARY else options
        network = load(model, on=on[0] if on else DEFAULT_SIMULATORS[0], plan=plan, **given)
    return convergence.converge(network, on, settings=Settings(numerics), plan=plan, announce=announce)
