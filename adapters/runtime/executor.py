"""Running a network: each simulator in a process of its own, none harmed by another's crash."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.host import environments, machine
from unisono.adapters.runtime import cache as known
from unisono.adapters.runtime.logs import quoted
from unisono.adapters.runtime.results import Run, Runs
from unisono.models import errors
from unisono.models.errors import DamagedFile, OutputError, SimulatorFailed, UnisonoError
from unisono.models.network import Network

#: Receives the simulator's name and a message: ``phase``, and ``done`` and ``total`` steps while it runs.
Listener = Callable[[str, Mapping[str, Any]], None]

#: The processes of a call that are alive.
Workers = set["subprocess.Popen[bytes]"]


@dataclass(frozen=True)
class Plan:
    """How the runs of one call are carried out; none of it changes a result.

    Attributes
    ----------
    time_limit : float, optional
        Seconds a run may take.
    interpreters : mapping of str to str
        Python interpreter for a simulator; else ``$UNISONO_<NAME>_PYTHON`` (a dot or hyphen in the name is an
        underscore there), else that of the simulator's environment, else this one.
    fresh : bool
        Repeat runs that are known.
    jobs : int
        Simulators that run at once.
    listener : callable
        Told of phases and progress.
    """

    time_limit: float | None = None
    interpreters: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    jobs: int = 1
    listener: Listener = lambda simulator, message: None

    def interpreter(self, simulator: str) -> str:
        """The interpreter for a simulator's worker."""
        environment = environments.name_for(registry.get(simulator))
        named = (os.environ.get(interpreter_variable(name)) for name in (simulator, environment))
        chosen = self.interpreters.get(simulator) or next(filter(None, named), None)
        if chosen:
            return chosen
        found = environments.made(environment)
        return str(found.python) if found else sys.executable

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """:func:`run`."""
        return run(network, on, settings, self)

    def check_ready(self, adapter: Adapter, network: Network, settings: Settings) -> None:
        """:func:`check_ready`."""
        check_ready(adapter, network, settings, self)

    def check_machine(self, adapter: Adapter) -> None:
        """:func:`check_machine`."""
        check_machine(adapter, self)


Executor = Plan


def interpreter_variable(name: str) -> str:
    """The environment variable that names the interpreter of a simulator."""
    return f"UNISONO_{re.sub('[^A-Z0-9]', '_', name.upper())}_PYTHON"


def run(network: Network, on: Sequence[str], settings: Settings | None = None, plan: Plan | None = None) -> Runs:
    """Run a network on several simulators.

    Parameters
    ----------
    network : Network
    on : sequence of str
        Names of simulators, each once; ``genn:single`` and ``nest:native`` have settings of their own.
    settings : Settings, optional
        What is not said with a name.
    plan : Plan, optional

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
    plan = plan or Plan()
    chosen = _chosen(on, settings or Settings())
    adapters = {name: registry.get(name) for name in chosen}
    if not adapters:
        raise UnisonoError("No simulator was named.", f"Available are: {', '.join(registry.names())}.")
    if not network.trials:
        raise errors.NetworkError(f"The network '{network.label}' is never run.", "Give it a schedule.")
    for adapter in adapters.values():
        check_ready(adapter, network, chosen[adapter.name], plan)
    workers = Workers()
    with ThreadPoolExecutor(max_workers=max(1, plan.jobs)) as pool:
        futures = {name: pool.submit(_run_one, network, a, chosen[name], plan, workers) for name, a in adapters.items()}
        try:
            return Runs(network, {name: future.result() for name, future in futures.items()})
        except BaseException:  # an interrupt, too: no simulation outlives the call
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in list(workers):
                _kill(worker)
            raise


def _chosen(on: Sequence[str], settings: Settings) -> dict[str, Settings]:
    chosen: dict[str, Settings] = {}
    for text in dict.fromkeys(on):
        name, own = settings.named(text)
        if name in chosen:
            raise UnisonoError(
                f"{name} is named twice, with other settings.",
                "Name it once; 'unisono ensemble' holds two settings of one simulator against each other.",
            )
        chosen[name] = own
    return chosen


def check_ready(adapter: Adapter, network: Network, settings: Settings, plan: Plan) -> None:
    """See that a simulator can run a network here and now, before anything starts.

    Raises
    ------
    UnsupportedFeature, NotReady
    """
    adapter.check(network, settings)
    check_machine(adapter, plan)


def check_machine(adapter: Adapter, plan: Plan) -> None:
    """See that a simulator is there, with all that it needs of the machine.

    Raises
    ------
    NotReady
    """
    installed_version(adapter, plan.interpreter(adapter.name))
    for need in adapter.needs():
        if not need.good:
            raise need.error(f"{adapter.name} needs {need.what}: {need.state}.", need.remedy)


def _run_one(network: Network, adapter: Adapter, settings: Settings, plan: Plan, workers: Workers) -> Run:
    version = installed_version(adapter, plan.interpreter(adapter.name))
    fingerprint = network.fingerprint
    name = known.key(fingerprint, adapter.name, f"{version} {plan.interpreter(adapter.name)}", settings)
    if not plan.fresh and (place := known.kept(name)):
        try:
            found = _read_run(place, network, adapter, settings, cached=True)
        except DamagedFile:
            shutil.rmtree(place, ignore_errors=True)
        else:
            plan.listener(adapter.name, {"phase": "cached"})
            return found
    with known.job_folder() as folder:
        try:
            _simulate(folder, network, adapter, settings, plan, workers)
            result = _read_run(known.keep(folder, name, plan.fresh), network, adapter, settings, cached=False)
        except OutputError:
            raise
        except UnisonoError as error:
            plan.listener(adapter.name, {"phase": "failed"})
            provenance = {"version": version, "fingerprint": fingerprint}
            return Run(adapter.name, network, settings, None, provenance, error, _log(folder))
    plan.listener(adapter.name, {"phase": "done"})
    return result


def _simulate(
    folder: Path, network: Network, adapter: Adapter, settings: Settings, plan: Plan, workers: Workers
) -> None:
    """Carry out one job in its folder; raises the worker's error."""
    network.save(folder / "network.h5")
    cache_folder = known.cache_folder().resolve()
    job = {
        "simulator": adapter.name,
        "adapter": registry.locations()[adapter.name],
        "settings": asdict(settings),
        "cache": str(cache_folder),
        "packages": {p: str(Path(sys.modules[f"unisono.{p}"].__file__ or "").parent) for p in ("models", "adapters")},
        "started": time.time(),
    }
    (folder / "job.json").write_text(json.dumps(job))
    interpreter = plan.interpreter(adapter.name)
    environment = _environment(interpreter, settings) | adapter.environment(settings, cache_folder)
    status = _run_worker(folder, interpreter, environment, adapter.name, plan, workers)
    outcome = folder / "outcome.json"
    if not outcome.is_file():
        raise SimulatorFailed(f"{adapter.name} {_ended(status)}.", quoted(_log(folder)))
    content = json.loads(outcome.read_text())
    if "error" in content:
        found = content["error"]
        kind = getattr(errors, found["kind"], SimulatorFailed)
        remedy = quoted(_log(folder)) if found["kind"] == "SimulatorFailed" else found["remedy"]
        raise kind(found["message"], remedy)


