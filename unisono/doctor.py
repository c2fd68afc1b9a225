"""What is installed, what is missing, and the command that mends it."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

from unisono.adapters import cache, registry
from unisono.adapters.execution import Plan, installed_version
from unisono.adapters.versions import unisono_version
from unisono.models.errors import UnisonoError

#: Oldest simulators with which the conventions are tested.
OLDEST = {"nest": (3, 9), "brian2": (2, 9), "neuron": (9, 0)}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    what, state, remedy : str
        ``remedy`` is empty where nothing has to be done.
    good : bool
    """

    what: str
    state: str
    good: bool = True
    remedy: str = ""


def examine(run_simulators: bool = True) -> list[Finding]:
    """Look at the machine.

    Parameters
    ----------
    run_simulators : bool
        Also start each simulator, since one that is installed need not work.
    """
    findings = [
        Finding("unisono", unisono_version()),
        Finding("python", f"{platform.python_version()} ({sys.executable})"),
        _compiler(),
        _cache_folder(),
    ]
    return findings + [_simulator(name, run_simulators) for name in registry.names()]


def _compiler() -> Finding:
    found = next((path for c in ("g++", "c++", "clang++") if (path := shutil.which(c))), None)
    if found is None:
        return Finding(
            "C++ compiler", "missing", False, "Debian, Ubuntu: apt install g++; macOS: xcode-select --install"
        )
    answer = subprocess.run([found, "--version"], capture_output=True, text=True)
    return Finding("C++ compiler", answer.stdout.splitlines()[0] if answer.stdout else found)


def _cache_folder() -> Finding:
    folder = cache.cache_folder()
    try:
        with cache.job_folder():
            pass
    except UnisonoError as error:
        return Finding("cache folder", f"{folder} cannot be written", False, error.remedy)
    free = shutil.disk_usage(folder).free / 1e9
    return Finding(
        "cache folder", f"{folder}, {free:.0f} GB free", free > 0.5, "" if free > 0.5 else "Free some space."
    )


def _simulator(name: str, run_it: bool) -> Finding:
    adapter = registry.get(name)
    interpreter = Plan().interpreter(name)
    try:
        version = installed_version(adapter, interpreter)
    except UnisonoError:
        return Finding(name, f"not installed for {interpreter}", False, adapter.install)
    numbers = tuple(int(p) for p in version.split(".")[:2] if p.isdigit())
    if numbers < OLDEST.get(name, ()):
        return Finding(name, f"{version} is too old", False, f"{adapter.install} --upgrade")
    if run_it:
        import unisono
        from unisono.models.network import Epoch, Network, Population, Trial

        network = Network(0.1, (Population("cell", "IF_curr_exp", 1),), trials=(Trial((Epoch(10),)),), label="doctor")
        try:
            run = unisono.run(network, [name], fresh=True, time_limit=300)[name]
        except UnisonoError as error:
            return Finding(name, f"{version}, not usable: {error.message}", False, error.remedy)
        if run.error is not None:
            return Finding(
                name, f"{version}, does not run: {run.error.message}", False, f"{adapter.install} --force-reinstall"
            )
    where = "" if interpreter == sys.executable else f" ({interpreter})"
    return Finding(name, f"{version}{', runs' if run_it else ''}{where}")
