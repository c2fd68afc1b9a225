"""The Network: a model as data, the same for every simulator.

All randomness is already drawn; what it consists of is in :mod:`unisono.models.network.elements`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from unisono.models.cards import Card, Carded, counted
from unisono.models.network.arrays import Floats, printable
from unisono.models.network.checks import check
from unisono.models.network.elements import CurrentInput, Population, RecordingRequest, SpikeInput, SynapseRequest
from unisono.models.network.fingerprint import IF_ANY, LABEL, fingerprint
from unisono.models.network.projections import Projection
from unisono.models.network.schedule import Change, ChangeKind, Epoch, Trial
from unisono.models.network.storage import load, save
from unisono.models.synapses.model import RECEPTOR


@dataclass(frozen=True, eq=False, repr=False)
class Network(Carded):
    """A whole simulation experiment as data.

    Attributes
    ----------
    dt : float
        Time step, ms.
    populations, projections, spikes, currents, recordings, synapse_recordings, trials : tuples
        ``trials`` is the schedule: at each reset a new trial begins from the initial
        values; changes of parameters and weights stay.
    seed : int
        The seed that the instantiated randomness came from.
    label : str

    Raises
    ------
    NetworkError
        If anything in it is inconsistent.
    """

    dt: float
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...] = ()
    spikes: tuple[SpikeInput, ...] = ()
    currents: tuple[CurrentInput, ...] = ()
    recordings: tuple[RecordingRequest, ...] = ()
    trials: tuple[Trial, ...] = ()
    seed: int = 0
    label: str = field(default="network", metadata=LABEL)
    synapse_recordings: tuple[SynapseRequest, ...] = field(default=(), metadata=IF_ANY)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", printable(self.label))
        object.__setattr__(self, "dt", float(self.dt))
        check(self)

    def _card(self) -> Card:
        duration = f"{self.duration:g} ms at dt {self.dt:g} ms"
        trials = [counted(len(self.trials), "trial")] if len(self.trials) > 1 else []
        facts = (counted(self.neurons, "cell"), counted(self.synapses, "synapse"), duration, *trials)
        rows = [(p.label, p.cell, f"{p.size:,}") for p in self.populations]
        return Card("Network", self.label, facts, columns=("population", "model", "cells"), rows=rows)

    @property
    def neurons(self) -> int:
        """Number of cells, sources left out."""
        return sum(p.size for p in self.populations if not p.is_source)

    @property
    def synapses(self) -> int:
        """Number of synapses."""
        return sum(p.size for p in self.projections)

    @property
    def duration(self) -> float:
        """Simulated time of all trials together, ms."""
        return sum(t.steps for t in self.trials) * self.dt

    def unit_of(self, index: int, name: str) -> str:
        """Unit of a parameter or state of a projection's synapses; that of a weight is the receptor's: nA, uS or mV."""
        projection = self.projections[index]
        unit = projection.model.units[name]
        target = self.populations[projection.post_population]
        return target.model.weight_unit(projection.receptor) if unit == RECEPTOR else unit

    def changes(self, *kinds: ChangeKind, index: int | None = None) -> list[Change]:
        """The changes of all trials, in order: all, or those of some kinds, or of one population or projection."""
        every = (change for trial in self.trials for epoch in trial.epochs for change in epoch.changes)
        return [c for c in every if (not kinds or c.kind in kinds) and index in (None, c.index)]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content: equal for equal content on every platform and library version."""
        return fingerprint(self)

    def save(self, path: str | Path) -> None:
        """Write the network to one HDF5 file, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        save(self, Path(path))

    @staticmethod
    def load(path: str | Path) -> Network:
        """Read a network file.

        Raises
        ------
        DamagedFile
            If it is not a network file or its content does not match its fingerprint.
        """
        return load(Path(path), Network)

    def single_trials(self) -> Iterator[Network]:
        """One network a trial, each with the values in force at its beginning: what is set at grid point 0, too."""
        network = self
        for index, trial in enumerate(self.trials):
            first, *later = trial.epochs or (Epoch(0),)
            network = network.changed(first.changes)
            begun = network.begun(first.changes)
            yield replace(
                begun,
                trials=(Trial((replace(first, changes=()), *later)),),
                spikes=tuple(replace(s, trial=0) for s in self.spikes if s.trial == index),
                currents=tuple(replace(c, trial=0) for c in self.currents if c.trial == index),
            )
            for epoch in later:
                network = network.changed(epoch.changes)

    def begun(self, changes: Iterable[Change]) -> Network:
        """The network with changes of states made to its initial values, where they are set at grid point 0."""
        populations = dict(enumerate(self.populations))
        for change in changes:
            if change.kind == "state":
                population = populations[change.index]
                values = change.applied(population.initial[change.name], population.size)
                populations[change.index] = replace(population, initial={**population.initial, change.name: values})
        return replace(self, populations=tuple(populations.values()))

    def changed(self, changes: Iterable[Change]) -> Network:
        """The network with changes made to its description, those of states left out, which do not last."""
        populations, projections = dict(enumerate(self.populations)), dict(enumerate(self.projections))
        values: dict[int, dict[str, Floats]] = {}
        for change in changes:
            if change.kind == "synapse":
                changed = projections[change.index].changed(**{change.name: change.values})
                projections[change.index] = changed
            elif change.kind == "parameter":
                population = populations[change.index]
                now = values.setdefault(change.index, dict(population.parameters))
                now[change.name] = change.applied(now[change.name], population.size)
        for index, parameters in values.items():
            populations[index] = replace(populations[index], parameters=parameters)
        return replace(self, populations=tuple(populations.values()), projections=tuple(projections.values()))
