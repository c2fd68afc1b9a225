"""Runs and what is known about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.models.cards import Card, Carded, counted
from unisono.models.errors import UnisonoError
from unisono.models.network import Network
from unisono.models.registry import Lazy

if TYPE_CHECKING:
    import neo
    from matplotlib.axes import Axes

    from unisono.validation.statistics.table import Statistics

#: Plots and statistics of runs: the layers above make them, and put them into a table that is imported then.
VIEWS = Lazy("unisono.validation.report.views:VIEWS")

#: The phases of a run whose seconds are kept, in order.
PHASES = ("start", "prepare", "build", "run", "collect")


@dataclass(frozen=True, eq=False, repr=False)
class Run(Carded):
    """One network on one simulator.

    Attributes
    ----------
    simulator : str
    network : Network
    settings : Settings
    recording : Recording or None
        None where the run failed.
    provenance : mapping
        ``version`` (of the simulator), ``versions`` (mapping of packages), ``seconds`` (mapping by
        phase, see PHASES), ``peak_rss_mb``, ``peak_rss_mb_by_phase`` (up to the end of each), ``platform``,
        ``fingerprint``, ``seed``, ``settings``, ``unisono``, ``cached`` (bool), ``notes`` (list of str, see
        :attr:`notes`); of a script that asks for data ``live`` (bool: this run supplied them) and ``driven_by`` (the
        simulator that supplied them, where the script went on afterwards).
    error : UnisonoError or None
    log : str
        What the simulator printed.
    """

    simulator: str
    network: Network
    settings: Settings
    recording: Recording | None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    error: UnisonoError | None = None
    log: str = ""

    @property
    def name(self) -> str:
        """The simulator with its settings, as in ``nest:native``."""
        return self.settings.name_of(self.simulator)

    def _card(self) -> Card:
        known = self.provenance
        facts = [
            *([] if self.spike_count is None else [counted(self.spike_count, "spike")]),
            *([f"version {known['version']}"] if known.get("version") else []),
            *(["cached"] if known.get("cached") else []),
        ]
        name = f"of {self.network.label} on {self.name}"
        if self.error is not None:
            return Card("Run", name, facts, "failed", "disagree", str(self.error))
        seconds = [(phase, f"{spent:.2f}") for phase, spent in known.get("seconds", {}).items()]
        return Card("Run", name, facts, text=" ".join(self.notes), columns=("phase", "seconds"), rows=seconds)

    @property
    def status(self) -> str:
        """``ok`` or ``failed``."""
        return "ok" if self.recording is not None else "failed"

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on how the simulator ran, where it did not run as usual."""
        return tuple(self.provenance.get("notes", ()))

    @cached_property
    def spike_count(self) -> int | None:
        """Spikes of all cells in all trials, those of sources left out; None where the run failed."""
        if self.recording is None:
            return None
        populations = self.network.populations
        return sum(
            spikes.size
            for trial in self.recording.trials
            for index, spikes in trial.spikes.items()
            if not populations[index].is_source
        )

    @property
    def recorded(self) -> Recording:
        """The recording of a run that must have one.

        Raises
        ------
        UnisonoError
            The error of the run, if it failed.
        """
        if self.recording is None:
            raise self.error or UnisonoError(f"{self.simulator} gave no result.", "See its log.")
        return self.recording

    @cached_property
    def block(self) -> neo.Block:
        """The results as a Neo block.

        Raises
        ------
        UnisonoError
            The error of the run, if it failed.
        """
        from unisono.adapters.runtime.neo_block import to_block

        return to_block(self.recorded, {"simulator": self.simulator, **dict(self.provenance)}, self.network)

    def plot(self, *kinds: str, ax: Axes | Sequence[Axes] | None = None) -> list[Axes]:
        """Draw spikes, rates and recorded variables; see :meth:`Runs.plot`."""
        return Runs(self.network, {self.simulator: self}).plot(*kinds, ax=ax)


class Runs(Carded, Mapping[str, Run]):
    """The runs of one network, by simulator."""

    def __init__(self, network: Network, runs: Mapping[str, Run]) -> None:
        self.network = network
        self._runs = dict(runs)

    def __getitem__(self, simulator: str) -> Run:
        return self._runs[simulator]

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def driven(self, simulator: str) -> Runs:
        """The same runs, where a simulator drove the inputs; an empty name says that none did."""
        if not simulator:
            return self
        runs = {n: replace(run, provenance={**run.provenance, "driven_by": simulator}) for n, run in self.items()}
        return Runs(self.network, runs)

    def statistics(self, transient: float = 500.0) -> Statistics:
        """Statistics of every run that has a result; ``.to_dataframe()`` makes a pandas DataFrame of them.

        Parameters
        ----------
        transient : float
            Cut before the statistics, ms; at most half of a trial is.
        """
        found: Statistics = VIEWS.load()["statistics"](self, transient)
        return found

    def plot(self, *kinds: str, ax: Axes | Sequence[Axes] | None = None) -> list[Axes]:
        """Draw all runs over each other: a raster, rates over time, recorded variables.

        Parameters
        ----------
        *kinds : str
            ``raster``, ``rates``, ``traces``; all of them by default.
        ax : matplotlib.axes.Axes or sequence of Axes, optional
            Where each panel is drawn; by default panels below each other in a new figure.

        Returns
        -------
        list of matplotlib.axes.Axes
            One for each panel.

        Raises
        ------
        UnisonoError
            If there is nothing to plot, or more axes are given than there are panels.
        UnknownName
            If there is no such kind.
        """
        found: list[Axes] = VIEWS.load()["plot"](self, kinds, ax)
        return found

    @property
    def titles(self) -> dict[str, str]:
        """Every run as it is written on the command line, by simulator: ``nest:native``."""
        return {name: run.name for name, run in self.items()}

    @property
    def driven_by(self) -> str:
        """The simulator that supplied data to the script while it drove the network; empty if none did."""
        return next((str(run.provenance["driven_by"]) for run in self.values() if "driven_by" in run.provenance), "")

    def _card(self) -> Card:
        facts = [
            f"{run.name} {'failed' if run.spike_count is None else counted(run.spike_count, 'spike')}"
            for run in self.values()
        ]
        rows = [
            (run.name, str(run.provenance.get("version", "")), run.status, _number(run.spike_count), _seconds(run))
            for run in self.values()
        ]
        text = " ".join(f"{run.name} failed: {run.error}" for run in self.values() if run.error is not None)
        columns = ("simulator", "version", "status", "spikes", "seconds")
        return Card("Runs", f"of {self.network.label}", facts, text=text, columns=columns, rows=rows)


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _seconds(run: Run) -> str:
    """Of all phases, or that nothing was run."""
    if run.provenance.get("cached"):
        return "cached"
    return f"{sum(run.provenance.get('seconds', {}).values()):.2f}" if run.recording is not None else ""
