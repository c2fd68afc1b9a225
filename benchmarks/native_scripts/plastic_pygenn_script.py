"""Pair STDP in PyGeNN, with the cells' and the synapses' traces at the cells, and GeNN's own flags."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pygenn

from benchmarks.native_scripts.common import Spikes, measure
from benchmarks.native_scripts.plastic_common import Plastic, plastic


def script(a: Plastic, done: Callable[[str], None]) -> Spikes:
    """On one core of the CPU, in double precision."""
    os.chdir(Path.home())
    model = pygenn.GeNNModel("double", "plastic", backend="single_threaded_cpu")
    model.dt = a.dt
    cells, sources = _cells(model, a), _sources(model, a)
    _synapses(model, a, sources, cells)
    done("build")
    model.build()
    done("prepare")
    model.load(num_recording_timesteps=a.steps)
    done("load")
    for _ in range(a.steps):
        model.step_time()
    done("run")
    model.pull_recording_buffers_from_device()
    times, which = cells.spike_recording_data[0]
    return which, np.rint(times / a.dt).astype(int) + 1


def _cells(model: pygenn.GeNNModel, a: Plastic) -> pygenn.NeuronGroup:
    c = a.cell
    kind = pygenn.create_neuron_model(
        "cell",
        params=["tau", "drive", "rest", "threshold", "reset", "refractory"],
        vars=[("V", "scalar"), ("left", "scalar")],
        sim_code="""
        if (left <= 0.0) {
            const scalar end = rest + (Isyn * drive);
            V = end + ((V - end) * exp(-dt / tau));
        } else {
            left -= dt;
        }
        """,
        threshold_condition_code="left <= 0.0 && V > threshold",
        reset_code="V = reset; left = refractory;",
    )
    given = {"tau": c["tau_m"], "drive": c["tau_m"] / c["cm"], "rest": c["v_rest"], "threshold": c["v_thresh"]}
    given |= {"reset": c["v_reset"], "refractory": c["tau_refrac"]}
    cells = model.add_neuron_population("cells", a.v.size, kind, given, {"V": a.v, "left": 0.0})
    cells.spike_recording_enabled = True
    return cells


def _sources(model: pygenn.GeNNModel, a: Plastic) -> pygenn.NeuronGroup:
    ends = np.cumsum(np.bincount(a.spiking, minlength=a.sources))
    begins = np.concatenate([[0], ends[:-1]])
    places = {"startSpike": begins, "endSpike": ends}
    sources = model.add_neuron_population("sources", a.sources, "SpikeSourceArray", {}, places)
    sources.extra_global_params["spikeTimes"].set_init_values(a.when * a.dt)
    return sources


def _synapses(model: pygenn.GeNNModel, a: Plastic, sources: pygenn.NeuronGroup, cells: pygenn.NeuronGroup) -> None:
    rule = a.rule
    kind = pygenn.create_weight_update_model(
        "pair",
        params=["tau_plus", "tau_minus", "up", "down", "largest"],
        vars=[("w", "scalar"), ("delay", "uint8_t", pygenn.VarAccess.READ_ONLY)],
        pre_vars=[("x", "scalar")],
        post_vars=[("y", "scalar")],
        pre_spike_code="x = (x * exp(-(t - st_pre) / tau_plus)) + 1.0;",
        post_spike_code="y = (y * exp(-(t - st_post) / tau_minus)) + 1.0;",
        pre_spike_syn_code="""
        addToPostDelay(w, delay);
        if (t > st_post) { w = fmax(0.0, w - (down * y * exp(-(t - st_post) / tau_minus))); }
        """,
        post_spike_syn_code="""
        if (t > st_pre) { w = fmin(largest, w + (up * x * exp(-(t - st_pre) / tau_plus))); }
        """,
    )
    given = {name: rule[name] for name in ("tau_plus", "tau_minus")} | {"largest": rule["w_max"]}
    given |= {"up": rule["A_plus"] * rule["w_max"], "down": rule["A_minus"] * rule["w_max"]}
    update = pygenn.init_weight_update(
        kind, given, {"w": a.weight, "delay": a.delay.astype(np.uint8)}, {"x": 0.0}, {"y": 0.0}
    )
    receptor = pygenn.init_postsynaptic("ExpCurr", {"tau": a.cell["tau_syn_E"]})
    synapses = model.add_synapse_population("synapses", "SPARSE", sources, cells, update, receptor)
    synapses.max_dendritic_delay_timesteps = int(a.delay.max()) + 1
    synapses.set_sparse_connections(a.pre, a.post)


if __name__ == "__main__":
    measure(script, plastic)
