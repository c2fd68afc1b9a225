"""A run as a SciUnit model, so that the tests of NetworkUnit take it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from unisono.adapters.host.supply import installing
from unisono.adapters.runtime.results import Run
from unisono.models.errors import PackageNotInstalled, UnknownName
from unisono.validation.statistics.activity import TRANSIENT, activity


def sciunit_model(
    run: Run, populations: Sequence[str] | None = None, *, trial: int = 0, transient: float = TRANSIENT
) -> Any:
    """A run as a ``sciunit.Model`` with NetworkUnit's capability ``ProducesSpikeTrains``.

    Parameters
    ----------
    run : Run
    populations : sequence of str, optional
        Labels; all that are no sources by default.
    trial : int
    transient : float
        Cut at the beginning, ms; at most half of the trial is. The spike trains begin there.

    Returns
    -------
    sciunit.Model
        ``produce_spiketrains()`` gives one ``neo.SpikeTrain`` for every cell, silent ones included, annotated with
        ``source_population`` and ``source_index``; ``produce_grouped_spiketrains()`` a list of them a population.

    Raises
    ------
    PackageNotInstalled
        If NetworkUnit cannot be imported.
    UnknownName
        If there is no population of a label.
    UnisonoError
        The error of the run, if it failed.

    Examples
    --------
    >>> from networkunit import scores, tests                                             # doctest: +SKIP
    >>> class rates(sciunit.TestM2M, tests.firing_rate_test):                             # doctest: +SKIP
    ...     score_type = scores.ks_distance
    >>> rates().judge([sciunit_model(runs["nest"]), sciunit_model(runs["neuron"])])       # doctest: +SKIP
    """
    known = {p.label: i for i, p in enumerate(run.network.populations) if not p.is_source}
    for label in populations or ():
        if label not in known:
            raise UnknownName(f"Unknown population of cells '{label}'.", f"Choose one of: {', '.join(known)}.")
    chosen = list(known) if populations is None else list(populations)
    return _model_class()(run, {label: known[label] for label in chosen}, trial, transient)


@cache
def _model_class() -> type:
    """The class; SciUnit and NetworkUnit are imported no sooner than it is asked for."""
    try:
        import sciunit
        from networkunit.capabilities import ProducesSpikeTrains
    except ImportError as error:
        raise PackageNotInstalled(
            f"NetworkUnit cannot be imported: {error}.", f"Install it with: {installing('sciunit')}"
        ) from None

    class RunModel(sciunit.Model, ProducesSpikeTrains):  # type: ignore[misc, unused-ignore]
        """The spikes of one run on one simulator."""

        def __init__(self, run: Run, populations: dict[str, int], trial: int, transient: float) -> None:
            super().__init__(name=f"{run.network.label} on {run.simulator}")
            self.run, self.recording = run, run.recorded
            self.populations, self.trial, self.transient = populations, trial, transient

        def produce_grouped_spiketrains(self, **_: Any) -> list[list[Any]]:
            """A list of spike trains for every population."""
            return [self._of(label, index) for label, index in self.populations.items()]

        def produce_spiketrains(self, **_: Any) -> list[Any]:
            """The spike trains of all cells."""
            return [train for trains in self.produce_grouped_spiketrains() for train in trains]

        def _of(self, label: str, population: int) -> list[Any]:
            import neo
            import quantities as pq

            active = activity(self.recording, population, self.trial, self.transient)
            steps, bounds = active.by_cell
            ends = active.start * active.dt * pq.ms, active.stop * active.dt * pq.ms
            return [
                neo.SpikeTrain(
                    steps[bounds[cell] : bounds[cell + 1]] * active.dt * pq.ms,
                    t_start=ends[0],
                    t_stop=ends[1],
                    source_population=label,
                    source_index=cell,
                )
                for cell in range(active.size)
            ]

    return RunModel
