"""Synapses that spikes change, on PyNN's own back ends: what they refuse, and what their weights are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import plastic
import pytest
from command_line import unisono

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.pynn_backends.synapses import MODELS, RULES
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.models.pynn import stdp
from unisono.models.synapses import SYNAPSES
from unisono.validation.compare.comparators import first_mismatch
from unisono.validation.diagnose.weights import NEAR
from unisono.validation.faults.faults import AND, fault_named

#: nA or uS; moves no spike.
LARGEST = 1e-6

#: What each backend runs, on which cell and with which division of delays.
RUNS = {
    "pynn.nest": ("IF_cond_exp", 1, [n for n in MODELS if n != "Vogels2011" and not n.startswith("StochasticT")]),
    "pynn.brian2": (
        "IF_curr_exp",
        0,
        ["SpikePairAdditive", "SpikePairMultiplicative", "SpikePairAdditiveMultiplicative", "TsodyksMarkramSynapse"],
    ),
    "pynn.neuron": ("IF_cond_exp", 1, ["SpikePairAdditive", "SpikePairMultiplicative", *MODELS[5:]]),
}


def network(models: list[str], cell: str = "IF_cond_exp", dendritic: int = 1, steps: int = 1500) -> Network:
    """Three cells that their drivers make spike, and plastic synapses of some models onto them.

    No spikes of source and target meet at a synapse, and no weight comes to a bound.
    """
    rng, delay, latency = np.random.RandomState(5), 8, 6
    pre, post = (a.ravel() for a in np.meshgrid(np.arange(6), np.arange(3)))
    drivers = [(c, k) for c in range(3) for k in range(100 + 37 * c, steps - 100, 170 + 13 * c)]
    driven, when = (np.array(each) for each in zip(*drivers, strict=True))
    sources, steps_of = rng.randint(0, 6, 60), rng.choice(np.arange(20, steps - 20), 60, replace=False)
    spikes = np.concatenate([when + latency + near for near in range(-2, 5)])
    free = ~np.isin(steps_of + delay * (1 - 2 * dendritic), spikes)

    def synapses(name: str) -> Projection:
        pair = {"A_plus": 0.01, "A_minus": 0.012, "w_max": LARGEST} if name.startswith("SpikePair") else {}
        values = pair or ({"eta": 1e-3 * LARGEST, "rho": 0.003, "w_max": LARGEST} if name == "Vogels2011" else {})
        if "Tsodyks" in name:
            values = {"U": 0.3, "tau_rec": 80.0, "tau_facil": 50.0}
        weights = LARGEST * rng.uniform(0.4, 0.6, pre.size)
        parts = {"axonal": delay * (1 - dendritic), "dendritic": delay * dendritic}
        return Projection(name, 0, 2, pre, post, weights, synapse=name, parameters=values, **parts)

    cells = Population("cells", cell, 3, parameters={"tau_refrac": 2.0, "tau_syn_E": 0.5})
    drive = Projection("drive", 1, 2, np.arange(3), np.arange(3), 0.9 if "cond" in cell else 40.0, 1)
    return Network(
        0.1,
        (Population("sources", "SpikeSourceArray", 6), Population("drivers", "SpikeSourceArray", 3), cells),
        (drive, *map(synapses, models)),
        (SpikeInput(0, sources[free], steps_of[free]), SpikeInput(1, driven, when)),
        trials=(Trial((Epoch(steps),)),),
    )


def test_the_rules_are_those_that_a_script_combines():
    assert {model.name: rules for rules, model in stdp.MODELS.items()} == RULES
    assert set(MODELS) <= set(SYNAPSES)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_several_rules_at_once_have_the_weights_of_their_known_faults(name):
    cell, dendritic, models = RUNS[name]
    given = network(models, cell, dendritic)
    run = Executor(fresh=True, time_limit=1200).run(given, [name])[name]
    assert run.recording is not None, f"{run.error}\n{run.log}"
    known = fault_named(AND.join(f for f in registry.get(name).known_faults(given) if "bound" not in f))
    executor = plastic.Reference(name, known)
    expected = executor.run(given, [name])[name].recording
    assert first_mismatch(run.recording, expected, given) is None and run.recording.trials[0].spikes[2].size > 20
    shown = [i for i, p in enumerate(given.projections) if "weight" in p.model.states]
    assert sorted(i for i, states in run.recording.trials[0].synapses.items() if states) == shown
    for index in shown:
        mine, theirs = (r.trials[0].synapses[index]["weight"] for r in (run.recording, expected))
        assert np.abs(mine - theirs).max() < NEAR * LARGEST, given.projections[index].label
        assert np.ptp(mine - given.projections[index].initial["weight"]) > 1e-3 * LARGEST


SCRIPT = """
import numpy as np
import pyNN.nest as sim
sim.setup(timestep=0.1, min_delay=0.1)
rng = np.random.RandomState(1)
times = [np.sort(rng.uniform(2, 140, 8)).round(1) for _ in range(4)]
sources = sim.Population(4, sim.SpikeSourceArray(spike_times=times))
drivers = sim.Population(2, sim.SpikeSourceArray(spike_times=[[20.0, 60.0, 100.0], [31.0, 71.0, 111.0]]))
cells = sim.Population(2, sim.IF_cond_exp(tau_refrac=2.0, tau_syn_E=0.5))
sim.Projection(drivers, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.9, delay=0.1))
rule = sim.STDPMechanism(
    timing_dependence=sim.SpikePairRule(A_plus=0.05, A_minus=0.06),
    weight_dependence=sim.AdditiveWeightDependence(w_max=1e-6),
    weight=5e-7,
    delay=0.8,
)
sim.Projection(sources, cells, sim.AllToAllConnector(), rule, label="plastic")
cells.record("spikes")
sim.run(150.0)
"""


@pytest.mark.slow
def test_a_plastic_script_from_the_command_line(tmp_path: Path):
    (tmp_path / "plastic.py").write_text(SCRIPT)
    done = unisono("compare", "plastic.py", "--on", "nest,pynn.nest", cwd=tmp_path)
    said = " ".join(done.stdout.split())
    assert done.returncode == 1, done.stdout + done.stderr
    assert "'weight' of" in said and "weights are given as they were after the last spike of the source" in said
    assert re.search(r"pyNN\.nest gives the final states of synapses that NEST gives when .*: all 8 agree", said)


def changed(given: Network, **values: object) -> Network:
    first, *others = given.projections[1:]
    return replace(given, projections=(given.projections[0], replace(first, **values), *others))


@pytest.mark.parametrize(
    ("name", "model", "dendritic", "says"),
    [
        ("pynn.nest", "SpikePairAdditive", 0, r"dendritic_delay_fraction; PyNN says: NEST does not .* Set it to 1\."),
        (
            "pynn.nest",
            "Vogels2011",
            1,
            "no Vogels2011; PyNN says: module 'pyNN.nest' has no attribute 'Vogels2011Rule'",
        ),
        ("pynn.brian2", "SpikePairAdditive", 1, r"does not currently support dendritic delays.* Set it to 0\."),
        ("pynn.brian2", "SimpleStochasticSynapse", 1, "no attribute 'SimpleStochasticSynapse'"),
        ("pynn.brian2", "SpikePairGutig", 0, "no SpikePairGutig; PyNN says: No attribute with name mu_plus"),
    ],
)
def test_what_a_backend_lacks_is_refused_by_name(name, model, dendritic, says):
    with pytest.raises(UnsupportedFeature, match=says):
        registry.get(name).check(network([model], dendritic=dendritic), Settings())


def test_values_that_a_backend_does_not_take():
    given, nest = network(["SpikePairAdditive"]), registry.get("pynn.nest")
    parameters = given.projections[1].parameters
    with pytest.raises(UnsupportedFeature, match="this w_min; PyNN says: Non-zero minimum weight"):
        nest.check(changed(given, parameters={**parameters, "w_min": LARGEST / 10}), Settings())
    with pytest.raises(UnsupportedFeature, match="no synapse with the equations of TripletSTDP"):
        nest.check(changed(given, synapse="TripletSTDP", parameters={}), Settings())
    with pytest.raises(UnsupportedFeature, match="some pairs have several synapses"):
        nest.check(changed(given, pre=np.zeros(18, np.uint32)), Settings())
    seed = Change("synapse", 1, "seed", np.float64(3.0))
    given = network(["SimpleStochasticSynapse"])
    given = replace(given, trials=(Trial((Epoch(50), Epoch(50, (seed,)))),))
    with pytest.raises(UnsupportedFeature, match="PyNN cannot set the state 'seed'"):
        nest.check(given, Settings())
