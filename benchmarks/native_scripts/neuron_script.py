"""The CUBA network in NEURON, with a mechanism of its own that is exact over a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from neuron import h

from benchmarks.native_scripts.common import Arrays, compiled, measure


def script(a: Arrays, done: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """Point processes in one section, connected by gid."""
    h.nrn_load_dll(str(compiled("iaf.mod")))
    done("prepare")
    h.load_file("stdrun.hoc")
    h.dt, h.steps_per_ms = a.dt, 1 / a.dt
    context = h.ParallelContext()
    section = h.Section(name="holder")
    c = a.cell
    cells, detectors = [], []
    for gid in range(a.n):
        cell = h.HandWrittenIaf(section(0.5))
        cell.tau_m, cell.cm, cell.v_rest, cell.v_reset, cell.v_thresh = (
            c[name] for name in ("tau_m", "cm", "v_rest", "v_reset", "v_thresh")
        )
        cell.tau_exc, cell.tau_inh, cell.held_steps = c["tau_syn_E"], c["tau_syn_I"], round(c["tau_refrac"] / a.dt)
        detector = h.NetCon(cell._ref_spike, None, sec=section)
        detector.threshold = 0.5
        context.set_gid2node(gid, context.id())
        context.cell(gid, detector)
        cells.append(cell)
        detectors.append(detector)
    connections = []
    for pre, post, weight in a.synapses.values():
        for source, target in zip(pre.tolist(), post.tolist(), strict=True):
            connection = context.gid_connect(source, cells[target])
            connection.weight[0] = weight
            connection.delay = a.delay
            connections.append(connection)
    times, gids = h.Vector(), h.Vector()
    context.spike_record(-1, times, gids)
    context.set_maxstep(10)
    h.stdinit()
    for cell, v in zip(cells, a.v.tolist(), strict=True):
        cell.potential = v
    done("build")
    context.psolve((a.steps + 1) * a.dt)
    done("run")
    steps = np.rint(times.as_numpy() / a.dt).astype(np.int64)
    within = steps <= a.steps
    return gids.as_numpy().astype(np.int64)[within], steps[within]


if __name__ == "__main__":
    measure(script)
