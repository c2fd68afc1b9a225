"""A simulation that is watched: it pauses so often that what its cells do can act on synapses elsewhere.

No simulator has a way from any cell to any synapse. So spikes of cells that modulate synapses are read when the
simulation pauses, before the first of them acts, and carried out as those of sources are. Where synapses follow the
potential of their targets, it pauses after each step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.followed import Followed
from unisono.adapters.contract.pausing import Pausing
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.models.network import Change, CurrentInput, Network, SpikeInput
from unisono.models.synapses.model import POTENTIAL, V

#: Steps between two reports of progress.
REPORT_EVERY = 100


def stride(network: Network) -> int | None:
    """Steps after which a simulation of a network has to be looked at; None where it need not be."""
    if any(p.size and POTENTIAL in p.model.changed_by for p in network.projections):
        return 1
    modulating = [m for p in network.projections if p.size for m in p.modulators]
    cells = [m.delay for m in modulating if not network.populations[m.population].is_source]
    return min(cells, default=None)


class Watched(Pausing):
    """The same simulation, whose cells may modulate synapses, and whose synapses may follow their potentials.

    Parameters
    ----------
    simulation : Simulation
        A live one.
    live : bool
        Whether inputs and changes come that the network does not hold.
    """

    def __init__(self, simulation: Simulation, live: bool) -> None:
        super().__init__(simulation, live)
        network = self.network
        self._stride = stride(network) or 1
        modulating = {m.population for p in network.projections for m in p.modulators}
        self._modulating = [i for i in sorted(modulating) if not network.populations[i].is_source]
        self._followed = {
            index: Followed(network, index)
            for index, p in enumerate(network.projections)
            if p.size and POTENTIAL in p.model.changed_by
        }
        for followed in self._followed.values():
            followed.expect(network.spikes)

    def write(self, change: Change) -> None:
        """Set values at the present grid point."""
        super().write(change)
        if change.kind == "synapse" and change.index in self._followed:
            self._followed[change.index].set(change)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs that lie ahead."""
        super().feed(spikes, currents)
        for followed in self._followed.values():
            followed.expect(spikes)

    def synapse_states(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """Present values of states of synapses."""
        if projection in self._followed:
            return self._followed[projection].states(self.step)
        return super().synapse_states(projection)

    def run(self, until: int, progress: Progress) -> None:
        """Simulate up to a grid point, and look at the cells as often as that is needed."""
        reported = self.step
        while self.step < until:
            for followed in self._followed.values():
                for new, since in followed.before(self.step):
                    self.inner.plan(new, since)
            self.inner.run(min(until, self.step + self._stride), _unheard)
            self.step = self.inner.step
            spikes = self.pause().spikes
            self.inner.expect(
                SpikeInput(index, spikes[index].cells, spikes[index].steps)
                for index in self._modulating
                if spikes[index].size
            )
            self._follow(spikes)
            if self.step - reported >= REPORT_EVERY or self.step == until:
                progress(self.step)
                reported = self.step

    def _follow(self, spikes: Mapping[int, Spikes]) -> None:
        """Have synapses follow the potentials at the present grid point."""
        targets = {followed.target for followed in self._followed.values()}
        v = {index: np.asarray(self.inner.states(index, [V])[V], np.float64) for index in sorted(targets)}
        for followed in self._followed.values():
            target, source = followed.target, followed.source
            sources = None if self.network.populations[source].is_source else spikes[source]
            for new, since in followed.after(self.step, v[target], spikes[target], sources):
                self.inner.plan(new, since)


def _unheard(done: int) -> None:
    """Progress is reported from time to time alone."""
