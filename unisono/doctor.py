"""What is installed, what is missing, and how to fix it."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass, replace

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Need
from unisono.adapters.host import environments, machine
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.installed import installed_version
from unisono.adapters.runtime.versions import unisono_version
from unisono.models.errors import CudaNotFound, GpuNotFound, SourceNotFound, UnisonoError

#: Oldest simulators with which the conventions are tested.
OLDEST = {"nest": (3, 9), "brian2": (2, 9), "neuron": (9, 0)}


@dataclass(frozen=True)
class Finding(Need):
    """One thing that was looked at.

    Attributes
    ----------
    optional : bool
        Whether nothing is amiss where it is not good: a simulator that nobody has set up.
    needs : tuple of Need
        What a simulator needs of the machine.
    """

    optional: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def amiss(self) -> bool:
        """Whether it should be mended."""
        return not self.good and not self.optional


def examine(run_simulators: bool = True) -> list[Finding]:
    """Look at the machine.

    Parameters
    ----------
    run_simulators : bool
        Also start each simulator, since one that is installed need not work.
    """
    compiler = machine.working_compiler()
    findings = [
        Finding("unisono", unisono_version()),
        Finding("python", f"{platform.python_version()} ({sys.executable})"),
        Finding(compiler.what, compiler.state, compiler.good, compiler.remedy),
        _cache_folder(),
    ]
    return findings + [_simulator(name, run_simulators) for name in registry.names()]


def _cache_folder() -> Finding:
    folder = cache_folder()
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
    interpreter = Executor().interpreter(name)
    # What many simulators share, and has a line of its own, is not said again.
    needs = tuple(need for need in machine.needs(adapter) if need.what != machine.COMPILER)
    try:
        version = installed_version(adapter, interpreter)
    except UnisonoError as error:
        return _not_installed(adapter, interpreter, error, needs)
    numbers = tuple(int(p) for p in version.split(".")[:2] if p.isdigit())
    if numbers < OLDEST.get(name, ()):
        return Finding(name, f"{version} is too old", False, _again(adapter, "--upgrade"))
    where = "" if interpreter == sys.executable else f" ({interpreter})"
    missing = [need for need in needs if not need.good]
    if missing:
        # No machine is at fault for having no GPU; a source tree that is gone, or not that of the adapter, is.
        optional = all(need.error in (CudaNotFound, GpuNotFound) for need in missing)
        return Finding(name, f"{version}, cannot run here{where}", False, optional=optional, needs=needs)
    if run_it and (failure := _failure(adapter, version)):
        return failure
    return Finding(name, f"{version}{', runs' if run_it else ''}{where}", needs=needs)


def _not_installed(adapter: Adapter, interpreter: str, error: UnisonoError, needs: tuple[Need, ...]) -> Finding:
    environment = environments.name_for(adapter)
    if environments.half_made(environment):
        return Finding(adapter.name, error.message, False, error.remedy)
    # Nobody has to have a simulator that takes a source tree; one whose interpreter is named should be there.
    if adapter.source is None or interpreter != sys.executable:
        return Finding(adapter.name, f"not installed for {interpreter}", False, adapter.install)
    commands = [adapter.install]
    if adapter.source.built:
        listed = {need.what for need in needs} | {machine.COMPILER}
        needs += tuple(need for need in machine.building(adapter.source) if need.what not in listed)
    if environments.source_tree(adapter) is None:
        commands = [adapter.source.command, f"{adapter.install} --source {adapter.source.folder}"]
        needs = tuple(replace(need, remedy="") if need.error is SourceNotFound else need for need in needs)
    remedy = "\n".join(commands)
    return Finding(adapter.name, "not set up", False, remedy, optional=True, needs=needs)


def _failure(adapter: Adapter, version: str) -> Finding | None:
    """What happens if a simulator is started; None if it runs."""
    import unisono
    from unisono.models.network import Epoch, Network, Population, Trial

    name = adapter.name
    network = Network(0.1, (Population("cell", "IF_curr_exp", 1),), trials=(Trial((Epoch(10),)),), label="doctor")
    try:
        run = unisono.run(network, [name], fresh=True, time_limit=300)[name]
    except UnisonoError as error:
        return Finding(name, f"{version}, not usable: {error.message}", False, error.remedy)
    if run.error is None:
        return None
    return Finding(name, f"{version}, does not run: {run.error.message}", False, _again(adapter, "--force-reinstall"))


def _again(adapter: Adapter, option: str) -> str:
    """The command that installs a simulator anew, where it is installed."""
    environment = environments.name_for(adapter)
    if environments.made(environment):
        return f"unisono env create {environment} --fresh"
    return f"{adapter.install} {option}"
