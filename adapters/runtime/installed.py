"""What of a simulator is installed for an interpreter, and whether it can run here and now."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache

from unisono.adapters import registry
from unisono.adapters.contract import Adapter
from unisono.adapters.host import environments, machine
from unisono.models.errors import SimulatorNotInstalled


def interpreter_variable(name: str) -> str:
    """The environment variable that names the interpreter of a simulator."""
    return f"UNISONO_{re.sub('[^A-Z0-9]', '_', name.upper())}_PYTHON"


def interpreter_of(simulator: str, named: Mapping[str, str]) -> str:
    """The interpreter for a simulator's worker: that named, of a variable, of its environment, or this one."""
    environment = environments.name_for(registry.get(simulator))
    variables = (os.environ.get(interpreter_variable(name)) for name in (simulator, environment))
    chosen = named.get(simulator) or next(filter(None, variables), None)
    if chosen:
        return chosen
    found = environments.made(environment)
    return str(found.python) if found else sys.executable


def check_machine(adapter: Adapter, interpreter: str) -> None:
    """Check that a simulator is there, with all that it needs of the machine.

    Raises
    ------
    NotReady
    """
    installed_version(adapter, interpreter)
    for need in machine.needs(adapter):
        if not need.good:
            raise need.error(f"{adapter.subject} needs {need.what}: {need.state}.", need.remedy)


def installed_version(adapter: Adapter, interpreter: str) -> str:
    """Version of a simulator's distribution, of those that it needs besides, and of the source tree it takes.

    Raises
    ------
    SimulatorNotInstalled
        If the interpreter lacks one.
    """
    versions = [_distribution_version(name, interpreter) for name in (adapter.distribution, *adapter.beside)]
    if None in versions:
        name = environments.name_for(adapter)
        if environments.half_made(name):
            raise SimulatorNotInstalled(
                f"The environment of {adapter.name} in {environments.root() / name} is incomplete.",
                f"Continue with: unisono env create {name}",
            )
        raise SimulatorNotInstalled(
            f"{adapter.subject} is not installed for {interpreter}.", f"Install it: {adapter.install}"
        )
    found = " on ".join(version for version in versions if version is not None)
    if adapter.source is None or adapter.source.built:
        return found
    tree = machine.source(adapter)
    return f"{found} with {adapter.source.title} {adapter.source.version}" if tree.good else found


def _distribution_version(distribution: str, interpreter: str) -> str | None:
    """Version of a distribution, or None; one that is missing is looked for again, as it may have been installed."""
    try:
        return _version_found(distribution, interpreter)
    except LookupError:
        return None


@cache
def _version_found(distribution: str, interpreter: str) -> str:
    if interpreter == sys.executable:
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(distribution)
        except PackageNotFoundError:
            raise LookupError(distribution) from None
    code = f"from importlib.metadata import version; print(version({distribution!r}))"
    try:
        answer = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        raise LookupError(distribution) from None
    if answer.returncode:
        raise LookupError(distribution)
    return answer.stdout.strip()
