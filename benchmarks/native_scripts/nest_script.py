"""The CUBA network in PyNEST."""

from __future__ import annotations

from collections.abc import Callable

import nest
import numpy as np

from benchmarks.native_scripts.common import Arrays, measure


def script(a: Arrays, done: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """iaf_psc_exp with synapses of one weight a type."""
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.resolution = a.dt
    c = a.cell
    parameters = {
        "C_m": c["cm"] * 1e3,
        "tau_m": c["tau_m"],
        "E_L": c["v_rest"],
        "V_th": c["v_thresh"],
        "V_reset": c["v_reset"],
        "t_ref": c["tau_refrac"],
        "tau_syn_ex": c["tau_syn_E"],
        "tau_syn_in": c["tau_syn_I"],
        "I_e": c["i_offset"] * 1e3,
    }
    cells = nest.Create("iaf_psc_exp", a.n, params=parameters)
    cells.V_m = a.v.tolist()
    for receptor, (pre, post, weight) in a.synapses.items():
        nest.CopyModel("static_synapse_hom_w", receptor, {"weight": weight * 1e3})
        syn_spec = {"synapse_model": receptor, "delay": np.full(pre.size, a.delay)}
        nest.Connect(pre + 1, post + 1, "one_to_one", syn_spec)
    recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
    nest.Connect(cells, recorder)
    nest.Prepare()
    done("build")
    nest.Run(a.steps * a.dt)
    done("run")
    events = recorder.events
    return events["senders"] - 1, events["times"]


if __name__ == "__main__":
    measure(script)
