"""A simulator: its name, what it can do, what it needs, and the simulation of a network on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import ClassVar

from unisono.adapters.contract.capabilities import Capabilities
from unisono.adapters.contract.requirements import SourceTree
from unisono.adapters.contract.settings import Settings
from unisono.adapters.contract.simulation import Simulation
from unisono.models.cells.model import CellModel
from unisono.models.errors import NetworkError, UnsupportedFeature
from unisono.models.network import Network

#: The largest number of steps that single precision counts.
SINGLE = 2**24


class Adapter(ABC):
    """A simulator. Importing an adapter never imports its simulator."""

    name: ClassVar[str]
    #: As people write it in a sentence; empty: the name.
    title: ClassVar[str] = ""
    #: Name of the simulator's distribution (as pip knows it) and how to install it.
    distribution: ClassVar[str]
    install: ClassVar[str]
    #: The extra of Unisono that installs it; empty if none does.
    extra: ClassVar[str] = ""
    capabilities: ClassVar[Capabilities]
    #: Further distributions that it needs.
    beside: ClassVar[tuple[str, ...]] = ()
    #: What pip installs into an environment of its own (``unisono env create``); empty: the distribution alone.
    requirements: ClassVar[tuple[str, ...]] = ()
    #: Versions of Python, the best first, for which nothing large of that has to be compiled; empty: for all.
    prebuilt: ClassVar[tuple[str, ...]] = ()
    #: Modules that a run imports and :meth:`version` does not: tried when an environment is made.
    modules: ClassVar[tuple[str, ...]] = ()
    #: Modules that the simulator imports where they are installed and that no simulation needs, such as Matplotlib:
    #: in a worker they are not to be had.
    unneeded: ClassVar[tuple[str, ...]] = ()
    #: Name of the environment; empty: that of the adapter.
    environment_name: ClassVar[str] = ""
    #: The source tree that it needs.
    source: ClassVar[SourceTree | None] = None
    #: Whether it is run as it is, to be judged, and held to none of the project's conventions.
    external_backend: ClassVar[bool] = False

    @abstractmethod
    def version(self) -> str:
        """Version of the simulator; imports it."""

    @abstractmethod
    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation of one trial; imports the simulator."""

    def method(self, network: Network, population: int, settings: Settings) -> str:
        """How the cells of a population are integrated.

        Returns
        -------
        str
            ``exact``, ``collocation``, ``lobatto``, ``rk4`` or ``euler``; ``native`` where the simulator's own numerics
            are asked for, whose order is not stated.
        """
        if settings.numerics == "native":
            return "native"
        from unisono.adapters.codegen.substeps import population_step

        return population_step(network, population, settings.numerics).method

    def origin(self, network: Network, population: int, settings: Settings) -> str:
        """Where the model of a population comes from: ``generated`` from its equations, or ``built-in``."""
        return "generated"

    def recordable_of(self, model: CellModel) -> tuple[str, ...]:
        """The variables of a cell model that this simulator can record."""
        return model.recordable

    @property
    def subject(self) -> str:
        """The simulator at the beginning of a message, as people write it."""
        title = self.title or self.name
        return f"The{title[3:]}" if title.startswith("the ") else title

    def settled(self, settings: Settings) -> Settings:
        """The settings, with what this machine decides where they leave it open; they name the run in the cache."""
        return settings

    def notes(self, settings: Settings) -> tuple[str, ...]:
        """Sentences for readers of the results, on how the simulator ran with these settings."""
        return ()

    def known_faults(self, network: Network) -> tuple[str, ...]:
        """Names of the injected faults (:mod:`unisono.validation.faults`) that its results are known to have.

        The search for causes injects them into another simulator, all at once and in this order; it names those that
        are needed to give the results of this one.
        """
        return ()

    def environment(self, settings: Settings, cache: Path) -> dict[str, str]:
        """Environment variables that must be set before the worker's interpreter starts."""
        return {}

    def check(self, network: Network, settings: Settings) -> None:
        """Raise UnsupportedFeature, before anything starts, if this simulator cannot run the network."""
        can = self.capabilities
        for population in network.populations:
            if can.cells is not None and not population.is_source and population.cell not in can.cells:
                raise UnsupportedFeature(
                    f"{self.subject} cannot simulate the cell model '{population.cell}'.",
                    f"It supports: {', '.join(sorted(can.cells))}.",
                )
        self._check_synapses(network)
        _check_recordings(network)
        if settings.numerics not in can.numerics:
            raise UnsupportedFeature(
                f"{self.subject} has no {settings.numerics} numerics.",
                f"Choose one of: {', '.join(sorted(can.numerics))}.",
            )
        drawing = [p.label for p in network.populations if not p.is_source and p.model.poisson]
        if drawing and settings.numerics == "native":
            raise UnsupportedFeature(
                f"The cells of '{drawing[0]}' draw their Poisson input in a step that all simulators share.",
                "Use numerics='matched'.",
            )
        if settings.precision == "single":
            self._check_single(network)
        if settings.threads > 1 and not can.threads:
            raise UnsupportedFeature(f"{self.subject} runs on one thread only.", "Use --threads 1.")
        for change in network.changes():
            if change.kind not in can.changes:
                raise UnsupportedFeature(
                    f"{self.subject} cannot change a {change.kind} between runs.",
                    f"It can change: {', '.join(sorted(can.changes)) or 'nothing'}.",
                )

    def _check_single(self, network: Network) -> None:
        """What single precision is enough for."""
        from unisono.adapters.codegen.synapse_step import synapse_program

        double = "Use precision='double'."
        if not self.capabilities.single_precision:
            raise UnsupportedFeature(f"{self.subject} computes in double precision only.", double)
        drawing = [p.cell for p in network.populations if not p.is_source and p.model.random]
        drawing += [projection.synapse for projection in network.projections if projection.model.random]
        if drawing:
            raise UnsupportedFeature(
                f"The random numbers of {drawing[0]} need larger whole numbers than single precision holds.", double
            )
        steps = max((trial.steps for trial in network.trials), default=0)
        for projection in network.projections:
            # a simulator may call a step up to two delays later than it is
            if steps + 2 * projection.delay.max(initial=0) > SINGLE and synapse_program(projection.model).counts_steps:
                raise UnsupportedFeature(
                    f"Synapses of {projection.synapse} count steps, of which single precision holds {SINGLE:,}; "
                    f"a trial has {steps:,}.",
                    double,
                )

    def _check_synapses(self, network: Network) -> None:
        from unisono.adapters.codegen.synapse_step import synapse_program

        can = self.capabilities.synapses
        for projection in network.projections:
            if beyond := projection.model.changed_by - can:
                raise UnsupportedFeature(
                    f"{self.subject} cannot simulate the synapse model '{projection.synapse}', which is changed by "
                    f"{' and '.join(sorted(beyond))}.",
                    f"It supports static synapses{' and those changed by ' * bool(can)}{' and '.join(sorted(can))}.",
                )
            synapse_program(projection.model)  # its equations must have a closed form
        if network.synapse_recordings and not self.capabilities.live:
            raise UnsupportedFeature(
                f"{self.subject} does not pause, so that states of its synapses cannot be sampled during a run.",
                "Their values at the end are always kept: leave record() of the projection out.",
            )


def _check_recordings(network: Network) -> None:
    """Of each variable a recording has one array for a population; while a live run goes on, requests may be added."""
    cells = Counter((r.population, r.variable) for r in network.recordings)
    synapses = Counter((r.projection, r.state) for r in network.synapse_recordings)
    asked = [(network.populations[index].label, name, times) for (index, name), times in cells.items()]
    asked += [(network.projections[index].label, name, times) for (index, name), times in synapses.items()]
    for label, name, times in asked:
        if times > 1:
            raise NetworkError(
                f"'{name}' of '{label}' is recorded by {times} requests.",
                "Ask once, with all cells and one sampling interval.",
            )
