"""GeNN 5 through PyGeNN: generated code for one thread or for a GPU, its memory shared with Python, step by step."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from unisono.adapters.contract import Adapter, Capabilities, Settings, Simulation, SourceTree
from unisono.models.network import Network
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, SOURCE_SPIKES, TARGET_SPIKES, TIME


class PygennAdapter(Adapter):
    """PyGeNN 5.4.0 on one thread (https://genn-team.github.io)."""

    name = "pygenn"
    title = "PyGeNN"
    distribution = "pygenn"
    install = "unisono env create pygenn"
    requirements = ("numpy", "h5py")
    environment_name = "pygenn"
    source = SourceTree("PyGeNN", "PYGENN_PATH", "5.4.0", "https://github.com/genn-team/genn", True, ("libffi",))
    capabilities = Capabilities(
        threads=False,
        needs_compiler=True,
        needs_make=True,
        numerics=frozenset({"matched", "euler"}),
        single_precision=True,
        live=True,
        synapses=frozenset({SOURCE_SPIKES, TARGET_SPIKES, MODULATOR_SPIKES, POTENTIAL, TIME}),
    )
    #: GeNN's name of what the code is generated for.
    backend: ClassVar[str] = "single_threaded_cpu"

    def version(self) -> str:
        """Version of PyGeNN; does not import it, which would look for a GPU."""
        from importlib.metadata import version

        return version(self.distribution)

    def simulation(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> Simulation:
        """A simulation of one trial; imports PyGeNN."""
        from unisono.adapters.pygenn.simulation import PygennSimulation

        return PygennSimulation(network, settings, cache, live, self.backend)


class PygennGpuAdapter(PygennAdapter):
    """The same on an NVIDIA GPU, with CUDA."""

    name = "pygenn-gpu"
    title = "PyGeNN (GPU)"
    capabilities = replace(PygennAdapter.capabilities, needs_cuda=True)
    backend = "cuda"

    def environment(self, settings: Settings, cache: Path) -> dict[str, str]:
        """Where CUDA lies, which GeNN asks for, and its libraries, with which PyGeNN is linked."""
        from unisono.adapters.host import machine

        folder = machine.cuda_folder()
        if folder is None:
            return {}
        libraries = [str(folder / "lib64"), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        return {"CUDA_PATH": str(folder), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
