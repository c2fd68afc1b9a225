"""What every adapter is: a name, declared capabilities, and a session that builds, runs and collects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from unisono.adapters.recording import TrialRecording
from unisono.models.errors import UnisonoError, UnknownName, UnsupportedFeature
from unisono.models.network import Network

#: Called now and then with the steps done so far.
Progress = Callable[[int], None]


#: How a network can be integrated, and in which precision.
NUMERICS = ("matched", "native", "euler")
PRECISIONS = ("double", "single")


@dataclass(frozen=True)
class Settings:
    """How a network is run; part of the cache key of a result.

    Attributes
    ----------
    numerics : str
        ``matched``: the numerics that all simulators share; ``native``: the simulator's own default;
        ``euler``: the forward Euler method for all equations, to show what it costs.
    threads : int
        Threads of the simulation.
    options : mapping
        Options of one adapter, as it documents them.
    precision : str
        ``double``, or ``single`` where the simulator can compute with it.
    """

    numerics: str = "matched"
    threads: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    precision: str = "double"

    def __post_init__(self) -> None:
        for name, value, choices in (("numerics", self.numerics, NUMERICS), ("precision", self.precision, PRECISIONS)):
            if value not in choices:
                raise UnisonoError(f"Unknown {name} '{value}'.", f"Choose one of: {', '.join(choices)}.")
        if self.threads < 1:
            raise UnisonoError(f"{self.threads} threads are not possible.", "Give at least 1.")

    def named(self, text: str) -> tuple[str, Settings]:
        """A simulator as it is written on the command line, ``nest``, ``nest:native`` or ``genn:single``.

        Returns
        -------
        tuple of str and Settings
            Its name, and these settings with what the text says otherwise.

        Raises
        ------
        UnknownName
            If what follows a colon is neither a kind of numerics nor a precision.
        """
        simulator, *words = (part.strip() for part in text.split(":"))
        found = self
        for word in words:
            if word not in (*NUMERICS, *PRECISIONS):
                raise UnknownName(
                    f"'{text}': a simulator has no '{word}'.", f"Choose of: {', '.join((*NUMERICS, *PRECISIONS))}."
                )
            found = replace(found, numerics=word) if word in NUMERICS else replace(found, precision=word)
        return simulator, found

    def name_of(self, simulator: str) -> str:
        """The text of :meth:`named` for a simulator with these settings; what is the default is left out."""
        parts = (simulator, self.numerics, self.precision)
        return ":".join(part for part in parts if part not in ("matched", "double"))


@dataclass(frozen=True)
class Capabilities:
    """What a simulator can do; checked in the parent before anything starts.

    Attributes
    ----------
    cells : frozenset of str, optional
        Cell models, where not all are possible; spike sources always are.
    changes : frozenset of str
        Kinds of changes between runs: ``parameter``, ``state``, ``weight``.
    threads : bool
        Whether more than one thread can be used.
    needs_compiler : bool
        Whether a C or C++ compiler must be installed.
    numerics : frozenset of str
        What of :data:`NUMERICS` it has.
    single_precision : bool
        Whether it can compute in single precision.
    needs_cuda : bool
        Whether it runs on an NVIDIA GPU.
    """

    cells: frozenset[str] | None = None
    changes: frozenset[str] = frozenset({"parameter", "state", "weight"})
    threads: bool = True
    needs_compiler: bool = False
    numerics: frozenset[str] = frozenset({"matched", "native"})
    single_precision: bool = False
    needs_cuda: bool = False


@dataclass(frozen=True)
class Need:
    """One thing besides Python packages that a simulator needs of the machine, as it was found.

    Attributes
    ----------
    what, state : str
        Its name, and what was found.
    good : bool
    remedy : str
        What mends it; empty where nothing has to be done.
    error : type of UnisonoError
        What is raised where it is missing and the simulator is asked for.
    """

    what: str
    state: str
    good: bool = True
    remedy: str = ""
    error: type[UnisonoError] = UnisonoError


@dataclass(frozen=True)
class SourceTree:
    """A simulator that is on no package registry, so that the user has its source tree.

    Attributes
    ----------
    title : str
        What it is called.
    variable : str
        Environment variable that names the folder, where the simulator's environment does not.
    version : str
        The version that the adapter is made for.
    address : str
        Of its git repository.
    built : bool
        Whether pip builds a package from it, so that it is no longer needed afterwards.
    libraries : tuple of str
        What pkg-config must know for that.
    """

    title: str
    variable: str
    version: str
    address: str
    built: bool = False
    libraries: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Name of the folder that :attr:`command` makes; with the version, as two adapters may want two of them."""
        return f"{self.address.rpartition('/')[2]}-{self.version}"

    @property
    def command(self) -> str:
        """The command that gets it."""
        return f"git clone --depth 1 --branch {self.version} {self.address} {self.folder}"


