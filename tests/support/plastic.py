"""A small plastic network on the reference, in the process of the test and in the place of any simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from in_process import simulate as simulate_trial

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.validation.faults.faults import Fault, fault_named

DT, STEPS = 0.1, 500

#: Steps from a spike of a driver to the one of its cell that follows.
LATENCY = 17

#: nA; so small that they move no spike, and so large that they do.
WEAK, STRONG = 1e-9, 12.0


def network(largest: float = WEAK, seed: int = 3) -> Network:
    """Six sources with plastic synapses onto three cells that others make spike; two rules, two kinds of delays."""
    rng = np.random.RandomState(seed)
    sources, cells = 6, 3
    pre, post = (a.ravel() for a in np.meshgrid(np.arange(sources), np.arange(cells)))
    spikes, drivers = ((rng.randint(0, n, k), np.sort(rng.randint(1, STEPS - 20, k))) for n, k in ((6, 60), (3, 24)))
    # sources spike so that spikes meet at the synapses, too, whether the delay is divided or behind the synapse
    meeting = np.concatenate([drivers[1] + LATENCY, drivers[1] + LATENCY + 8])
    spikes = (
        np.concatenate([c, d]) for c, d in zip(spikes, (rng.randint(0, sources, meeting.size), meeting), strict=True)
    )
    plastic = {"A_plus": 0.1, "A_minus": 0.1, "w_max": largest}
    more = {"synapse": "SpikePairMultiplicative", "parameters": plastic}

    def weights() -> np.ndarray:
        return largest * rng.uniform(0.1, 0.9, pre.size)

    return Network(
        DT,
        (
            Population("sources", "SpikeSourceArray", sources),
            Population("drivers", "SpikeSourceArray", cells),
            Population("cells", "IF_curr_exp", cells, parameters={"tau_refrac": 1.0, "tau_syn_E": 0.5}),
        ),
        (
            Projection("drive", 1, 2, np.arange(cells), np.arange(cells), 40.0, 10),
            Projection("behind", 0, 2, pre, post, weights(), 8, synapse="SpikePairAdditive", parameters=plastic),
            Projection("divided", 0, 2, pre, post, weights(), axonal=4, dendritic=4, **more),
        ),
        (SpikeInput(0, *spikes), SpikeInput(1, *drivers)),
        trials=(Trial((Epoch(STEPS),)),),
        label="plastic",
    )


def simulate(network: Network) -> Recording:
    """What the reference gives, the final states of synapses included."""
    trial = simulate_trial(registry.get("reference"), network)
    populations = network.populations
    return Recording(network.dt, tuple(p.label for p in populations), tuple(p.size for p in populations), (trial,))


@dataclass
class Reference:
    """Runs networks on the reference under any names; one of them has a fault whenever it runs.

    Attributes
    ----------
    wrong : str
    fault : Fault or None
    asked : list of str
        What was run.
    """

    wrong: str = ""
    fault: Fault | None = None
    asked: list[str] = field(default_factory=list)

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """A run under each name."""
        found = {}
        for name in on:
            self.asked.append(name)
            faulty = self.fault is not None and name == self.wrong
            given = self.fault.network(network) if self.fault is not None and faulty else network
            run = Run(name, given, settings or Settings(), simulate(given), {"fingerprint": given.fingerprint})
            if self.fault is not None and faulty:
                run = self.fault.disguised(run, network)
                run = replace(run, provenance={**run.provenance, "fault": ""})
            found[name] = run
        return Runs(network, found)


def with_fault(network: Network, name: str, wrong: str, names: Sequence[str]) -> tuple[Runs, Reference]:
    """Runs of which one has a fault that nobody knows of, and what repeats them."""
    executor = Reference(wrong, fault_named(name))
    return executor.run(network, names), executor
