"""PyNN's own backends, to judge set-ups that exist: run as they are, with no convention of the project's.

A network is built through the PyNN API as a user's script would, with PyNN's defaults, and spike
times are those of the Neo block, rounded to steps. What these simulators are is in
``docs/pynn_backends.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np

from unisono.adapters.contract import Adapter, Capabilities, Settings, Simulation
from unisono.adapters.host.supply import installing
from unisono.adapters.pynn_backends import synapses
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel
from unisono.models.errors import UnknownName, UnsupportedFeature
from unisono.models.network import Change, Network, Population, Projection
from unisono.models.synapses.model import SOURCE_SPIKES, TARGET_SPIKES, TIME

#: Cells and recordings that all three backends have.
COMMON = frozenset(
    {"IF_curr_exp", "IF_curr_alpha", "IF_cond_exp", "IF_cond_alpha", "EIF_cond_exp_isfa_ista"}
    | {"EIF_cond_alpha_isfa_ista", "Izhikevich", "HH_cond_exp"}
)
RECORDABLE = frozenset({"spikes", "v", "w", "u", "gsyn_exc", "gsyn_inh"})

#: State variables that PyNN has; others must begin at zero.
STATES = frozenset({"v", "w", "u", "m", "h", "n", "g_r", "g_s", "gsyn_exc", "gsyn_inh", "isyn_exc", "isyn_inh"})

#: Parameters of ours that PyNN's cells do not have.
WITHOUT = {"Izhikevich": ("v_thresh",), "HH_cond_exp": ("v_thresh",), "IF_facets_hardware1": ("tau_refrac",)}


class PynnAdapter(Adapter):
    """One of PyNN 0.13's own backends, with whatever numerics it has.

    Attributes
    ----------
    backend : str
        Name of the module in PyNN.
    recordable : frozenset of str
    earliest : int
        Step of the earliest spike that a source can have.
    homogeneous : tuple of str
        Parameters that must be the same for all cells of a population.
    plasticity : Plasticity
        What it has of the synapses that spikes change.
    """

    external_backend = True
    distribution = "PyNN"
    capabilities: ClassVar[Capabilities]
    backend: ClassVar[str]
    recordable: ClassVar[frozenset[str]] = RECORDABLE
    earliest: ClassVar[int] = 0
    homogeneous: ClassVar[tuple[str, ...]] = ()
    plasticity: ClassVar[synapses.Plasticity]

    def version(self) -> str:
        """Versions of PyNN and of the simulator; imports both."""
        from unisono.adapters.pynn_backends.modules import versions

        return versions(self.backend)

    def method(self, network: Network, population: int, settings: Settings) -> str:
        """What the backend makes of the cell."""
        return "native"

    def origin(self, network: Network, population: int, settings: Settings) -> str:
        """PyNN."""
        return "PyNN"

    def known_faults(self, network: Network) -> tuple[str, ...]:
        """Those of spike times and inputs, then those of plasticity."""
        return (*self.timing_faults(network), *self.plasticity.known_faults(network.projections))

    def timing_faults(self, network: Network) -> tuple[str, ...]:
        """Known faults of spike times and inputs."""
        return ()

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse what PyNN cannot express."""
        super().check(network, settings)
        if settings.options:
            raise UnknownName(f"{self.subject} has no options; '{min(settings.options)}' was given.", "Leave it out.")
        for index, population in enumerate(network.populations):
            if not population.is_source:
                self._check_cells(population)
                self._check_recordings(network, index)
        for projection in network.projections:
            if not projection.model.is_static:
                self.plasticity.check(self.subject, projection)
        for change in network.changes():
            self._check_change(network, change)
        if any((spikes.steps < self.earliest).any() for spikes in network.spikes):
            raise UnsupportedFeature(
                f"{self.subject} takes no source spikes before step {self.earliest}.",
                f"Start the sources at {self.earliest * network.dt:g} ms.",
            )
        if any((np.asarray(spikes.counts) > 1).any() for spikes in network.spikes):
            raise UnsupportedFeature(
                f"{self.subject} takes only one spike of a source in a time step.",
                "Lower the rate of the sources, or use more of them.",
            )

    def _check_cells(self, population: Population) -> None:
        where = f"{self.subject}, population '{population.label}'"
        if population.definition or population.model != CELLS.get(population.cell):
            raise UnsupportedFeature(
                f"{where}: PyNN has no cell with these equations.",
                f"Choose one of: {_listed(self.capabilities.cells or ())}.",
            )
        for name in WITHOUT.get(population.cell, ()):
            default = population.model.parameters[name].default
            if (population.parameters[name] != default).any():
                raise UnsupportedFeature(
                    f"{where}: PyNN's {population.cell} has no parameter '{name}'.", f"Leave it at {default:g}."
                )
        for name in self.homogeneous:
            if population.parameters.get(name, np.zeros(())).ndim:
                raise UnsupportedFeature(
                    f"{where}: '{name}' must be the same for all cells.", "Make a population for each value."
                )
        for name, values in population.initial.items():
            if name not in STATES and np.any(values):
                raise UnsupportedFeature(f"{where}: PyNN cannot set the state '{name}'.", "Let it begin at zero.")

    def recordable_of(self, model: CellModel) -> tuple[str, ...]:
        """Those that PyNN's backend can record."""
        return tuple(name for name in model.recordable if name in self.recordable)

    def _check_recordings(self, network: Network, index: int) -> None:
        requests = [r for r in network.recordings if r.population == index]
        for variable in {r.variable for r in requests} - self.recordable:
            raise UnsupportedFeature(
                f"{self.subject} cannot record '{variable}'.", f"It can record: {_listed(self.recordable)}."
            )
        if len({r.interval for r in requests if r.variable != "spikes"}) > 1:
            raise UnsupportedFeature(
                f"{self.subject} has one sampling interval per population.",
                "Record all variables at the same interval.",
            )

    def _check_change(self, network: Network, change: Change) -> None:
        """Refuse what ``set`` and ``initialize`` cannot do between two runs."""
        if change.kind == "synapse":
            projection = network.projections[change.index]
            if projection.model.is_static:
                self._check_weights(projection, change)
            else:
                synapses.check_change(self.subject, projection, change)
            return
        population = network.populations[change.index]
        if population.is_source:
            return
        where = f"{self.subject}, population '{population.label}'"
        if change.kind == "state" and (change.name not in STATES or change.cells is not None):
            raise UnsupportedFeature(
                f"{where}: PyNN cannot set the state '{change.name}' of some of the cells between runs.",
                f"Set one of {_listed(STATES)} for all cells of the population.",
            )
        if change.name in WITHOUT.get(population.cell, ()):
            raise UnsupportedFeature(
                f"{where}: PyNN's {population.cell} has no parameter '{change.name}'.", "Leave it unchanged."
            )
        if change.name in self.homogeneous and (change.cells is not None or np.ptp(change.values)):
            raise UnsupportedFeature(
                f"{where}: '{change.name}' must be the same for all cells.", "Make a population for each value."
            )

    def _check_weights(self, projection: Projection, change: Change) -> None:
        if not change.values.ndim:
            return
        pairs = projection.pre.astype(np.int64) << 32 | projection.post
        _, first, pair = np.unique(pairs, return_index=True, return_inverse=True)
        if (change.values[first][pair] != change.values).any():
            raise UnsupportedFeature(
                f"{self.subject}, projection '{projection.label}': PyNN sets one weight for each pair of cells, and "
                "some pairs have several synapses.",
                "Set the same weight for all synapses of a pair.",
            )

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation of one trial; imports PyNN and the simulator."""
        from unisono.adapters.pynn_backends.simulation import PynnSimulation

        return PynnSimulation(self.backend, network, settings, cache)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _capabilities(*cells: str, needs_compiler: bool = False) -> Capabilities:
    changing = frozenset({SOURCE_SPIKES, TARGET_SPIKES, TIME})
    return Capabilities(COMMON | set(cells), threads=False, needs_compiler=needs_compiler, synapses=changing)


class PynnNest(PynnAdapter):
    """``pyNN.nest``."""

    name = "pynn.nest"
    title = "pyNN.nest"
    backend = "nest"
    beside = ("nest-simulator",)
    #: PyNN sends a spike one step early, for its way through a relay, and NEST takes none at t = 0.
    earliest = 2
    extra = "nest"
    install = installing(extra)
    capabilities = _capabilities("IF_curr_delta", "IF_facets_hardware1")
    plasticity = synapses.NEST

    def timing_faults(self, network: Network) -> tuple[str, ...]:
        """Spikes of sources: the way to the relay is taken for one step, and is as long as the smallest delay."""
        smallest = min((int(np.min(p.delay)) for p in network.projections if p.size), default=1)
        late = (f"sources + {smallest - 1} steps",) if smallest > 1 else ()
        return ("sources late by rounding", *late)


class PynnBrian2(PynnAdapter):
    """``pyNN.brian2``."""

    name = "pynn.brian2"
    title = "pyNN.brian2"
    backend = "brian2"
    beside = ("brian2",)
    extra = "brian2"
    install = installing(extra)
    capabilities = _capabilities("IF_curr_delta", "IF_cond_exp_gsfa_grr", needs_compiler=True)
    recordable = RECORDABLE | {"g_r", "g_s", "m", "h", "n"}
    homogeneous = ("tau_refrac",)
    plasticity = synapses.BRIAN2

    def timing_faults(self, network: Network) -> tuple[str, ...]:
        """The beginning of a step is its spike time, and synapses are carried out after the equations."""
        return ("spike times - 1 step", "refractory - 1 step", "sources + 1 step")


class PynnNeuron(PynnAdapter):
    """``pyNN.neuron``; PyNN's mechanisms are compiled into the cache where they are not beside PyNN."""

    name = "pynn.neuron"
    title = "pyNN.neuron"
    backend = "neuron"
    beside = ("neuron",)
    extra = "neuron"
    install = installing(extra)
    capabilities = _capabilities("IF_cond_exp_gsfa_grr", "IF_facets_hardware1", needs_compiler=True)
    recordable = RECORDABLE | {"g_r", "g_s"}
    plasticity = synapses.NEURON

    def environment(self, settings: Settings, cache: Path) -> dict[str, str]:
        """Keep NEURON from looking for a display."""
        return {"NEURON_MODULE_OPTIONS": "-nogui"}
