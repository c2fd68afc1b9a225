"""PyNN's backends imported, with what each would do on the way that a simulation has no need of."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from unisono.adapters.codegen.printers.nmodl_text import Mechanism
from unisono.adapters.contract.simulation import Compiled, unheard
from unisono.adapters.neuron.compiler import libraries
from unisono.models.errors import SimulatorNotInstalled


def versions(backend: str) -> str:
    """Version of PyNN, and of the simulator below it.

    Raises
    ------
    ImportError
        If one of them cannot be imported.
    """
    importlib.import_module(backend)
    return f"{version('PyNN')} on {version({'nest': 'nest-simulator'}.get(backend, backend))}"


def module(backend: str, cache: Path, compiled: Compiled = unheard) -> Any:
    """The module ``pyNN.<backend>``.

    Raises
    ------
    CompilerNotFound, SimulatorFailed, OutputError
        If PyNN's mechanisms for NEURON must be compiled and cannot be.
    """
    if backend == "neuron":
        _load_mechanisms(cache, compiled)
    with _without("nest-config"):
        return importlib.import_module(f"pyNN.{backend}")


def _load_mechanisms(cache: Path, compiled: Compiled) -> None:
    """Load PyNN's mechanisms where PyNN has none compiled: its own folder need not be writable."""
    import neuron

    place = pynn_folder() / "neuron" / "nmodl"
    if any(place.glob("*/libnrnmech.*")) or str(place) in neuron.nrn_dll_loaded:
        return
    mechanisms = [Mechanism(path.stem, path.read_text()) for path in sorted(place.glob("*.mod"))]
    for library in libraries(mechanisms, cache, str(neuron.__version__), compiled):
        neuron.h.nrn_load_dll(str(library))
    # NEURON, and so PyNN, loads no folder twice.
    neuron.nrn_dll_loaded.append(str(place))


def pynn_folder() -> Path:
    """Folder of PyNN, found without importing it."""
    spec = importlib.util.find_spec("pyNN")
    if spec is None or spec.origin is None:
        raise SimulatorNotInstalled("PyNN is not installed.", "Install it: pip install PyNN")
    return Path(spec.origin).parent


@contextmanager
def _without(program: str) -> Iterator[None]:
    """A PATH on which a program is not found.

    On every import PyNN tries to build an extension for NEST, with a compiler and into its own folder;
    against a NEST from PyPI that fails. Only its stochastic synapses need it.
    """
    path = os.environ.get("PATH", os.defpath)
    kept = [folder for folder in path.split(os.pathsep) if not shutil.which(program, path=folder)]
    os.environ["PATH"] = os.pathsep.join(kept)
    try:
        yield
    finally:
        os.environ["PATH"] = path