def _run_worker(
    folder: Path, interpreter: str, environment: Mapping[str, str], name: str, plan: Plan, workers: Workers
) -> int:
    """Start the worker, pass its messages on, and stop it when its time is up; returns its exit status."""
    worker = Path(__file__).with_name("worker.py")
    reading, writing = os.pipe()
    with (folder / "log.txt").open("wb") as log:
        try:
            process = subprocess.Popen(
                [interpreter, "-P", str(worker), str(folder), str(writing)],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(reading)
            raise errors.SimulatorNotInstalled(
                f"The interpreter '{interpreter}' for {name} cannot be started: {error.strerror}.", "Name another one."
            ) from error
        finally:
            os.close(writing)
        listener = threading.Thread(target=_pass_on, args=(reading, name, plan.listener), daemon=True)
        listener.start()
        workers.add(process)
        try:
            status = process.wait(plan.time_limit)
        except subprocess.TimeoutExpired:
            raise errors.TimeLimitExceeded(
                f"{name} ran longer than its time limit of {plan.time_limit:g} s and was stopped.", "Give it more time."
            ) from None
        finally:
            _kill(process)
            workers.discard(process)
            listener.join(timeout=5)
    return status


def _pass_on(descriptor: int, name: str, listener: Listener) -> None:
    with os.fdopen(descriptor) as stream:
        for line in stream:
            listener(name, json.loads(line))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the worker and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(interpreter: str, settings: Settings) -> dict[str, str]:
    """The worker's environment: its own interpreter's programs first, no surprises from ours."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PYNEST_QUIET")}
    return inherited | {
        "PATH": os.pathsep.join([str(Path(interpreter).parent), os.environ.get("PATH", os.defpath)]),
        "OMP_NUM_THREADS": str(settings.threads),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYNEST_QUIET": "1",
    }


def _read_run(place: Path, network: Network, adapter: Adapter, settings: Settings, cached: bool) -> Run:
    from unisono.adapters.runtime.versions import unisono_version

    try:
        provenance = json.loads((place / "outcome.json").read_text())["provenance"]
    except (OSError, ValueError, KeyError) as error:
        raise DamagedFile(f"The results in '{place}' cannot be read: {error}") from error
    provenance |= {
        "fingerprint": network.fingerprint,
        "seed": network.seed,
        "unisono": unisono_version(),
        "settings": asdict(settings),
        "cached": cached,
    }
    # Labels are no part of the fingerprint: a known run may come from a network of other names.
    recording = replace(Recording.load(place / "recording"), labels=tuple(p.label for p in network.populations))
    return Run(adapter.name, network, settings, recording, provenance, None, _log(place))


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
            raise errors.SimulatorNotInstalled(
                f"The environment of {adapter.name} in {environments.root() / name} is half made.",
                f"Give the command again, it continues: unisono env create {name}",
            )
        raise errors.SimulatorNotInstalled(
            f"{adapter.name} is not installed for {interpreter}.", f"Install it: {adapter.install}"
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


def _ended(status: int) -> str:
    if status < 0:
        try:
            return f"was killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"was killed by signal {-status}"
    return f"ended with exit status {status} and no result"


def _log(folder: Path) -> str:
    try:
        return (folder / "log.txt").read_text(errors="replace")
    except OSError:
        return ""
