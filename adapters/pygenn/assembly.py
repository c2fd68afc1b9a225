"""A Network as populations of a GeNN model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pygenn
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.adapters.contract.delay_groups import DelayGroup
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.pygenn.cells import Cells
from unisono.adapters.pygenn.compiler import NAME, PREFERENCES
from unisono.adapters.pygenn.connections import Connections
from unisono.adapters.pygenn.sources import Sources
from unisono.models.errors import SimulatorNotInstalled
from unisono.models.network import Change, CurrentInput, Network, SpikeInput


class Assembly:
    """All populations of a trial.

    Parameters
    ----------
    network : Network
    settings : Settings
    values : SynapseValues
        Those in force when the trial begins.
    groups : sequence of sequence of DelayGroup
        The synapses of each projection by their axonal delays.
    backend : str
        GeNN's name of it.
    live : bool
        Whether inputs and changes may come that the network does not hold.

    Attributes
    ----------
    driven : list of Cells
        Those into which currents may be injected.

    Raises
    ------
    SimulatorNotInstalled
        If PyGeNN was built without the backend.
    """

    def __init__(
        self,
        network: Network,
        settings: Settings,
        values: SynapseValues,
        groups: Sequence[Sequence[DelayGroup]],
        backend: str,
        live: bool,
    ) -> None:
        if backend not in pygenn.genn_model.backend_modules:
            raise SimulatorNotInstalled(
                f"PyGeNN was built without its backend '{backend}'.",
                "Set CUDA_PATH to CUDA's folder, then remove PyGeNN's environment and make it again.",
            )
        precision = "float" if settings.precision == "single" else "double"
        self.model = pygenn.GeNNModel(precision, NAME, backend=backend, time_precision="double", **PREFERENCES)
        self.model.dt = network.dt
        used = {p.pre_population for p in network.projections if p.size}
        self.cells: dict[int, Cells] = {}
        self.sources: dict[int, Sources] = {}
        for index, population in enumerate(network.populations):
            if not population.is_source:
                self.cells[index] = Cells(self.model, network, index, settings, live)
            elif index in used:
                self.sources[index] = Sources(self.model, network, index, live)
        ends: dict[int, Sources | Cells] = {**self.sources, **self.cells}
        self.connections: dict[int, Connections] = {}
        for index, p in enumerate(network.projections):
            if p.size:
                source, target = ends[p.pre_population], self.cells[p.post_population]
                self.connections[index] = Connections(
                    self.model, network, index, values, groups[index], source, target, live
                )
        self.driven = [cells for cells in self.cells.values() if cells.driven]
        self._histories = [cells.history for cells in self.cells.values() if cells.history.needed]
        self._of_source = {
            source: [
                group
                for index, connections in self.connections.items()
                if network.projections[index].pre_population == source
                for group in connections.groups
            ]
            for source in self.sources
        }

    def load(self, steps: int) -> None:
        """Load the compiled code; spikes of so many steps are held until they are fetched."""
        self.model.load(num_recording_timesteps=steps)

    def write(self, change: Change) -> None:
        """Carry out a change of cells, as far as it concerns anything that is simulated."""
        if change.index in self.cells:
            self.cells[change.index].write(change)

    def set_synapses(self, new: NewValues) -> None:
        """Set values of synapses, as far as there are any."""
        if new.projection in self.connections:
            self.connections[new.projection].write(new)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput], step: int) -> None:
        """Take inputs that lie ahead of a step."""
        for index, sources in self.sources.items():
            if mine := [s for s in spikes if s.population == index]:
                sources.feed(mine, step)
        for index, cells in self.cells.items():
            if injected := {n: c for n, c in currents.items() if c.population == index}:
                cells.currents.feed(injected)

    def settle(self, step: int) -> None:
        """Put all that was written and fed in force, for the steps from here on."""
        for cells in self.cells.values():
            cells.settle()
        for connections in self.connections.values():
            connections.settle(step)
        for index, sources in self.sources.items():
            sources.settle(step, self._of_source[index])

    def make_room(self, step: int, until: int) -> None:
        """See that the spikes of the steps up to another one can be kept for the synapses that they change."""
        for history in self._histories:
            history.make_room(step, until)

    def kept(self, index: int, step: int) -> dict[str, NDArray[np.float64]]:
        """Copies of the present values of a projection's synapses."""
        return self.connections[index].kept(step) if index in self.connections else {}
