"""Running a PyNN script, unmodified, so that whatever simulator it asks for is Unisono."""

from __future__ import annotations

import logging
import os
import re
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyNN
import pyNN.random

import unisono.models.pynn as api
from unisono.models.errors import CaptureError, ScriptError, UnisonoError
from unisono.models.pynn.control import NativeRNG
from unisono.models.pynn.seeding import Unseeded
from unisono.models.pynn.simulator import CapturedNetwork, Session, capturing

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Watch
    from unisono.models.pynn.live import Simulate

#: The simulators that PyNN scripts name.
BACKENDS = ("nest", "neuron", "brian2", "brian", "arbor", "mock", "moose", "pcsim", "genn", "spiNNaker")

#: The simulator name given to a script that asks for one.
DEFAULT_BACKEND = "nest"

#: A script that takes its simulator from the command line.
_ASKS = re.compile(r"get_simulator|get_script_args|pyNN\.(%s|\{|[\"']\s*\+)")


class NotInApi(CaptureError, AttributeError):
    """A script asks for a name that only one simulator's backend has; an AttributeError, so that it can ask first."""


@dataclass(frozen=True, eq=False)
class CapturedScript:
    """What a script ran.

    Attributes
    ----------
    networks : tuple of CapturedNetwork
        In the order in which the script called ``setup()``; at least one.
    unseeded : tuple of str
        What drew random numbers without a seed, with the line that made it. Then the next start of the script gives
        another network; see :mod:`unisono.models.pynn.seeding` for what is not seen.
    """

    networks: tuple[CapturedNetwork, ...]
    unseeded: tuple[str, ...] = ()


def capture_script(
    path: Path, simulate: Simulate | None = None, args: Sequence[str] = (), watch: Watch | None = None
) -> CapturedScript:
    """Run a PyNN script as ``python`` does and give the networks that it simulates.

    Parameters
    ----------
    path : Path
        The script.
    simulate : callable, optional
        Opens a simulation, which supplies the data that the script asks for; called at the first request.
    args : sequence of str
        The script's arguments. If it takes the name of a simulator from there, that may be left out.
    watch : callable, optional
        Notified of the simulations that run for the script.

    Returns
    -------
    CapturedScript

    Raises
    ------
    ScriptError
        If the script does not exist or raises an exception; it names the exception, the file and the line.
    CaptureError
        If the script runs nothing, or asks for something that cannot be captured.
    """
    path = Path(path)
    if not path.is_file():
        raise ScriptError(f"Script '{path}' not found.", "Check the path.")
    unseeded = Unseeded(path)
    with capturing(simulate, path.stem, watch) as session, ExitStack() as stack:
        for prepared in (_as_main(path, args), _modules(), _no_windows(), _own_logging(), unseeded.watching()):
            stack.enter_context(prepared)
        _run(path)
        return CapturedScript(_networks(path, session), unseeded.names())


def _networks(path: Path, session: Session) -> tuple[CapturedNetwork, ...]:
    try:
        return session.networks()
    except UnisonoError as error:
        raise type(error)(f"{path.name}: {error.message}", error.remedy) from error


def _run(path: Path) -> None:
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise ScriptError(
                f"{path.name} stopped with exit status {stop.code}.", "Give it the arguments that it needs."
            ) from stop
    except UnisonoError as error:
        raise type(error)(f"{_place(path, error)}: {error.message}", error.remedy) from error
    except ImportError as error:
        if error.name and error.name.startswith(tuple(f"pyNN.{name}." for name in BACKENDS)):
            raise CaptureError(
                f"{_place(path, error)}: '{error.name}' is part of one simulator's backend and cannot be captured.",
                "The names that all of PyNN's backends share work.",
            ) from error
        raise ScriptError(f"{_place(path, error)}: {type(error).__name__}: {error}") from error
    except Exception as error:
        raise ScriptError(f"{_place(path, error)}: {type(error).__name__}: {error}") from error


def _place(path: Path, error: BaseException) -> str:
    """File and line of the script, or of a module beside it, where an exception came up."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}"
    folder = str(path.resolve().parent)
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if os.path.abspath(f.filename).startswith(folder + os.sep)
    ]
    own = [f for f in frames if Path(f.filename).resolve() == path.resolve()] or frames
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else path.name


@contextmanager
def _as_main(path: Path, args: Sequence[str]) -> Iterator[None]:
    """Arguments and module path as ``python script.py`` has them; modules of the script's folder do not stay loaded."""
    given = list(args)
    if not any(a in BACKENDS for a in given) and _ASKS.search(path.read_text(encoding="utf-8", errors="replace")):
        given.insert(0, DEFAULT_BACKEND)
    folder = str(path.resolve().parent)
    argv, where, loaded = sys.argv, list(sys.path), {*sys.modules}
    sys.argv = [str(path), *given]
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.argv = argv
        sys.path[:] = where
        for name in {*sys.modules} - loaded:
            file = getattr(sys.modules[name], "__file__", None)
            if file and os.path.abspath(file).startswith(folder + os.sep) and "site-packages" not in file:
                del sys.modules[name]


@contextmanager
def _modules() -> Iterator[None]:
    """Let every simulator that PyNN knows be Unisono."""
    missing = object()
    modules = {f"pyNN.{name}": sys.modules.get(f"pyNN.{name}") for name in BACKENDS}
    attributes = {name: getattr(pyNN, name, missing) for name in BACKENDS}
    inner = {n: m for n, m in sys.modules.items() if n.startswith(tuple(f"{name}." for name in modules))}
    native = pyNN.random.NativeRNG
    pyNN.random.NativeRNG = NativeRNG
    for name in inner:
        del sys.modules[name]
    for name in BACKENDS:
        sys.modules[f"pyNN.{name}"] = module = _backend(name)
        setattr(pyNN, name, module)
    try:
        yield
    finally:
        pyNN.random.NativeRNG = native
        sys.modules.update(inner)
        for name, before in modules.items():
            del sys.modules[name]
            if before is not None:
                sys.modules[name] = before
        for name, attribute in attributes.items():
            delattr(pyNN, name) if attribute is missing else setattr(pyNN, name, attribute)


def _backend(name: str) -> ModuleType:
    """Unisono's PyNN module under the name that a script asks for."""
    contents: dict[str, Any] = {n: v for n, v in vars(api).items() if not n.startswith("__")}
    module = ModuleType(f"pyNN.{name}", api.__doc__)
    module.__dict__.update(contents, __all__=api.__all__)

    def refuse(attribute: str) -> Any:
        # what Python itself looks for is no wish of the script
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise NotInApi(
            f"'{attribute}' of pyNN.{name} is not among the names that all of PyNN's backends share.",
            "Standard cell, synapse and current types can be captured; native ones of a simulator cannot.",
        )

    module.__dict__["__getattr__"] = refuse
    return module


@contextmanager
def _own_logging() -> Iterator[None]:
    """Let the script's logging end with the script."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        for handler in [h for h in root.handlers if h not in handlers]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


@contextmanager
def _no_windows() -> Iterator[None]:
    """Let Matplotlib draw without a display."""
    before = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = "Agg"
    if "matplotlib" in sys.modules:
        import matplotlib

        matplotlib.use("Agg")
    try:
        yield
    finally:
        os.environ.pop("MPLBACKEND")
        if before is not None:
            os.environ["MPLBACKEND"] = before
