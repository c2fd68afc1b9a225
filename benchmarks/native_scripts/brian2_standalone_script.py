"""The CUBA network in Brian2's C++ standalone mode, with exact integration and strict arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import brian2 as b

from benchmarks.native_scripts.brian2_script import Spikes, network_of, spikes_of
from benchmarks.native_scripts.common import Arrays, measure


def script(a: Arrays, done: Callable[[str], None]) -> Spikes:
    """Generated, compiled and run as a program; ``build`` is what the program does besides its loop."""
    folder = str(Path.home() / "standalone")
    b.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffp-contract=off", "-std=c++17"]
    network, monitor = network_of(a)
    network.run(a.steps * a.dt * b.ms)
    device: Any = b.get_device()
    device.build(directory=folder, run=False)
    done("prepare")
    device.run(folder)
    done("build", without=float(device._last_run_time), called="run")
    return spikes_of(a, monitor)


if __name__ == "__main__":
    measure(script)
