"""GeNN 4.9 through Brian2GeNN: code for the whole network is generated and compiled, for one thread or for a GPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from unisono.adapters.base import NUMERICS, Adapter, Capabilities, Session, Settings, SourceTree
from unisono.models.network import Network


class GennAdapter(Adapter):
    """GeNN 4.9.0 on one thread, through Brian2GeNN 1.7.0 (https://brian2genn.readthedocs.io)."""

    name = "genn"
    distribution = "brian2genn"
    beside = ("brian2",)
    install = "unisono env create genn"
    requirements = ("brian2==2.5.4", "brian2genn==1.7.0", "numpy<2", "setuptools<81", "cython<3.1", "h5py", "sympy")
    prebuilt = ("3.11", "3.12")
    environment_name = "genn"
    source = SourceTree("GeNN", "GENN_PATH", "4.9.0", "https://github.com/genn-team/genn")
    capabilities = Capabilities(
        changes=frozenset(), threads=False, needs_compiler=True, numerics=frozenset(NUMERICS), single_precision=True
    )
    #: Whether the code is for a GPU.
    cuda: ClassVar[bool] = False

    def version(self) -> str:
        """Version of Brian2GeNN; imports it."""
        import brian2genn

        return str(brian2genn.__version__)

    def session(self, network: Network, settings: Settings, cache: Path) -> Session:
        """A session for one trial; imports Brian2GeNN."""
        from unisono.adapters.genn.session import GennSession

        return GennSession(network, settings, cache, self.cuda)


class GennGpuAdapter(GennAdapter):
    """The same on an NVIDIA GPU, with CUDA."""

    name = "genn-gpu"
    capabilities = replace(GennAdapter.capabilities, needs_cuda=True)
    cuda = True
