"""Running networks: each simulator in a process of its own, none harmed by another's crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.settings import names_of
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.installed import check_machine as _check_machine
from unisono.adapters.runtime.installed import installed_version as installed_version
from unisono.adapters.runtime.installed import interpreter_of
from unisono.adapters.runtime.jobs import Crew, Job, read_run
from unisono.adapters.runtime.results import Run, Runs
from unisono.adapters.runtime.worker_process import Listener as Listener
from unisono.adapters.runtime.worker_process import WorkerProcess
from unisono.models.cards import brief
from unisono.models.errors import DamagedFile, NetworkError, UnisonoError, UsageError
from unisono.models.network import Network

#: Synapses up to which all simulators of a call wait for their turn with the network in memory (24 bytes a synapse);
#: with more, each is prepared when it is its turn.
MOST_WAITING = 10_000_000


def silent(simulator: str, message: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Executor:
    """The only way to run anything; none of its attributes changes a result.

    Attributes
    ----------
    time_limit : float, optional
        Seconds a run may take.
    interpreters : mapping of str to str
        Python interpreter for a simulator; else ``$UNISONO_<NAME>_PYTHON`` (a dot or hyphen in the name is an
        underscore there), else that of the simulator's environment, else this one.
    fresh : bool
        Ignore cached results.
    jobs : int
        Simulators that run at once.
    listener : callable
        Notified of phases and progress.
    live_runs : dict
        Live runs that a script drove to its end, which need not be repeated.

    Raises
    ------
    UsageError
        If the time limit is no time.
    """

    time_limit: float | None = None
    interpreters: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    jobs: int = 1
    listener: Listener = silent
    live_runs: dict[str, Run] = field(default_factory=dict, compare=False)

    __repr__ = brief

    def __post_init__(self) -> None:
        limit = self.time_limit
        if limit is not None and not (isfinite(limit) and limit > 0):
            raise UsageError(f"The time limit must be a time above zero, not {limit:g} s.", "Leave it out for none.")

    def interpreter(self, simulator: str) -> str:
        """The interpreter for a simulator's worker."""
        return interpreter_of(simulator, self.interpreters)

    def run(self, network: Network, on: str | Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network on several simulators.

        Parameters
        ----------
        network : Network
        on : str or sequence of str
            Names of simulators, each once, in a list or with commas between them; ``genn:single`` and
            ``nest:native`` carry their own settings.
        settings : Settings, optional
            What is not said with a name.

        Returns
        -------
        Runs
            One run a simulator, in the order asked for; a run that failed carries its error.

        Raises
        ------
        UnknownName, UnsupportedFeature, NotReady
            Before anything starts.
        OutputError
            If the cache folder cannot be written.
        """
        chosen = _chosen(on, settings or Settings())
        adapters = {name: registry.get(name) for name in chosen}
        if not adapters:
            raise UnisonoError("No simulator is given.", f"Choose one of: {', '.join(registry.names())}.")
        if not network.trials:
            raise NetworkError(f"The network '{network.label}' has no trial.", "Give it a schedule.")
        for adapter in adapters.values():
            self.check_ready(adapter, network, chosen[adapter.name])
        runs: dict[str, Run] = {}
        jobs, crew = [], Crew()
        for name, adapter in adapters.items():
            key, version = self.key(network, adapter, chosen[name])
            if found := self._cached(key, network, adapter, chosen[name]):
                runs[name] = found
            else:
                jobs.append(Job(self, network, adapter, chosen[name], key, version, crew))
        cache.check_room(network, len(jobs))
        if jobs:
            runs |= {run.simulator: run for run in self._carried_out(network, jobs, crew)}
        return Runs(network, {name: runs[name] for name in adapters})

    def _carried_out(self, network: Network, jobs: Sequence[Job], crew: Crew) -> list[Run]:
        """The runs of jobs: prepared side by side, then simulated, so that no compiler disturbs a simulation."""
        runs: list[Run] = []
        at_once = max(1, self.jobs)
        together = len(jobs) if network.synapses <= MOST_WAITING else at_once
        with ExitStack() as stack:
            file = stack.enter_context(cache.job_folder()) / "network.h5"
            with cache.written_here():
                network.save(file)
            for begin in range(0, len(jobs), together):
                some = jobs[begin : begin + together]
                for job in some:
                    stack.callback(job.close)
                crew.carry_out([partial(job.prepare, file) for job in some], len(some))
                runs += crew.carry_out([job.run for job in some], at_once)
        return runs

    def check_ready(self, adapter: Adapter, network: Network, settings: Settings) -> None:
        """Check that a simulator can run a network here and now, before anything starts.

        Raises
        ------
        UnsupportedFeature, NotReady
        """
        adapter.check(network, settings)
        self.check_machine(adapter)

    def check_machine(self, adapter: Adapter) -> None:
        """Check that a simulator is there, with all that it needs of the machine.

        Raises
        ------
        NotReady
        """
        _check_machine(adapter, self.interpreter(adapter.name))

    def start(self, adapter: Adapter, settings: Settings, folder: Path) -> WorkerProcess:
        """A worker's process for a job."""
        return WorkerProcess(adapter, settings, folder, self.interpreter(adapter.name), self.time_limit, self.listener)

    def key(self, network: Network, adapter: Adapter, settings: Settings) -> tuple[str, str]:
        """Name of a run among the kept ones, and the version of the simulator."""
        interpreter = self.interpreter(adapter.name)
        version = installed_version(adapter, interpreter)
        return cache.key(network.fingerprint, adapter.name, f"{version} {interpreter}", settings), version

    def _cached(self, name: str, network: Network, adapter: Adapter, settings: Settings) -> Run | None:
        """A run that need not be repeated: a script drove it, or it is in the cache."""
        if name in self.live_runs:
            self.listener(adapter.name, {"phase": "run for the script"})
            return replace(self.live_runs[name], network=network)
        if self.fresh:
            return None
        with cache.reading(name) as place:
            if place is None:
                return None
            try:
                found = read_run(place, network, adapter, settings, cached=True)
            except DamagedFile:
                cache.discard(name)
                return None
        self.listener(adapter.name, {"phase": "cached"})
        return found


def _chosen(on: str | Sequence[str], settings: Settings) -> dict[str, Settings]:
    chosen: dict[str, Settings] = {}
    for text in dict.fromkeys(names_of(on)):
        name, own = settings.named(text)
        if name in chosen:
            raise UnisonoError(
                f"{name} is listed twice with different settings.",
                "List it once; 'unisono ensemble' compares two settings of one simulator.",
            )
        chosen[name] = registry.get(name).settled(own)
    return chosen
