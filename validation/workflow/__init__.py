"""From a model to a verdict: load, run, compare, look for causes. The one place that does so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor, Listener
from unisono.adapters.runtime.loading import Loaded, ModelSource
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import UnisonoError
from unisono.models.network import Network
from unisono.validation.compare.agreement import Agreement, compare
from unisono.validation.compare.closed_loop import Divergence, compare_loops
from unisono.validation.compare.read_data import Loop
from unisono.validation.diagnose import explain as causes
from unisono.validation.runner import Runner
from unisono.validation.statistics.statistics import TRANSIENT

if TYPE_CHECKING:
    from unisono.models.pynn.capture import CaptureProgress

#: Shows the progress of runs on simulators for as long as they take.
Watch = Callable[[Sequence[str]], AbstractContextManager[Listener]]


def unwatched(simulators: Sequence[str]) -> AbstractContextManager[Listener]:
    """Show no progress."""
    return nullcontext(lambda simulator, message: None)


class ScriptWatch(Protocol):
    """Shows what is simulated for a script while it is captured."""

    def watch(self, progress: CaptureProgress) -> None:
        """Called with the progress of the simulation, up to a request for data."""

    def listen(self, simulator: str, message: Mapping[str, Any]) -> None:
        """Notified of phases and of the progress of a single run."""


class UnwatchedScript:
    """Shows nothing."""

    def watch(self, progress: CaptureProgress) -> None:
        """Show nothing."""

    def listen(self, simulator: str, message: Mapping[str, Any]) -> None:
        """Show nothing."""


def unwatched_script() -> AbstractContextManager[ScriptWatch]:
    """Show nothing of what is simulated for a script."""
    return nullcontext(UnwatchedScript())


def _silent(_: object) -> None:
    """Hear nothing."""


def _unchanged(executor: Executor) -> Runner:
    return executor


@dataclass(frozen=True, eq=False)
class Looped:
    """A network, and where the loops of other simulators diverge from the one that drove it."""

    loaded: Loaded
    divergences: tuple[Divergence, ...] = ()


def _loop(simulator: str, loaded: Loaded, settings: Settings) -> Loop:
    return Loop(settings.named(simulator)[0], loaded.network, loaded.reads, loaded.recorded)


@dataclass(frozen=True)
class Workflow:
    """How models are run and compared, and who hears of it.

    Attributes
    ----------
    executor : Executor
    watch : callable
        Shows the progress of runs.
    announce : callable
        Told what is done next, in a line.
    script : callable
        Shows how far the simulation is that supplies a script with data, while the script is captured.
    loaded : callable
        Called with a network and its origin, before it runs.
    ran : callable
        Called with the runs before they are compared.
    compared : callable
        Called with the agreement before the search for causes, which may take minutes.
    """

    executor: Executor = field(default_factory=Executor)
    watch: Watch = unwatched
    announce: Callable[[str], None] = _silent
    script: Callable[[], AbstractContextManager[ScriptWatch]] = unwatched_script
    loaded: Callable[[Loaded], None] = _silent
    ran: Callable[[Runs], None] = _silent
    compared: Callable[[Agreement], None] = _silent

    def load(self, model: ModelSource, settings: Settings) -> tuple[Loaded, ...]:
        """Load a model: every network that a script runs, or the one that was chosen.

        Raises
        ------
        UnisonoError
            If the model cannot be loaded.
        """
        with self.script() as shown:
            return model.networks(settings, replace(self.executor, listener=shown.listen), shown.watch)

    def closed_loops(self, model: ModelSource, on: Sequence[str], settings: Settings) -> tuple[Looped, ...]:
        """Load a script once on each simulator, which supplies its data, and compare the networks that come of it.

        Parameters
        ----------
        model : ModelSource
            A script.
        on : sequence of str
        settings : Settings

        Returns
        -------
        tuple of Looped
            Each network that came of the first simulator's loop, with the divergences of the others from it.

        Raises
        ------
        UnisonoError
            If the script cannot be captured, or draws random numbers without a seed.
        """
        if Path(model.model).suffix != ".py":
            raise UnisonoError(f"'{model.model}' is not a script.", "Leave out --closed-loop.")
        loaded = {text: self.load(replace(model, on=text), settings) for text in on}
        first = next(iter(loaded.values()))
        if first[0].unseeded:
            raise UnisonoError(
                f"Loops of a script without a seed differ by chance. Unseeded: {'; '.join(first[0].unseeded)}.",
                "Seed its random numbers.",
            )
        loops = [[_loop(text, one, settings) for one in found] for text, found in loaded.items()]
        return tuple(
            Looped(one if divergences else replace(one, driven_by=""), divergences)
            for one, divergences in zip(first, compare_loops(loops), strict=True)
        )

    def run(
        self,
        model: Network | Loaded,
        on: Sequence[str],
        settings: Settings,
        runner: Callable[[Executor], Runner] = _unchanged,
        to_compare: bool = False,
    ) -> Runs:
        """Run a network on several simulators.

        Parameters
        ----------
        model : Network or Loaded
        on : sequence of str
        settings : Settings
        runner : callable
            What runs it, made of the executor that tells of progress: one that injects a fault.
        to_compare : bool
            Whether a comparison follows: Elephant, which takes a second to import, is then imported beside the runs.

        Raises
        ------
        UnisonoError
            If a simulator cannot run it.
        """
        if to_compare:
            Thread(target=import_module, args=("elephant.statistics",)).start()
        loaded = model if isinstance(model, Loaded) else Loaded(model)
        self.loaded(loaded)
        with self.watch([settings.named(text)[0] for text in on]) as listener:
            runs = runner(replace(self.executor, listener=listener)).run(loaded.network, on, settings)
        runs = runs.driven(loaded.driven_by)
        self.ran(runs)
        return runs

    def compare(
        self,
        runs: Runs,
        transient: float = TRANSIENT,
        explain: bool = True,
        tolerance: float | None = None,
        divergences: Sequence[Divergence] = (),
    ) -> Agreement:
        """Compare runs, and look for the causes of differences.

        Parameters
        ----------
        runs : Runs
        transient : float
            Cut before the statistics, ms; at most half of a trial is.
        explain : bool
            Whether first divergences are examined and their causes looked for.
        tolerance : float, optional
            Largest difference of signals while spikes are identical, in their unit, in place of their numerical error.
        divergences : sequence of Divergence
            Where closed loops of these simulators diverge.
        """
        agreement = compare(runs, transient=transient, examine=explain, executor=self.executor, tolerance=tolerance)
        agreement = replace(agreement, divergences=tuple(divergences))
        self.compared(agreement)
        return causes.explain(agreement, self.executor, announce=self.announce) if explain else agreement
