"""A run in a process of its own: read a job, simulate, write the recording.

Started as a script by the interpreter of the simulator's environment, which
needs NumPy, h5py and the simulator, not an installed Unisono: the job says where
the two packages it uses lie.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
import sys
import time
import traceback
import types
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
    """Sends phases and progress to the parent, a JSON line each, and keeps the clock."""

    def __init__(self, descriptor: int, started: float) -> None:
        self.stream = os.fdopen(descriptor, "w", buffering=1)
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self.last = started
        self.told = 0.0

    def send(self, **message: Any) -> None:
        """Send one message; a parent that is gone is no error of the run."""
        with contextlib.suppress(OSError):
            self.stream.write(json.dumps(message) + "\n")

    def end_phase(self, name: str) -> None:
        """Add the time since the last call to a phase, and note the peak memory so far."""
        now = time.time()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.peaks[name] = _peak_memory()
        self.last = now

    def progress(self, done: int, total: int) -> None:
        """Send progress, at most ten times a second."""
        now = time.time()
        if now - self.told > 0.1 or done >= total:
            self.told = now
            self.send(phase="run", done=done, total=total)


def main(folder: Path, descriptor: int) -> int:
    """Carry out the job in ``folder``; returns the exit status."""
    job = json.loads((folder / "job.json").read_text())
    reporter = Reporter(descriptor, job["started"])
    _make_importable(job["packages"])
    from unisono.models.errors import SimulatorFailed, UnisonoError

    try:
        outcome: dict[str, Any] = {"provenance": _simulate(folder, job, reporter)}
    except UnisonoError as error:
        traceback.print_exc()
        outcome = {"error": {"kind": type(error).__name__, "message": error.message, "remedy": error.remedy}}
    except BaseException as error:
        traceback.print_exc()
        text = f"{job['simulator']} failed: {type(error).__name__}: {' '.join(str(error).split())}."
        outcome = {"error": {"kind": SimulatorFailed.__name__, "message": text, "remedy": "See the log."}}
    (folder / "outcome.json").write_text(json.dumps(outcome))
    return 0 if "provenance" in outcome else 1


def _simulate(folder: Path, job: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    from unisono.adapters.contract import Settings
    from unisono.adapters.contract.recording import Recording
    from unisono.adapters.registry import load
    from unisono.models.network import Network

    reporter.send(phase="start")
    adapter = load(job["adapter"])
    try:
        version = adapter.version()
    except ImportError as error:
        from unisono.models.errors import SimulatorNotInstalled

        raise SimulatorNotInstalled(
            f"{adapter.name} is not installed for {sys.executable} ({error}).", f"Install it: {adapter.install}"
        ) from error
    settings = Settings(**job["settings"])
    reporter.end_phase("start")
    network = Network.load(folder / "network.h5")
    reporter.end_phase("build")
    trials, before, total, program_mb = [], 0, sum(t.steps for t in network.trials), 0.0
    for single in network.single_trials():
        session = adapter.session(single, settings, Path(job["cache"]))
        for phase in ("prepare", "build"):
            reporter.send(phase=phase)
            getattr(session, phase)()
            reporter.end_phase(phase)
        session.run(lambda done, offset=before: reporter.progress(offset + done, total))  # type: ignore[misc]
        reporter.end_phase("run")
        reporter.send(phase="collect")
        trials.append(session.collect())
        reporter.end_phase("collect")
        before += single.trials[0].steps
        program_mb = max(program_mb, session.program_mb)
        session.close()
    reporter.end_phase("build")
    populations = network.populations
    recording = Recording(
        network.dt, tuple(p.label for p in populations), tuple(p.size for p in populations), tuple(trials)
    )
    recording.save(folder / "recording")
    reporter.end_phase("collect")
    return {
        "version": version,
        "versions": _versions(),
        "seconds": {name: round(value, 4) for name, value in reporter.seconds.items()},
        "peak_rss_mb": round(_peak_memory() + program_mb, 1),
        "peak_rss_mb_by_phase": reporter.peaks,
        "platform": platform.platform(),
    }


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
