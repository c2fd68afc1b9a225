"""Programs that are started to make an environment: interpreters, pip, compilers; what they print is kept."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unisono.adapters.host.environments import LOG, Announce, interpreter_in
from unisono.adapters.host.logs import quoted
from unisono.models.errors import EnvironmentFailed, OutputError

#: Oldest Python that carries out the worker's code.
OLDEST_PYTHON = (3, 11)

#: Lines of pip's that are announced.
_TOLD = ("Downloading ", "Building wheel for ", "Installing collected ", "Installing build ")

#: Variables that would lead Python or pip elsewhere.
_MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")

#: Prints the version of every distribution; an empty one where it is not whole, as pip writes RECORD last.
_LIST = """import json, platform, re
from importlib.metadata import distributions
name = lambda d: re.sub('[-_.]+', '-', d.name or '?').lower()
found = {name(d): d.version if d.read_text('RECORD') else '' for d in distributions()}
print(json.dumps(found | {'python': platform.python_version()}))"""


@dataclass(frozen=True)
class EnvironmentBuilder:
    """An environment while it is built.

    Attributes
    ----------
    name : str
    folder : Path
    lock : int
        File descriptor of its lock, which the programs inherit: it holds until the last of them has ended.
    announce : callable
        Called with a sentence for each step.
    """

    name: str
    folder: Path
    lock: int
    announce: Announce

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return interpreter_in(self.folder)

    def installed(self) -> dict[str, str]:
        """Versions of what is installed, empty for what is not whole; an empty mapping if its Python does not start."""
        answer = ask(str(self.python), _LIST)
        return dict(json.loads(answer)) if answer else {}

    def is_sound(self) -> bool:
        """Whether its Python starts, has pip, and nothing was cut off while it was unpacked."""
        found = self.installed()
        return "pip" in found and all(found.values())

    def pip(self, *arguments: str, variables: Mapping[str, str] | None = None) -> None:
        """Let its pip install something.

        Raises
        ------
        EnvironmentFailed
        """
        # Python compiles the modules that are imported; pip would compile all, which takes longer than the rest.
        options = ["--no-input", "--no-compile", "--disable-pip-version-check", "--progress-bar", "off"]
        command = [str(self.python), "-m", "pip", "install", *options, *arguments]
        self.run(command, "pip install", "Check the connection to the package index, and read what pip says", variables)

    def run(self, command: Sequence[str], what: str, remedy: str, variables: Mapping[str, str] | None = None) -> None:
        """Run a program; its output goes to the log, the main steps of pip's to who listens.

        Raises
        ------
        EnvironmentFailed
            If it fails; its output is quoted.
        OutputError
            If the log cannot be written.
        """
        try:
            process = subprocess.Popen(
                command,
                env=_variables() | dict(variables or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                pass_fds=(self.lock,),
                start_new_session=True,
            )
        except OSError as error:
            problem = f"The environment '{self.name}' could not be made: '{command[0]}' cannot be started"
            raise EnvironmentFailed(f"{problem}: {error.strerror}.", "Name another Python by --python.") from error
        said = []
        try:
            with (self.folder / LOG).open("a") as log:
                log.write(f"$ {what}: {' '.join(command)}\n")
                for line in process.stdout or ():
                    log.write(line)
                    log.flush()
                    said.append(line.rstrip())
                    if line.lstrip().startswith(_TOLD):
                        self.announce(f"  {line.strip():.110}")
            status = process.wait()
        except OSError as error:
            problem = f"Cannot write '{self.folder / LOG}': {error.strerror}."
            raise OutputError(problem, "Set UNISONO_ENVIRONMENTS to a folder with free space.") from error
        finally:  # an interrupt, too: nothing goes on behind the back of the next attempt
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status:
            raise EnvironmentFailed(
                f"The environment '{self.name}' could not be made: {what} failed.",
                f"{remedy}, then give the command again, it continues: unisono env create {self.name}. "
                f"{quoted(chr(10).join(said))}\nThe whole log: {self.folder / LOG}",
            )


def ask(interpreter: str, code: str) -> str | None:
    """What a short program prints; None if it fails."""
    command = [interpreter, "-I", "-c", code]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, env=_variables())
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def python_version(interpreter: str | Path) -> str | None:
    """Version of an interpreter; None if it does not start."""
    return ask(str(interpreter), "import platform; print(platform.python_version())")


def installation_of(interpreter: str | Path) -> str | None:
    """Which installation of Python an interpreter belongs to, be it one of an environment."""
    return ask(str(interpreter), "import os, sys; print(os.path.realpath(sys.base_prefix), sys.version)")


def checked_interpreter(python: str) -> str:
    """The path of an interpreter that a user names.

    Raises
    ------
    EnvironmentFailed
        If it does not start, or is too old.
    """
    found = shutil.which(os.path.expanduser(python))
    running = python_version(found) if found else None
    if found is None or running is None:
        raise EnvironmentFailed(f"The interpreter '{python}' cannot be started.", "Name another one by --python.")
    if tuple(int(part) for part in running.split(".")[:2]) < OLDEST_PYTHON:
        oldest = ".".join(str(part) for part in OLDEST_PYTHON)
        raise EnvironmentFailed(
            f"'{python}' is Python {running}.", f"Name one of version {oldest} or later by --python."
        )
    return os.path.abspath(found)


def _variables() -> dict[str, str]:
    """The variables of programs that are started."""
    return {key: value for key, value in os.environ.items() if key not in _MISLEADING}
