"""Running networks: each simulator in a process of its own, none harmed by another's crash."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.installed import check_machine as _check_machine
from unisono.adapters.runtime.installed import installed_version as installed_version
from unisono.adapters.runtime.installed import interpreter_of
from unisono.adapters.runtime.results import Run, Runs
from unisono.adapters.runtime.unexpected import named
from unisono.adapters.runtime.versions import unisono_version
from unisono.adapters.runtime.worker_process import Listener as Listener
from unisono.adapters.runtime.worker_process import WorkerProcess, read_log
from unisono.models.errors import DamagedFile, NetworkError, OutputError, UnisonoError
from unisono.models.network import Network


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
    UnisonoError
        If the time limit is no time.
    """

    time_limit: float | None = None
    interpreters: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    jobs: int = 1
    listener: Listener = silent
    live_runs: dict[str, Run] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        limit = self.time_limit
        if limit is not None and not (isfinite(limit) and limit > 0):
            raise UnisonoError(f"The time limit must be a time above zero, not {limit:g} s.", "Leave it out for none.")

    def interpreter(self, simulator: str) -> str:
        """The interpreter for a simulator's worker."""
        return interpreter_of(simulator, self.interpreters)

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network on several simulators.

        Parameters
        ----------
        network : Network
        on : sequence of str
            Names of simulators, each once; ``genn:single`` and ``nest:native`` carry their own settings.
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
        cache.check_room(network, sum(not self._known(network, a, chosen[name]) for name, a in adapters.items()))
        crew = _Crew()
        with ThreadPoolExecutor(max_workers=max(1, self.jobs)) as pool:
            futures = {name: pool.submit(self._run, network, a, chosen[name], crew) for name, a in adapters.items()}
            try:
                return Runs(network, {name: future.result() for name, future in futures.items()})
            except BaseException:  # an interrupt, too: no simulation outlives the call
                pool.shutdown(wait=False, cancel_futures=True)
                crew.dismiss()
                raise

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

    def _run(self, network: Network, adapter: Adapter, settings: Settings, crew: _Crew) -> Run:
        name, version = self.key(network, adapter, settings)
        if found := self._cached(name, network, adapter, settings):
            return found
        with cache.job_folder() as folder:
            try:
                with cache.written_here():
                    self._simulate(folder, network, adapter, settings, crew)
                    # Read where it is ours alone: another process may replace what is kept.
                    result = _read_run(folder, network, adapter, settings, cached=False)
                    cache.keep(folder, name, self.fresh)
            except OutputError:
                raise
            except Exception as error:
                self.listener(adapter.name, {"phase": "failed"})
                provenance = {"version": version, "fingerprint": network.fingerprint}
                return Run(adapter.name, network, settings, None, provenance, named(error), read_log(folder))
        self.listener(adapter.name, {"phase": "done"})
        return result

    def _known(self, network: Network, adapter: Adapter, settings: Settings) -> bool:
        """Whether a run is there, so that nothing more is written."""
        name, _ = self.key(network, adapter, settings)
        return name in self.live_runs or (not self.fresh and cache.kept(name) is not None)

    def _cached(self, name: str, network: Network, adapter: Adapter, settings: Settings) -> Run | None:
        """A run that need not be repeated: a script drove it, or it is in the cache."""
        if name in self.live_runs:
            self.listener(adapter.name, {"phase": "run for the script"})
            return replace(self.live_runs[name], network=network)
        place = None if self.fresh else cache.kept(name)
        if place is None:
            return None
        try:
            found = _read_run(place, network, adapter, settings, cached=True)
        except DamagedFile:
            cache.discard(name)
            return None
        self.listener(adapter.name, {"phase": "cached"})
        return found

    def _simulate(self, folder: Path, network: Network, adapter: Adapter, settings: Settings, crew: _Crew) -> None:
        """Carry out one job in its folder; raises the worker's error."""
        network.save(folder / "network.h5")
        with crew.hired(self.start(adapter, settings, folder)) as worker:
            answer, _ = worker.ask({"do": "schedule"})
        cache.save_outcome(folder, answer["provenance"])


class _Crew:
    """The workers of a call that are alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: set[WorkerProcess] = set()

    @contextmanager
    def hired(self, worker: WorkerProcess) -> Iterator[WorkerProcess]:
        """Keep a worker among those that an interrupt stops."""
        with self._lock:
            self._workers.add(worker)
        try:
            yield worker
        finally:
            worker.close()
            with self._lock:
                self._workers.discard(worker)

    def dismiss(self) -> None:
        """Stop all."""
        with self._lock:
            for worker in self._workers:
                worker.kill()


def _chosen(on: Sequence[str], settings: Settings) -> dict[str, Settings]:
    chosen: dict[str, Settings] = {}
    for text in dict.fromkeys(on):
        name, own = settings.named(text)
        if name in chosen:
            raise UnisonoError(
                f"{name} is listed twice with different settings.",
                "List it once; 'unisono ensemble' compares two settings of one simulator.",
            )
        chosen[name] = own
    return chosen


def _read_run(place: Path, network: Network, adapter: Adapter, settings: Settings, cached: bool) -> Run:
    provenance = cache.outcome(place)
    # Labels are no part of the fingerprint: a cached run may come from a network of other names.
    recording = replace(Recording.load(place / "recording"), labels=tuple(p.label for p in network.populations))
    return run_of(network, adapter, settings, recording, provenance | {"cached": cached}, read_log(place))


def run_of(
    network: Network,
    adapter: Adapter,
    settings: Settings,
    recording: Recording,
    provenance: Mapping[str, Any],
    log: str,
) -> Run:
    """A finished run, with what there is to know about it."""
    known = {
        "cached": False,
        **provenance,
        "fingerprint": network.fingerprint,
        "seed": network.seed,
        "unisono": unisono_version(),
        "settings": asdict(settings),
    }
    return Run(adapter.name, network, settings, recording, known, None, log)
