"""Every error a user can meet, named, so that scripts and the command line can tell them apart.

All of them derive from :class:`UnisonoError`; the message is one sentence that
names the cause, and ``remedy`` says what to do about it.
"""

from __future__ import annotations


class UnisonoError(Exception):
    """Base of all named errors.

    Parameters
    ----------
    message : str
        One sentence naming the cause.
    remedy : str, optional
        What the user can do about it.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        separator = "" if message.endswith("\n") else " "
        super().__init__(f"{message}{separator}{remedy}" if remedy else message.rstrip("\n"))
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.message, self.remedy)


class NetworkError(UnisonoError, ValueError):
    """A network description is inconsistent: a wrong shape, a NaN, a negative delay."""


class ModelError(UnisonoError, ValueError):
    """The equations of a cell model cannot be read or are inconsistent."""


class UnknownName(UnisonoError, ValueError):
    """A cell, a simulator or a library model of that name does not exist."""


class UsageError(UnisonoError, ValueError):
    """A command line asks for what cannot be done; nothing ran."""


class CaptureError(UnisonoError):
    """A PyNN script asks for something that cannot be captured into a Network."""


class ScriptError(UnisonoError):
    """A PyNN script raised an exception of its own while it was captured."""


class UnsupportedFeature(UnisonoError):
    """A simulator cannot run this network; raised before anything starts."""


class NotReady(UnisonoError):
    """A simulator cannot run on this machine as it is; raised before anything starts."""


class SimulatorNotInstalled(NotReady):
    """The simulator's Python package cannot be imported by the worker's interpreter."""


class SourceNotFound(NotReady):
    """A simulator needs a source tree, and it is not named, not there, or of another version."""


class PackageNotInstalled(UnisonoError):
    """An optional package, which an extra of Unisono installs, cannot be imported."""


class CompilerNotFound(NotReady):
    """Code has to be compiled and there is no compiler, or a program or library it takes is missing."""


class CudaNotFound(CompilerNotFound):
    """Code has to be compiled for a GPU and CUDA's compiler is not there."""


class GpuNotFound(NotReady):
    """A simulator needs a GPU, and the machine has no usable one."""


class EnvironmentFailed(UnisonoError):
    """An environment of a simulator cannot be made: the interpreter, pip or a build failed."""


class SimulatorFailed(UnisonoError):
    """The simulator raised an error, crashed or was killed."""


class DivergedState(SimulatorFailed):
    """A state is no number, or beyond all that the equations of its cell allow."""


class TimeLimitExceeded(SimulatorFailed):
    """The run took longer than its time limit and was stopped."""


class DamagedFile(UnisonoError):
    """A network or result file cannot be read."""


class OutputError(UnisonoError):
    """A result cannot be written: no permission, no space."""


class ConfigurationError(UnisonoError, ValueError):
    """The configuration of the gate or its baseline cannot be used; file and key are named."""


class InternalError(UnisonoError):
    """An error in Unisono itself; where its traceback lies and how to report it is in the remedy."""


class CaptureWarning(UserWarning):
    """Something in a PyNN script has no effect, or another one than it says."""


class CoarseTimeStep(UserWarning):
    """A network's time step is longer than the largest of one of its cell models."""
