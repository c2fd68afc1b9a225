"""Pair STDP in Brian2's C++ standalone mode, as its documentation writes it, with Brian2's own flags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import brian2 as b
import numpy as np

from benchmarks.native_scripts.common import Spikes, measure
from benchmarks.native_scripts.plastic_common import Plastic, plastic

_SYNAPSE = """
w : 1
dapre/dt = -apre/tau_plus : 1 (event-driven)
dapost/dt = -apost/tau_minus : 1 (event-driven)
"""


def script(a: Plastic, done: Callable[..., None]) -> Spikes:
    """Generated, compiled and run as a program; ``build`` is what the program does besides its loop."""
    folder = str(Path.home() / "standalone")
    b.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b.defaultclock.dt = a.dt * b.ms
    c, rule = a.cell, a.rule
    given = {name: c[name] * b.ms for name in ("tau_m", "tau_syn_E")}
    given |= {name: rule[name] * b.ms for name in ("tau_plus", "tau_minus")}
    given |= {"drive": c["tau_m"] / c["cm"], "v_rest": c["v_rest"], "v_thresh": c["v_thresh"], "v_reset": c["v_reset"]}
    given |= {"up": rule["A_plus"] * rule["w_max"], "down": -rule["A_minus"] * rule["w_max"], "w_max": rule["w_max"]}
    cells = b.NeuronGroup(
        a.v.size,
        """
        dv/dt = (v_rest - v + drive*isyn)/tau_m : 1 (unless refractory)
        disyn/dt = -isyn/tau_syn_E : 1
        """,
        threshold="v > v_thresh",
        reset="v = v_reset",
        refractory=c["tau_refrac"] * b.ms,
        method="exact",
        namespace=given,
    )
    cells.v = a.v
    sources = b.SpikeGeneratorGroup(a.sources, a.spiking, a.when * a.dt * b.ms)
    synapses = b.Synapses(
        sources,
        cells,
        _SYNAPSE,
        on_pre="isyn_post += w\napre += up\nw = clip(w + apost, 0, w_max)",
        on_post="apost += down\nw = clip(w + apre, 0, w_max)",
        namespace=given,
    )
    synapses.connect(i=a.pre, j=a.post)
    synapses.w = a.weight
    synapses.pre.delay = a.delay * a.dt * b.ms
    monitor = b.SpikeMonitor(cells)
    network = b.Network(cells, sources, synapses, monitor)
    network.run(a.steps * a.dt * b.ms)
    device: Any = b.get_device()
    device.build(directory=folder, run=False)
    done("prepare")
    device.run(folder)
    done("build", without=float(device._last_run_time), called="run")
    return np.asarray(monitor.i), np.rint(np.asarray(monitor.t / b.ms) / a.dt).astype(int) + 1


if __name__ == "__main__":
    measure(script, plastic)
