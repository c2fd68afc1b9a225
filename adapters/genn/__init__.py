"""GeNN 4.9 through Brian2GeNN: code for the whole network is generated and compiled, for one thread or for a GPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from unisono.adapters.contract import NUMERICS, Adapter, Capabilities, Settings, Simulation, SourceTree
from unisono.models.errors import UnknownName, UnsupportedFeature
from unisono.models.network import Network
from unisono.models.synapses.model import SOURCE_SPIKES, TARGET_SPIKES, TIME

#: Steps for which a spike can wait at a synapse; two bytes hold them.
LONGEST_DELAY = 2**16 - 1


class GennAdapter(Adapter):
    """GeNN 4.9.0 on one thread, through Brian2GeNN 1.7.0 (https://brian2genn.readthedocs.io)."""

    name = "genn"
    title = "GeNN"
    distribution = "brian2genn"
    beside = ("brian2",)
    install = "unisono env create genn"
    requirements = ("brian2==2.5.4", "brian2genn==1.7.0", "numpy<2", "setuptools<81", "cython<3.1", "h5py")
    modules = ("brian2genn",)
    environment_name = "genn"
    source = SourceTree("GeNN", "GENN_PATH", "4.9.0", "https://github.com/genn-team/genn")
    capabilities = Capabilities(
        threads=False,
        needs_compiler=True,
        needs_make=True,
        numerics=frozenset(NUMERICS),
        single_precision=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, TIME}),
    )

    def version(self) -> str:
        """Version of Brian2GeNN; does not import it, which takes seconds and is needed to compile only."""
        from importlib.metadata import version

        return version(self.distribution)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse delays that do not fit, and options."""
        super().check(network, settings)
        for option in settings.options:
            raise UnknownName(f"{self.subject} has no options; '{option}' was given.", "Leave it out.")
        for projection in network.projections:
            if projection.size and np.ptp(projection.delay) and projection.delay.max() > LONGEST_DELAY:
                raise UnsupportedFeature(
                    f"A delay of projection '{projection.label}' is {int(projection.delay.max())} steps; "
                    f"if delays differ, {self.subject} supports at most {LONGEST_DELAY}.",
                    "Use a longer time step, or shorter delays.",
                )

    def environment(self, settings: Settings, cache: Path) -> dict[str, str]:
        """Where GeNN and, for a GPU, CUDA lie."""
        from unisono.adapters.host import environments, machine

        tree = environments.source_tree(self)
        cuda = machine.cuda_folder() if self.capabilities.needs_cuda else None
        return ({"GENN_PATH": str(tree)} if tree else {}) | ({"CUDA_PATH": str(cuda)} if cuda else {})

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation of one trial; imports nothing of Brian2 yet."""
        from unisono.adapters.genn.simulation import GennSimulation

        return GennSimulation(network, settings, cache, self.capabilities.needs_cuda)


class GennGpuAdapter(GennAdapter):
    """The same on an NVIDIA GPU, with CUDA."""

    name = "genn-gpu"
    title = "GeNN (GPU)"
    capabilities = replace(GennAdapter.capabilities, needs_cuda=True)
