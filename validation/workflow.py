"""From a model to a verdict: load, run, compare, look for causes. The one place that does so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor, Listener
from unisono.adapters.runtime.loading import ModelSource
from unisono.adapters.runtime.results import Runs
from unisono.models.network import Network
from unisono.validation.compare.agreement import Agreement, Runner, compare
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose.causes import Causes
from unisono.validation.statistics.statistics import TRANSIENT

#: Shows the progress of runs on simulators for as long as they take.
Watch = Callable[[Sequence[str]], AbstractContextManager[Listener]]


def unwatched(simulators: Sequence[str]) -> AbstractContextManager[Listener]:
    """Show no progress."""
    return nullcontext(lambda simulator, message: None)


def _silent(_: object) -> None:
    """Hear nothing."""


def _unchanged(executor: Executor) -> Runner:
    return executor


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
    loaded : callable
        Told of the network before it runs.
    ran : callable
        Told of the runs before they are compared.
    compared : callable
        Told of the agreement before causes are looked for, which may take minutes.
    """

    executor: Executor = field(default_factory=Executor)
    watch: Watch = unwatched
    announce: Callable[[str], None] = _silent
    loaded: Callable[[Network], None] = _silent
    ran: Callable[[Runs], None] = _silent
    compared: Callable[[Agreement], None] = _silent

    def run(
        self,
        model: Network | ModelSource,
        on: Sequence[str],
        settings: Settings,
        runner: Callable[[Executor], Runner] = _unchanged,
    ) -> Runs:
        """Load a model and run it on several simulators.

        Parameters
        ----------
        model : Network or ModelSource
        on : sequence of str
        settings : Settings
        runner : callable
            What runs it, made of the executor that tells of progress: one that injects a fault.

        Raises
        ------
        UnisonoError
            If the model cannot be loaded, or a simulator not run it.
        """
        network = model if isinstance(model, Network) else model.network(settings, self.executor)
        self.loaded(network)
        with self.watch([settings.named(text)[0] for text in on]) as listener:
            runs = runner(replace(self.executor, listener=listener)).run(network, on, settings)
        self.ran(runs)
        return runs

    def compare(
        self, runs: Runs, transient: float = TRANSIENT, explain: bool = True, tolerance: float | None = None
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
        """
        agreement = compare(runs, transient=transient, examine=explain, executor=self.executor, tolerance=tolerance)
        self.compared(agreement)
        return explained(agreement, self.executor, self.announce) if explain else agreement


def explained(agreement: Agreement, executor: Runner, announce: Callable[[str], None]) -> Agreement:
    """The agreement with the causes that could be shown."""
    causes = Causes(agreement.runs, executor.run, announce)

    def with_cause(pair: Pair) -> Pair:
        difference = pair.first_difference
        return pair if difference is None else replace(pair, cause=causes.find(pair.a, pair.b, difference))

    return replace(agreement, pairs=tuple(map(with_cause, agreement.pairs)))
