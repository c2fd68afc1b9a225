"""Running a PyNN script, unmodified, so that whatever simulator it asks for is Unisono."""

from __future__ import annotations

import argparse
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
from typing import TYPE_CHECKING

from unisono.models.errors import CaptureError, ModelError, NetworkError, ScriptError, UnisonoError, UnknownName
from unisono.models.pynn import outdated
from unisono.models.pynn.after_run import during_run, may_run_again, places
from unisono.models.pynn.backends import BACKENDS, DEFAULT_BACKEND, all_unisono, refused_import
from unisono.models.pynn.seeding import Unseeded
from unisono.models.pynn.simulator import CapturedNetwork, Session, capturing
from unisono.models.pynn.sonata import plain_names

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Watch
    from unisono.models.pynn.live import Simulate

#: A script that may take the name of its simulator from the command line.
_ASKS = re.compile(r"get_simulator|get_script_args|pyNN\.(%|\{|[\"']\s*[+%])")

#: What the API refuses: after the last run it changes nothing of the networks.
_REFUSALS = (CaptureError, NetworkError, ModelError, UnknownName)


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
    warnings : tuple of str
        Sentences: what of the script has no effect or another one than it says, and an error after its last run.
    """

    networks: tuple[CapturedNetwork, ...]
    unseeded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def capture_script(
    path: Path, simulate: Simulate | None = None, args: Sequence[str] = (), watch: Watch | None = None
) -> CapturedScript:
    """Run a PyNN script as ``python`` does and give the networks that it simulates.

    An error after the last run ends the script, not the capture: the networks are complete, and a warning names it.

    Parameters
    ----------
    path : Path
        The script.
    simulate : callable, optional
        Opens a simulation, which supplies the data that the script asks for; called at the first request.
    args : sequence of str
        The script's arguments, which it gets as they are. If it cannot begin without the name of a simulator, it gets
        one in addition.
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
    shown: UnisonoError | None = None
    for number, given in enumerate(_attempts(path, args)):
        unseeded = Unseeded(path)
        with capturing(simulate, path.stem, watch) as session, ExitStack() as stack:
            for prepared in (_as_main(path, given), all_unisono(), plain_names(), _no_windows(), _own_logging()):
                stack.enter_context(prepared)
            stack.enter_context(unseeded.watching())
            try:
                _run(path, session)
            except UnisonoError as error:
                if session.begun or not _may_lack_a_name(error.__cause__):
                    raise
                # with the name, the usage tells of the arguments that are missing besides
                if shown is None or (number == 1 and isinstance(shown.__cause__, _WrongArguments)):
                    shown = error
                continue
            return CapturedScript(_networks(path, session), unseeded.names(), tuple(session.warnings))
    raise shown or ScriptError(f"{path.name} cannot be started.")


def _attempts(path: Path, args: Sequence[str]) -> Iterator[Sequence[str]]:
    """The arguments as they are; then with the name of a simulator, for a script that asks for one.

    A script that did not get as far as ``setup()`` is started again: so nothing is guessed about its arguments.
    """
    yield tuple(args)
    named = args and (args[0] in BACKENDS or args[-1] in BACKENDS)
    if not named and _ASKS.search(path.read_text(encoding="utf-8", errors="replace")):
        yield (DEFAULT_BACKEND, *args)
        if args:
            yield (*args, DEFAULT_BACKEND)


def _may_lack_a_name(error: BaseException | None) -> bool:
    """Whether an error may come of arguments without the name of a simulator: of their number, or of an import."""
    if isinstance(error, UnisonoError):
        return False
    if isinstance(error, SyntaxError):
        return (error.filename or "").startswith("<")  # of exec(), not of the script
    # what get_script_args() raises has no class of its own
    return isinstance(error, SystemExit | LookupError | ValueError | ImportError) or type(error) is Exception


def _networks(path: Path, session: Session) -> tuple[CapturedNetwork, ...]:
    try:
        return session.networks()
    except UnisonoError as error:
        raise type(error)(f"{path.name}: {error.message}", error.remedy) from error


def _run(path: Path, session: Session) -> None:
    """Run the script; what it raises becomes a named error, or a warning where it comes after the last run."""
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as stop:
        if stop.code not in (None, 0):
            _failed(path, session, stop, _stopped(path, stop))
    except UnisonoError as error:
        message, remedy = outdated.explanation(error) or (error.message, error.remedy)
        named = type(error)(f"{_place(path, error)}: {message}", remedy)
        if isinstance(error, _REFUSALS):
            _failed(path, session, error, named)
        else:
            raise named from error
    except Exception as error:
        _failed(path, session, error, _named(path, error))


def _failed(path: Path, session: Session, error: BaseException, named: UnisonoError) -> None:
    """Raise the named error, or warn of it where no run can follow."""
    at = places(error.__traceback__, path.resolve().parent)
    if not session.ran or during_run(error.__traceback__) or may_run_again(at):
        raise named from error
    session.warn(f"{named} This came after the last run: the network is complete.")


def _stopped(path: Path, stop: SystemExit) -> ScriptError:
    remedy = "Write the arguments that it needs after '--'."
    if isinstance(stop, _WrongArguments):
        return ScriptError(f"{path.name}: {stop.message}.", remedy)
    text = isinstance(stop.code, str)
    said = f"1: {stop.code}" if text else stop.code
    return ScriptError(f"{_place(path, stop)}: the script stopped with exit status {said}.", remedy)


def _named(path: Path, error: Exception) -> UnisonoError:
    """An exception of the script as a named error, with file and line."""
    place = _place(path, error)
    if old := outdated.explanation(error):
        return CaptureError(f"{place}: {old[0]}", old[1])
    if isinstance(error, ImportError) and (refused := refused_import(error)):
        return CaptureError(f"{place}: {refused.message}", refused.remedy)
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return ScriptError(f"{place}: {text}{'' if text.endswith(('.', '!', '?')) else '.'}")


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


class _WrongArguments(SystemExit):
    """What a script's argument parser ends it with, unprinted: the script may be started again."""

    def __init__(self, message: str) -> None:
        super().__init__(2)
        self.message = message


def _refuse_arguments(parser: argparse.ArgumentParser, message: str) -> None:
    raise _WrongArguments(f"{message} ({' '.join(parser.format_usage().split())})")


@contextmanager
def _as_main(path: Path, args: Sequence[str]) -> Iterator[None]:
    """Arguments and module path as ``python script.py`` has them; modules of the script's folder do not stay loaded."""
    folder = str(path.resolve().parent)
    argv, where, loaded, refuse = sys.argv, list(sys.path), {*sys.modules}, argparse.ArgumentParser.error
    sys.argv = [str(path), *args]
    sys.path.insert(0, folder)
    argparse.ArgumentParser.error = _refuse_arguments  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        argparse.ArgumentParser.error = refuse  # type: ignore[method-assign]
        sys.argv = argv
        sys.path[:] = where
        for name in {*sys.modules} - loaded:
            file = getattr(sys.modules[name], "__file__", None)
            if file and os.path.abspath(file).startswith(folder + os.sep) and "site-packages" not in file:
                del sys.modules[name]


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
