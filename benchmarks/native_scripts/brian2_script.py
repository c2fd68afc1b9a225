"""The CUBA network in Brian2, with exact integration and generated Cython."""

from __future__ import annotations

from collections.abc import Callable

import brian2 as b
import numpy as np

from benchmarks.native_scripts.common import Arrays, measure

EQUATIONS = """
dv/dt = (v_rest - v)/tau_m + (ie + ii + i_offset)/capacitance : volt (unless refractory)
die/dt = -ie/tau_syn_E : amp
dii/dt = -ii/tau_syn_I : amp
"""
Spikes = tuple[np.ndarray, np.ndarray]
UNITS = {"v": b.mV, "tau": b.ms, "i": b.nA}


def network_of(a: Arrays) -> tuple[b.Network, b.SpikeMonitor]:
    """One group, one Synapses object for each of the arrays of synapses."""
    b.defaultclock.dt = a.dt * b.ms
    namespace = {name: value * UNITS[name.partition("_")[0]] for name, value in a.cell.items() if name != "cm"}
    namespace["capacitance"] = a.cell["cm"] * b.nF  # cm is a centimetre
    cells = b.NeuronGroup(
        a.n,
        EQUATIONS,
        method="exact",
        threshold="v >= v_thresh",
        reset="v = v_reset",
        refractory=(a.cell["tau_refrac"] + a.dt) * b.ms,
        namespace=namespace,
    )
    cells.v = a.v * b.mV
    monitor = b.SpikeMonitor(cells)
    network = b.Network(cells, monitor)
    for name, (pre, post, weight) in a.synapses.items():
        state = "ie" if name.startswith("excitatory") else "ii"
        synapses = b.Synapses(
            cells, cells, on_pre=f"{state}_post += w", delay=a.delay * b.ms, namespace={"w": weight * b.nA}
        )
        synapses.connect(i=pre, j=post)
        network.add(synapses)
    return network, monitor


def spikes_of(a: Arrays, monitor: b.SpikeMonitor) -> Spikes:
    """Cells, and the steps that end with the spikes."""
    return np.asarray(monitor.i), np.rint(np.asarray(monitor.t / b.ms) / a.dt).astype(np.int64) + 1


def script(a: Arrays, done: Callable[[str], None]) -> Spikes:
    """Compiled with Cython, the loop is Python's."""
    b.prefs.codegen.target = "cython"
    network, monitor = network_of(a)

    def note(elapsed: float, completed: float, start: float, duration: float) -> None:
        if not completed:
            done("build")

    network.run(a.steps * a.dt * b.ms, report=note, report_period=3600 * b.second)
    done("run")
    return spikes_of(a, monitor)


if __name__ == "__main__":
    measure(script)
