"""The functions behind ``unisono.lint``, ``describe`` and ``advise``: what can be said of a model without a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS, ModelSource
from unisono.adapters.runtime.results import Runs
from unisono.api import Model, network_of, run
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.validation.advice.advice import Advice
    from unisono.validation.description.description import Description
    from unisono.validation.description.plan import Plan
    from unisono.validation.lint import LintReport


def lint(
    model: Model | Sequence[Network],
    *,
    ignore: Collection[str] = (),
    args: Sequence[str] = (),
    number: int | None = None,
    executor: Executor | None = None,
    **options: Any,
) -> LintReport:
    """Look for likely mistakes in a model; nothing is simulated.

    Parameters
    ----------
    model : Network, str, Path, or sequence of Network
        Every network of a script that runs several is examined.
    ignore : collection of str
        Rules to leave out.
    args : sequence of str
        Arguments of a script.
    number : int, optional
        Only this network of a script, from 1 on.
    executor : Executor, optional
        How data are simulated that a script asks for.
    **options
        Options of a library model.

    Returns
    -------
    LintReport

    Raises
    ------
    UnknownName
        If there is no such model, or no such rule.
    ScriptError, CaptureError, DamagedFile, NetworkError
        If the model cannot be read.
    """
    from unisono.validation.lint import lint as examine

    if not isinstance(model, (str, Path)):
        return examine(model, ignore=ignore)
    source = ModelSource(str(model), options, tuple(args), DEFAULT_SIMULATORS[0], number)
    return examine([loaded.network for loaded in source.networks(executor=executor)], str(model), ignore)


def describe(
    model: Model | Runs,
    runs: Runs | None = None,
    transient: float = 500.0,
    plan: Plan | None = None,
    *,
    on: str | Sequence[str] = (),
    args: Sequence[str] = (),
    number: int | None = None,
    progress: bool | None = None,
    **options: Any,
) -> Description:
    """Describe a model as a paper does, and what its runs add.

    Parameters
    ----------
    model : Network, Runs, str or Path
    runs : Runs, optional
    transient : float
        Cut before statistics, ms; at most half of a trial is.
    plan : Plan, optional
        What its author says.
    on : str or sequence of str
        Simulators on which it is run first, so that versions and figures are filled.
    args : sequence of str
        Arguments of a script.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    progress : bool, optional
        Whether to show progress; by default in terminals and notebooks.
    **options
        Options of a library model.

    Returns
    -------
    Description

    Raises
    ------
    UnisonoError
        If the model cannot be loaded or run.
    """
    from unisono.validation.description.description import describe as described

    if isinstance(model, Runs):
        runs, model = model, model.network
    network = network_of(model, (), args, number, Settings(), None, options)
    if on:
        runs = run(network, on, progress=progress)
    return described(network, runs, transient, plan)


def advise(
    phenomenon: str, *, cells: int = 1000, plasticity: str = "none", own_equations: bool = False, gpu: bool = False
) -> Advice:
    """Recommend cell, synapses, time step, duration and simulators for a question.

    Parameters
    ----------
    phenomenon : str
        What the model is to show.
    cells : int
    plasticity : str
        Synapses that change: ``none``, ``short-term`` or ``long-term``.
    own_equations : bool
        Whether a cell or synapse is written as text.
    gpu : bool
        Whether an NVIDIA GPU is there.

    Returns
    -------
    Advice
        Each recommendation with its reason and source.

    Raises
    ------
    UnknownName
        If there is no such phenomenon; the error lists all.
    UnisonoError
        If there is no such plasticity, or the number of cells is not above zero.
    """
    from unisono.validation.advice import advice

    return advice.advise(advice.Question(phenomenon, int(cells), own_equations, gpu, plasticity))
