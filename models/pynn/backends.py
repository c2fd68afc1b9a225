"""The names by which scripts know their simulator, each of them Unisono while a script is captured."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pyNN
import pyNN.random

import unisono.models.pynn as api
from unisono.models.errors import CaptureError
from unisono.models.pynn import features, tuning
from unisono.models.pynn.control import NativeRNG

#: The simulators that PyNN scripts name, as modules of pyNN.
BACKENDS = (
    *("nest", "neuron", "brian2", "brian", "arbor", "mock", "moose", "pcsim", "genn", "carlsim", "neuroml"),
    *("spiNNaker", "brainscales", "hardware", "hardware.brainscales"),
)

#: Backends that are packages of their own.
PACKAGES = ("spynnaker8", "pynn_genn", "pynn_brainscales", "pynn_brainscales.brainscales2")

#: The simulator name given to a script that asks for one.
DEFAULT_BACKEND = "nest"


class NotInApi(CaptureError, AttributeError):
    """A script asks for a name that only one simulator's backend has; an AttributeError, so that it can ask first."""


def is_backend(module: str) -> bool:
    """Whether a module is that of a backend, or a part of one."""
    known = (*(f"pyNN.{name}" for name in BACKENDS), *PACKAGES)
    return any(module == name or module.startswith(f"{name}.") for name in known)


@contextmanager
def all_unisono() -> Iterator[None]:
    """Let every simulator that PyNN knows be Unisono."""
    missing = object()
    before = {name: module for name, module in sys.modules.items() if is_backend(name)}
    attributes = {name: getattr(pyNN, name, missing) for name in BACKENDS if "." not in name}
    native = pyNN.random.NativeRNG
    for name in before:
        del sys.modules[name]
    pyNN.random.NativeRNG = NativeRNG
    made = {name: _backend(name) for name in (*(f"pyNN.{name}" for name in BACKENDS), *PACKAGES)}
    sys.modules.update(made)
    for name, module in made.items():
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(made.get(parent, pyNN), last, module)
    try:
        yield
    finally:
        pyNN.random.NativeRNG = native
        for name in [name for name in sys.modules if is_backend(name)]:
            del sys.modules[name]
        sys.modules.update(before)
        for name, attribute in attributes.items():
            delattr(pyNN, name) if attribute is missing else setattr(pyNN, name, attribute)


def _backend(name: str) -> ModuleType:
    """Unisono's PyNN module under the name that a script asks for."""
    contents: dict[str, Any] = {n: v for n, v in vars(api).items() if not n.startswith("__")}
    module = ModuleType(name, api.__doc__)
    module.__dict__.update(contents, __all__=api.__all__)

    def other(attribute: str) -> Any:
        # what Python itself looks for is no wish of the script
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if tuning.is_call(attribute):
            return tuning.ignored(attribute)
        raise NotInApi(*_refusal(name, attribute))

    module.__dict__["__getattr__"] = other
    return module


def _refusal(module: str, attribute: str) -> tuple[str, str]:
    """What is said of a name that only one backend has, and what works."""
    if attribute in features.NAMES:
        feature = features.NAMES[attribute]
        return feature.sentence(attribute), feature.instead
    return (
        f"'{attribute}' of {module} is not among the names that all of PyNN's backends share.",
        "Standard cell, synapse and current types can be captured; native ones of a simulator cannot.",
    )


def refused_import(error: ImportError) -> CaptureError | None:
    """What is said of the import of a part of a backend; None for other imports."""
    name = error.name or ""
    if not is_backend(name):
        return None
    attribute = re.match(r"cannot import name '(\w+)'", str(error))
    if attribute is not None:
        return CaptureError(*_refusal(name, attribute[1]))
    part = next((part for part in name.split(".") if part in features.NAMES), None)
    if part is not None:
        return CaptureError(features.NAMES[part].sentence(name), features.NAMES[part].instead)
    return CaptureError(
        f"'{name}' is part of one simulator's backend and cannot be captured.",
        "The names that all of PyNN's backends share work.",
    )
