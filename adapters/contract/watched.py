"""A simulation that is watched: it pauses so often that what its cells do can act on synapses elsewhere.

No simulator has a way from any cell to any synapse. So spikes of cells that modulate synapses are read when the
simulation pauses, before the first of them acts, and carried out as those of sources are.
"""

from __future__ import annotations

from unisono.adapters.contract.pausing import Pausing
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.models.network import Network, SpikeInput

#: Steps between two reports of progress.
REPORT_EVERY = 100


def stride(network: Network) -> int | None:
    """Steps after which a simulation of a network has to be looked at; None where it need not be."""
    modulating = [m for p in network.projections if p.size for m in p.modulators]
    cells = [m.delay for m in modulating if not network.populations[m.population].is_source]
    return min(cells, default=None)


class Watched(Pausing):
    """The same simulation, whose cells may modulate synapses.

    Parameters
    ----------
    simulation : Simulation
        A live one.
    live : bool
        Whether inputs and changes come that the network does not hold.
    """

    def __init__(self, simulation: Simulation, live: bool) -> None:
        super().__init__(simulation, live)
        self._stride = stride(self.network) or 1
        modulating = {m.population for p in self.network.projections for m in p.modulators}
        self._modulating = [i for i in sorted(modulating) if not self.network.populations[i].is_source]

    def run(self, until: int, progress: Progress) -> None:
        """Simulate up to a grid point, and look at the cells as often as that is needed."""
        reported = self.step
        while self.step < until:
            self.inner.run(min(until, self.step + self._stride), _unheard)
            self.step = self.inner.step
            spikes = self.pause().spikes
            self.inner.expect(
                SpikeInput(index, spikes[index].cells, spikes[index].steps)
                for index in self._modulating
                if spikes[index].size
            )
            if self.step - reported >= REPORT_EVERY or self.step == until:
                progress(self.step)
                reported = self.step


def _unheard(done: int) -> None:
    """Progress is reported from time to time alone."""
