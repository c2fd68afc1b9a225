"""A simulation in a process of its own: it does what the parent asks for, over a socket.

Started as a script by the interpreter of the simulator's environment, which
needs NumPy, h5py and the simulator, not an installed Unisono: the job says where
the two packages it uses lie.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import platform
import socket
import sys
import time
import traceback
import types
from contextlib import suppress
from pathlib import Path
from typing import Any


def _make_importable(folders: dict[str, str]) -> None:
    """Register ``unisono.models`` and ``unisono.adapters`` from their folders, without ``unisono`` itself."""
    top = types.ModuleType("unisono")
    top.__path__ = []
    sys.modules["unisono"] = top
    for name, folder in folders.items():
        full = f"unisono.{name}"
        spec = importlib.util.spec_from_file_location(
            full, Path(folder) / "__init__.py", submodule_search_locations=[folder]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"cannot import {full} from {folder}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
        setattr(top, name, module)


class Reporter:
    """Tells the parent of phases and progress, and keeps the clock."""

    def __init__(self, channel: Any, started: float) -> None:
        self.channel = channel
        self.seconds: dict[str, float] = {}
        self.used: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self.last, self.last_used = started, 0.0
        self.told = 0.0

    def phase(self, name: str, **more: Any) -> None:
        """Say what is done now."""
        self.channel.send({"event": "phase", "phase": name, **more})

    def resume(self) -> None:
        """Start the clock again after a wait for the parent."""
        self.last, self.last_used = time.time(), time.process_time()

    def end_phase(self, name: str) -> None:
        """Add the time since the last call to a phase, and what the processor took, and note the peak memory so far."""
        now, used = time.time(), time.process_time()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.used[name] = self.used.get(name, 0.0) + used - self.last_used
        self.peaks[name] = _peak_memory()
        self.last, self.last_used = now, used

    def compiled(self, done: int, total: int) -> None:
        """Say how much of the code is compiled."""
        self.phase("prepare", done=done, total=total)

    def progress(self, done: int, total: int) -> None:
        """Send progress, at most ten times a second."""
        now = time.time()
        if now - self.told > 0.1 or done >= total:
            self.told = now
            self.phase("run", done=done, total=total)


class Worker:
    """What the parent asks for, done one after the other.

    Parameters
    ----------
    folder : Path
        Of the job: a live run's networks are read from it, a batch run's recording is written to it.
    job : dict
    reporter : Reporter
    """

    def __init__(self, folder: Path, job: dict[str, Any], reporter: Reporter) -> None:
        from unisono.adapters.contract import Settings
        from unisono.adapters.registry import load

        self.folder, self.reporter = folder, reporter
        self.cache = Path(job["cache"])
        self.settings = Settings(**job["settings"])
        self.adapter = load(job["adapter"])
        self.program_mb = 0.0
        self.network: Any = None
        self.simulation: Any = None
        self.guard: Any = None
        reporter.phase("start")
        unneeded: Any = dict.fromkeys(self.adapter.unneeded)
        sys.modules.update(unneeded)  # importing what is None there raises ModuleNotFoundError
        try:
            self.version = self.adapter.version()
        except ImportError as error:
            from unisono.models.errors import SimulatorNotInstalled

            raise SimulatorNotInstalled(
                f"{self.adapter.subject} is not installed for {sys.executable} ({error}).",
                f"Install it: {self.adapter.install}",
            ) from error
        reporter.end_phase("start")

    def prepare(self, network: Any, live: bool) -> None:
        """Compile what a network of one trial needs; the trial before is closed."""
        self.close()
        self.reporter.phase("prepare")
        from unisono.adapters.contract.sampled import Sampled
        from unisono.adapters.contract.watched import Watched, stride

        sampled = bool(network.synapse_recordings)
        watched = not self.adapter.capabilities.watches and stride(network) is not None
        self.simulation = self.adapter.simulation(network, self.settings, self.cache, live or sampled or watched)
        if watched:
            self.simulation = Watched(self.simulation, live)
        if sampled:
            self.simulation = Sampled(self.simulation, live)
        self.simulation.compiled = self.reporter.compiled
        self.simulation.prepare()
        self.reporter.end_phase("prepare")

    def build(self, network: Any) -> None:
        """Build the network that was prepared."""
        self.reporter.phase("build")
        self.simulation.build()
        self.reporter.end_phase("build")
        self.guard = self._guard(network)

    def _guard(self, network: Any) -> Any:
        from unisono.adapters.contract.guard import Guard

        cells = (index for index, population in enumerate(network.populations) if not population.is_source)
        return Guard(self.simulation, {index: self.adapter.method(network, index, self.settings) for index in cells})

    def close(self) -> None:
        """Free the simulator."""
        if self.simulation is not None:
            self.program_mb = max(self.program_mb, self.simulation.program_mb)
            self.simulation.close()
            self.simulation = None

    # -- a batch run ----------------------------------------------------------

    def do_prepare(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Read a network, and prepare its first trial."""
        from unisono.models.network import Network

        self.network = Network.load(Path(request["network"]))
        self.reporter.end_phase("build")
        self.prepare(next(self.network.single_trials()), live=False)
        return {}, []

    def do_schedule(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Carry out the whole schedule of the network that was prepared, and write the recording."""
        from dataclasses import replace

        from unisono.adapters.contract.recording import Recording
        from unisono.adapters.contract.simulation import drive

        network = self.network
        total, before, trials = sum(t.steps for t in network.trials), 0, []
        for number, single in enumerate(network.single_trials()):
            if number:
                self.prepare(single, live=False)
            self.build(single)
            trial = single.trials[0]
            drive(self.simulation, trial, lambda done, offset=before: self._passed(done, offset, total))  # type: ignore[misc]
            self.reporter.end_phase("run")
            self.reporter.phase("collect")
            recorded = _with_sources(self.simulation.read(), single)
            self.guard.examine(recorded)
            self.guard.look(self.simulation.step)
            self.simulation.hear(recorded.spikes)
            trials.append(replace(recorded, synapses=self._synapses(single)))
            self.reporter.end_phase("collect")
            before += trial.steps
        self.close()
        self.reporter.end_phase("build")
        populations = network.populations
        recording = Recording(
            network.dt, tuple(p.label for p in populations), tuple(p.size for p in populations), tuple(trials)
        )
        recording.save(self.folder / "recording")
        self.reporter.end_phase("collect")
        return {"provenance": self.provenance()}, []

    def _synapses(self, network: Any) -> dict[int, Any]:
        """Present states of all synapses that change, by projection."""
        changing = (index for index, p in enumerate(network.projections) if p.size and not p.model.is_static)
        found = {index: self.simulation.synapse_states(index) for index in changing}
        return {index: states for index, states in found.items() if states}

    def _passed(self, done: int, offset: int, total: int) -> None:
        """Steps of this trial are done: tell the parent, and see that the states are sound."""
        self.reporter.progress(offset + done, total)
        self.guard.passed(done)

    # -- a live run -----------------------------------------------------------

    def do_trial(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Begin a trial of a network file."""
        from unisono.models.network import Network

        network = Network.load(self.folder / request["network"])
        self.reporter.end_phase("build")
        self.prepare(network, live=True)
        self.build(network)
        return {}, []

    def do_extend(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Apply changes, take inputs, simulate some steps."""
        from unisono.adapters.contract.source_spikes import fed_spikes
        from unisono.adapters.runtime.protocol import unpacked
        from unisono.models.network import Change, CurrentInput, SpikeInput

        simulation = self.simulation
        for change in request["changes"]:
            simulation.write(unpacked(Change, change, arrays))
        spikes = [unpacked(SpikeInput, s, arrays) for s in request["spikes"]]
        currents = {int(n): unpacked(CurrentInput, c, arrays) for n, c in request["currents"].items()}
        if spikes or currents:
            simulation.feed(spikes, currents)
            simulation.hear(fed_spikes(spikes))
        before = simulation.step
        simulation.run(before + request["steps"], lambda done: self._passed(done, 0, before + request["steps"]))
        self.guard.passed(simulation.step)
        self.reporter.end_phase("run")
        return {"step": simulation.step}, []

    def do_record(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Record a further variable."""
        from unisono.adapters.runtime.protocol import unpacked
        from unisono.models.network import RecordingRequest

        self.simulation.record(unpacked(RecordingRequest, request["request"], arrays))
        return {}, []

    def do_read(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Give what was recorded since the last read."""
        found = self.simulation.read()
        self.guard.examine(found)
        self.simulation.hear(found.spikes)
        given: list[Any] = []
        spikes = {}
        for population, train in found.spikes.items():
            if train.size:
                spikes[population] = len(given)
                given += [train.cells, train.steps]
        signals = []
        for signal in found.signals:
            signals.append([signal.population, signal.variable, signal.unit, signal.interval, len(given)])
            given += [signal.cells, signal.values]
        self.reporter.end_phase("collect")
        return {"step": found.steps, "spikes": spikes, "signals": signals}, given

    def do_synapses(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Give the present states of the synapses of a projection; the parent has read all spikes before."""
        states = self.simulation.synapse_states(request["projection"])
        self.reporter.end_phase("collect")
        return {"names": list(states)}, list(states.values())

    def do_samples(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Give all samples of synapses of the trial so far; the parent has read all spikes before."""
        samples = self.simulation.read().samples
        self.reporter.end_phase("collect")
        return {"samples": [[s.projection, s.state, s.interval] for s in samples]}, [s.values for s in samples]

    def do_finish(self, request: dict[str, Any], arrays: list[Any]) -> Any:
        """Close the simulation and say what was run."""
        if self.simulation is not None:
            self.guard.look(self.simulation.step)
        self.close()
        return {"provenance": self.provenance()}, []

    def provenance(self) -> dict[str, Any]:
        """Versions, seconds by phase, memory."""
        return {
            "version": self.version,
            "versions": _versions(),
            "seconds": {name: round(value, 4) for name, value in self.reporter.seconds.items()},
            "cpu_seconds": {name: round(value, 4) for name, value in self.reporter.used.items()},
            "peak_rss_mb": round(_peak_memory() + self.program_mb, 1),
            "peak_rss_mb_by_phase": self.reporter.peaks,
            "platform": platform.platform(),
        }


def main(folder: Path, descriptor: int) -> int:
    """Serve the parent until it hangs up; returns the exit status."""
    job = json.loads((folder / "job.json").read_text())
    _make_importable(job["packages"])
    from unisono.adapters.runtime.protocol import Channel, Closed

    channel = Channel(socket.socket(fileno=descriptor))
    reporter = Reporter(channel, job["started"])
    gc.disable()
    try:
        try:
            worker = Worker(folder, job, reporter)
            gc.freeze()  # what was imported stays: no collection need look at it, neither now nor when the process ends
            gc.enable()
            while True:
                request, arrays = channel.receive()
                reporter.resume()
                answer, given = getattr(worker, f"do_{request['do']}")(request, arrays)
                channel.send({"event": "done", **answer}, given)
        except Closed:
            return 0  # the parent has what it wants, or is gone
        except BaseException as error:
            channel.send({"event": "error", **_described(error, job["simulator"])})
            with suppress(OSError):  # the disk with the log may be full
                traceback.print_exception(error)
            return 1
    except Closed:
        return 1


def _described(error: BaseException, simulator: str) -> dict[str, str]:
    """An error as the parent raises it again."""
    from unisono.models.errors import SimulatorFailed, UnisonoError
    from unisono.models.files import full_disk

    named: BaseException | None = error
    while named is not None:  # a simulator may have put an error of its own around ours
        known = named if isinstance(named, UnisonoError) else full_disk(named)
        if known is not None:
            return {"kind": type(known).__name__, "message": known.message, "remedy": known.remedy}
        named = named.__cause__ or named.__context__
    text = f"{simulator} failed: {type(error).__name__}: {' '.join(str(error).split())}."
    return {"kind": SimulatorFailed.__name__, "message": text, "remedy": ""}


def _with_sources(recorded: Any, network: Any) -> Any:
    """A recording with the spikes of the sources, which are part of the network."""
    from dataclasses import replace

    from unisono.adapters.contract.source_spikes import source_spikes

    return replace(recorded, spikes=dict(sorted({**source_spikes(network), **recorded.spikes}.items())))


def _versions() -> dict[str, str]:
    import h5py
    import numpy

    return {"python": platform.python_version(), "numpy": numpy.__version__, "h5py": h5py.__version__}


def _peak_memory() -> float:
    """Peak resident memory in MB.

    Read from the process's own status where there is one, since getrusage()
    counts the memory of the parent it was forked from.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        pass
    import resource

    scale = 1024.0**2 if sys.platform == "darwin" else 1024.0
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
