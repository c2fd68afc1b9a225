"""Adaptive exponential cells under currents in NEURON, with a mechanism written by hand."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from neuron import h

from benchmarks.native_scripts.common import compiled
from unisono.models.network import Network


def main() -> None:
    """Run the cells of the network file named on the command line; print the seconds of the loop and the spikes."""
    network = Network.load(json.loads(sys.argv[1])["network"])
    (population,) = network.populations
    h.nrn_load_dll(str(compiled("adex.mod")))
    h.load_file("stdrun.hoc")
    h.dt, h.steps_per_ms = network.dt, 1 / network.dt
    context = h.ParallelContext()
    section = h.Section(name="holder")
    values = {n: np.broadcast_to(v, population.size).tolist() for n, v in population.parameters.items()}
    names = ("tau_m", "cm", "v_rest", "v_reset", "v_thresh", "v_spike", "delta_T", "b", "tau_w", "i_offset")
    cells, detectors = [], []
    for gid in range(population.size):
        cell = h.HandWrittenAdEx(section(0.5))
        for name in names:
            setattr(cell, name, values[name][gid])
        cell.a = 1e-3 * values["a"][gid]
        cell.held_steps = round(values["tau_refrac"][gid] / network.dt)
        detector = h.NetCon(cell._ref_spike, None, sec=section)
        detector.threshold = 0.5
        context.set_gid2node(gid, context.id())
        context.cell(gid, detector)
        cells.append(cell)
        detectors.append(detector)
    times, gids = h.Vector(), h.Vector()
    context.spike_record(-1, times, gids)
    context.set_maxstep(10)
    h.stdinit()
    for cell, v in zip(cells, np.broadcast_to(population.initial["v"], population.size).tolist(), strict=True):
        cell.potential = v
    steps = network.trials[0].steps
    start = time.perf_counter()
    context.psolve((steps + 1) * network.dt)
    seconds = time.perf_counter() - start
    labels = np.rint(times.as_numpy() / network.dt).astype(np.int64)
    print("\n" + json.dumps({"run": seconds, "spikes": int((labels <= steps).sum())}))


if __name__ == "__main__":
    main()
