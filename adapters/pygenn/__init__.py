"""GeNN 5 through PyGeNN: generated code for one thread or for a GPU, its memory shared with Python, step by step."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from unisono.adapters.base import Adapter, Capabilities, Need, Session, Settings, SourceTree
from unisono.models.errors import CompilerNotFound, UnisonoError, UnsupportedFeature
from unisono.models.network import Network


class PygennAdapter(Adapter):
    """PyGeNN 5.4.0 on one thread (https://genn-team.github.io)."""

    name = "pygenn"
    distribution = "pygenn"
    install = "unisono env create pygenn"
    requirements = ("numpy", "h5py", "sympy")
    environment_name = "pygenn"
    source = SourceTree("PyGeNN", "PYGENN_PATH", "5.4.0", "https://github.com/genn-team/genn", built=True)
    capabilities = Capabilities(
        threads=False, needs_compiler=True, numerics=frozenset({"matched", "euler"}), single_precision=True
    )
    #: GeNN's name of what the code is generated for.
    backend: ClassVar[str] = "single_threaded_cpu"

    def version(self) -> str:
        """Version of PyGeNN; does not import it, which would look for a GPU."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(self.distribution)
        except PackageNotFoundError as error:
            raise ImportError(str(error)) from error

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse random numbers in single precision, which does not hold their state."""
        super().check(network, settings)
        for population in network.populations if settings.precision == "single" else ():
            if not population.is_source and population.model.random:
                raise UnsupportedFeature(
                    f"The random numbers of {population.cell} need larger whole numbers than single precision holds.",
                    "Take precision='double'.",
                )

    def needs(self) -> list[Need]:
        """A compiler, make, and libffi, which PyGeNN is linked with."""
        return [*super().needs(), _make(), _libffi()]

    def session(self, network: Network, settings: Settings, cache: Path) -> Session:
        """A session for one trial; imports PyGeNN."""
        from unisono.adapters.pygenn.session import PygennSession

        return PygennSession(network, settings, cache, self.backend)


class PygennGpuAdapter(PygennAdapter):
    """The same on an NVIDIA GPU, with CUDA."""

    name = "pygenn-gpu"
    backend = "cuda"

    def needs(self) -> list[Need]:
        """Also CUDA's compiler and a GPU."""
        return [*super().needs(), _nvcc(), _gpu()]


def _make() -> Need:
    """The program that builds what GeNN generates."""
    found = shutil.which("make")
    if found is None:
        remedy = "Install it (Debian, Ubuntu: apt install make; macOS: xcode-select --install)."
        return Need("make", "there is none on the PATH", False, remedy, CompilerNotFound)
    return Need("make", found)


def _libffi() -> Need:
    """The library that PyGeNN is linked with; where pkg-config is missing it is not known whether it is there."""
    remedy = "Install it before PyGeNN is built (Debian, Ubuntu: apt install libffi-dev pkg-config)."
    program = shutil.which("pkg-config")
    if program is None:
        return Need("libffi", "not known: pkg-config, which finds it, is not on the PATH", True, remedy)
    answer = subprocess.run([program, "--modversion", "libffi"], capture_output=True, text=True)
    if answer.returncode:
        # What was built elsewhere runs with the library alone.
        return Need("libffi", "pkg-config does not find it", True, remedy)
    return Need("libffi", answer.stdout.strip())


def _nvcc() -> Need:
    """CUDA's compiler, below ``CUDA_PATH`` or on the PATH."""
    place = Path(os.environ["CUDA_PATH"], "bin", "nvcc") if os.environ.get("CUDA_PATH") else None
    found = str(place) if place and place.is_file() else shutil.which("nvcc")
    if found is None:
        remedy = "Install the CUDA Toolkit and set CUDA_PATH to its folder, then build PyGeNN again."
        return Need("nvcc", "not below CUDA_PATH and not on the PATH", False, remedy, CompilerNotFound)
    answer = subprocess.run([found, "--version"], capture_output=True, text=True)
    release = [line for line in answer.stdout.splitlines() if "release" in line]
    return Need("nvcc", release[0].strip() if release else found)


def _gpu() -> Need:
    """An NVIDIA GPU, as its driver's own program lists it."""
    remedy = "Run on a machine with an NVIDIA GPU and its driver, or take 'pygenn', which needs none."
    program = shutil.which("nvidia-smi")
    if program is None:
        return Need("GPU", "nvidia-smi, which lists them, is not on the PATH", False, remedy, UnisonoError)
    answer = subprocess.run([program, "-L"], capture_output=True, text=True)
    found = [line for line in answer.stdout.splitlines() if line.startswith("GPU")]
    if answer.returncode or not found:
        return Need("GPU", "nvidia-smi lists none", False, remedy, UnisonoError)
    return Need("GPU", found[0])