class Session(ABC):
    """One trial on one simulator, in the worker's process: build, run, collect, in this order.

    Parameters
    ----------
    network : Network
        A network of a single trial.
    settings : Settings
    cache : Path
        Folder for compiled code, shared between processes.

    Attributes
    ----------
    program_mb : float
        Peak memory of a program that it runs beside this process, MB.
    """

    program_mb = 0.0

    def __init__(self, network: Network, settings: Settings, cache: Path) -> None:
        self.network = network
        self.settings = settings
        self.cache = cache
        self.trial = network.trials[0]

    def prepare(self) -> None:  # noqa: B027 (optional step)
        """Generate and compile code, so that its time is counted apart."""

    @abstractmethod
    def build(self) -> None:
        """Make cells, synapses, inputs and recorders."""

    @abstractmethod
    def run(self, progress: Progress) -> None:
        """Carry out the trial's epochs."""

    @abstractmethod
    def collect(self) -> TrialRecording:
        """Bring spikes and signals to the project's conventions."""

    def close(self) -> None:  # noqa: B027 (optional step)
        """Free the simulator for the next trial."""


class Adapter(ABC):
    """A simulator. Importing an adapter never imports its simulator."""

    name: ClassVar[str]
    #: Name of the simulator's distribution (as pip knows it) and how to install it.
    distribution: ClassVar[str]
    install: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    #: Further distributions that it needs.
    beside: ClassVar[tuple[str, ...]] = ()
    #: What pip installs into an environment of its own (``unisono env create``); empty: the distribution alone.
    requirements: ClassVar[tuple[str, ...]] = ()
    #: Versions of Python, the best first, for which nothing large of that has to be compiled; empty: for all.
    prebuilt: ClassVar[tuple[str, ...]] = ()
    #: Modules that a run imports and :meth:`version` does not: tried when an environment is made.
    modules: ClassVar[tuple[str, ...]] = ()
    #: Name of the environment; empty: that of the adapter.
    environment_name: ClassVar[str] = ""
    #: The source tree that it needs.
    source: ClassVar[SourceTree | None] = None
    #: Whether it is run as it is, to be judged, and held to none of the project's conventions.
    peer: ClassVar[bool] = False

    @abstractmethod
    def version(self) -> str:
        """Version of the simulator; imports it."""

    @abstractmethod
    def session(self, network: Network, settings: Settings, cache: Path) -> Session:
        """A session for one trial; imports the simulator."""

    def method(self, network: Network, population: int, settings: Settings) -> str:
        """How the cells of a population are integrated.

        Returns
        -------
        str
            ``exact``, ``rk4`` or ``euler``; ``native`` where the simulator's own numerics are asked for, whose order is
            not stated.
        """
        if settings.numerics == "native":
            return "native"
        from unisono.adapters.codegen.step import step_program

        return step_program(network.populations[population].model, numerics=settings.numerics).method

    def origin(self, network: Network, population: int, settings: Settings) -> str:
        """Where the model of a population comes from: ``generated`` from its equations, or ``built-in``."""
        return "generated"

    def needs(self) -> list[Need]:
        """What it needs of the machine besides Python packages, as it is found here; starts no simulator."""
        from unisono.adapters import machine

        found = [machine.compiler()] if self.capabilities.needs_compiler else []
        if self.source is not None and not self.source.built:
            found.append(machine.source(self))
        return found + ([machine.nvcc(), machine.gpu()] if self.capabilities.needs_cuda else [])

    def environment(self, settings: Settings, cache: Path) -> dict[str, str]:
        """Environment variables that must be set before the worker's interpreter starts."""
        return {}

    def check(self, network: Network, settings: Settings) -> None:
        """Raise UnsupportedFeature, before anything starts, if this simulator cannot run the network."""
        can = self.capabilities
        for population in network.populations:
            if can.cells is not None and not population.is_source and population.cell not in can.cells:
                raise UnsupportedFeature(
                    f"{self.name} cannot simulate the cell model '{population.cell}'.",
                    f"It offers: {', '.join(sorted(can.cells))}.",
                )
        if settings.numerics not in can.numerics:
            raise UnsupportedFeature(
                f"{self.name} has no {settings.numerics} numerics.", f"It has: {', '.join(sorted(can.numerics))}."
            )
        if settings.precision == "single" and not can.single_precision:
            raise UnsupportedFeature(f"{self.name} computes in double precision only.", "Take precision='double'.")
        for population in network.populations if settings.precision == "single" else ():
            if not population.is_source and population.model.random:
                raise UnsupportedFeature(
                    f"The random numbers of {population.cell} need larger whole numbers than single precision holds.",
                    "Take precision='double'.",
                )
        if settings.threads > 1 and not can.threads:
            raise UnsupportedFeature(f"{self.name} runs on one thread only.", "Leave --threads at 1.")
        for trial in network.trials:
            for epoch in trial.epochs:
                for change in epoch.changes:
                    if change.kind not in can.changes:
                        raise UnsupportedFeature(
                            f"{self.name} cannot change a {change.kind} between runs.",
                            f"It can change: {', '.join(sorted(can.changes)) or 'nothing'}.",
                        )
