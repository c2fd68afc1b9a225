"""Pair STDP in PyNEST: ``stdp_synapse``, sources through parrots, since it takes no generators."""

from __future__ import annotations

from collections.abc import Callable

import nest
import numpy as np

from benchmarks.native_scripts.common import Spikes, measure
from benchmarks.native_scripts.plastic_common import Plastic, plastic


def script(a: Plastic, done: Callable[[str], None]) -> Spikes:
    """iaf_psc_exp with stdp_synapse."""
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.resolution = a.dt
    c, rule = a.cell, a.rule
    parameters = {
        "C_m": c["cm"] * 1e3,
        "tau_m": c["tau_m"],
        "E_L": c["v_rest"],
        "V_th": c["v_thresh"],
        "V_reset": c["v_reset"],
        "t_ref": c["tau_refrac"],
        "tau_syn_ex": c["tau_syn_E"],
        "tau_syn_in": c["tau_syn_I"],
        "tau_minus": rule["tau_minus"],
    }
    cells = nest.Create("iaf_psc_exp", a.v.size, params=parameters)
    cells.V_m = a.v.tolist()
    generators, parrots = nest.Create("spike_generator", a.sources), nest.Create("parrot_neuron", a.sources)
    times = [np.round(a.when[a.spiking == k] * a.dt, 1) for k in range(a.sources)]
    generators.set([{"spike_times": some[some > 0]} for some in times])
    nest.Connect(generators, parrots, "one_to_one", {"delay": 1.0})
    given = {"tau_plus": rule["tau_plus"], "lambda": rule["A_plus"], "alpha": rule["A_minus"] / rule["A_plus"]}
    given |= {"mu_plus": 0.0, "mu_minus": 0.0, "Wmax": 1e3 * rule["w_max"]}
    nest.CopyModel("stdp_synapse", "plastic", given)
    nest.Connect(
        a.pre + parrots[0].global_id,
        a.post + cells[0].global_id,
        "one_to_one",
        {"synapse_model": "plastic", "weight": 1e3 * a.weight, "delay": a.delay * a.dt},
    )
    recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
    nest.Connect(cells, recorder)
    nest.Prepare()
    done("build")
    nest.Run(a.steps * a.dt)
    done("run")
    events = recorder.events
    return events["senders"] - cells[0].global_id, events["times"]


if __name__ == "__main__":
    measure(script, plastic)
