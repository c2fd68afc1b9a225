"""The baseline: the simulator with which the others are compared when a cause is searched for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError
from unisono.models.network import Network
from unisono.models.words import listed
from unisono.validation.compare.first_difference import REFERENCE, FirstDifference

#: What an adapter states for cells whose method it does not know.
UNSTATED = "native"


@dataclass(frozen=True, eq=False)
class Baseline:
    """A run that is trusted, and why.

    Attributes
    ----------
    run : Run
        Of the whole network, or of the window alone if it was run for this.
    alone : bool
        Whether it ran the window alone.
    reason : str
        A sentence; empty where nothing speaks for it, and it is one of the two.
    """

    run: Run
    alone: bool
    reason: str


def is_trustworthy(name: str, network: Network, settings: Settings) -> bool:
    """Whether a simulator states how it integrates the cells of a network, with matched numerics."""
    if settings.numerics != "matched" or settings.precision != "double" or name == REFERENCE:
        return False
    adapter = registry.get(name)
    cells = [i for i, p in enumerate(network.populations) if not p.is_source]
    return all(adapter.method(network, index, settings) != UNSTATED for index in cells)


def baseline_of(
    runs: Runs,
    sides: tuple[list[str], list[str]],
    difference: FirstDifference,
    run_window: Callable[[str], Run],
) -> Baseline | None:
    """The simulator to hold two others against.

    Parameters
    ----------
    runs : Runs
    sides : tuple of two lists of str
        The simulators that have the first differing spike with either of the two, those first.
    difference : FirstDifference
        Of the two; the reference's judgement counts.
    run_window : callable
        Runs one more simulator on the window.
    """
    network = runs.network
    able = [[n for n in side if is_trustworthy(n, network, runs[n].settings)] for side in sides]
    if len(sides[0]) != len(sides[1]):
        most = max((0, 1), key=lambda i: len(sides[i]))
        if able[most]:
            return Baseline(runs[able[most][0]], False, f"{listed(sides[most])} give the same spikes up to there.")
    why = difference.explanation
    if why is not None and why.reference_distance is not None:
        right = difference.spiked if why.reference_distance >= 0 else difference.silent
        side = next((i for i in (0, 1) if right in sides[i]), None)
        if side is not None and able[side]:
            return Baseline(runs[able[side][0]], False, f"The reference agrees with {right}.")
    for name in _others(runs):
        run = run_window(name)
        if run.recording is not None:
            return Baseline(run, True, f"{name} was run as a third, with matched numerics.")
    known = [name for side in reversed(able) for name in side]
    return Baseline(runs[known[0]], False, "") if known else None


def _others(runs: Runs) -> list[str]:
    """Installed simulators that could be trusted, those of other distributions first, then those without a compiler."""
    settings = Settings()
    taken = {registry.get(name).distribution for name in runs if is_trustworthy(name, runs.network, settings)}
    found = []
    for position, name in enumerate(registry.names()):
        if name in runs or name == REFERENCE:
            continue
        adapter = registry.get(name)
        try:
            Executor().check_ready(adapter, runs.network, settings)
            trusted = is_trustworthy(name, runs.network, settings)
        except UnisonoError:
            continue
        if trusted:
            order = (adapter.distribution in taken, adapter.capabilities.needs_compiler, position)
            found.append((order, name))
    return [name for _, name in sorted(found)]
