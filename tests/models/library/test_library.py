"""The library: options and their errors, the networks that come out, one description for every PyNN backend."""

import json
import subprocess
import sys
from math import e, sqrt

import numpy as np
import pytest

from unisono.models.cells import CELLS
from unisono.models.errors import NetworkError, UnknownName
from unisono.models.library import LIBRARY, build_network
from unisono.models.library.single_cell import CURRENTS, SPIKES, SingleCell
from unisono.models.library.vogels_abbott import VogelsAbbott

SMALL = {
    "vogels_abbott": {"n": 200, "duration": 10.0},
    "balanced": {"n": 100, "duration": 10.0},
    "brunel": {"n": 100, "duration": 10.0},
    "potjans_diesmann": {"n_scaling": 0.01, "k_scaling": 0.02, "duration": 10.0},
    "single_cell": {"current": "poisson", "duration": 100.0},
    "destexhe": {"n": 200, "duration": 20.0},
    "izhikevich": {"n": 100, "duration": 20.0},
    "tsodyks_markram": {"duration": 100.0},
    "stdp_pairs": {},
    "song_abbott": {"inputs": 50, "inhibitory": 10, "duration": 50.0},
    "vogels_sprekeler": {"n": 100, "duration": 20.0},
    "lif_step": {},
    "ei_network": {"n": 100, "duration": 20.0},
    "stdp_learning": {"inputs": 10, "duration": 400.0},
    "hodgkin_huxley": {},
    "gamma_oscillation": {"n": 100, "duration": 20.0},
    "bi_poo": {"synapses": 3, "pairs": 2},
    "bcm": {"inputs": 10, "duration": 400.0},
    "tsodyks_uziel": {"n": 50, "duration": 20.0},
}


@pytest.mark.parametrize("name", LIBRARY)
def test_each_option_says_what_it_is(name):
    rows = LIBRARY[name].describe()
    assert [row[0] for row in rows] == list(LIBRARY[name].options.__dataclass_fields__)
    assert all(meaning for *_, meaning in rows)
    assert dict((row[0], row[2]) for row in rows)["duration"] == "ms"


def test_text_is_converted_to_the_type_of_the_option():
    options = VogelsAbbott.read({"n": "1e3", "p": "0.1", "cell": "IF_cond_exp"})
    assert (options.n, options.p, options.cell) == (1000, 0.1, "IF_cond_exp")
    assert isinstance(options.n, int)
    assert options.duration == 1000.0


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        ("vogels_abbott", {"cells": 10}, UnknownName, "Unknown option 'cells'.*n, p"),
        ("vogels_abbott", {"cell": "IF_curr_delta"}, UnknownName, "IF_curr_exp, IF_cond_exp"),
        ("vogels_abbott", {"n": "many"}, NetworkError, "'n' must be a number"),
        ("vogels_abbott", {"n": 10.5}, NetworkError, "'n' must be a whole number"),
        ("vogels_abbott", {"n": 4}, NetworkError, "'n' must be at least 5"),
        ("vogels_abbott", {"p": 1.5}, NetworkError, "'p' must be at most 1"),
        ("vogels_abbott", {"duration": 0}, NetworkError, "'duration' must be above 0"),
        ("vogels_abbott", {"dt": "nan"}, NetworkError, "'dt' must be a finite number"),
        ("vogels_abbott", {"n": 10, "recorded": 9}, NetworkError, "9, but there are 8"),
        ("brunel", {"seed": 2**32}, NetworkError, "'seed' must be at most"),
        ("single_cell", {"cell": "IF_curr"}, UnknownName, "Unknown cell model 'IF_curr'"),
        ("single_cell", {"cell": "SpikeSourceArray"}, UnknownName, "Unknown cell model 'SpikeSourceArray'"),
        ("single_cell", {"current": "ramp"}, UnknownName, "dc, step, ac, noise, spikes, poisson"),
        ("single_cell", {"parameters": "tau=3"}, UnknownName, "no parameter 'tau'.*tau_m"),
        ("single_cell", {"parameters": "tau_m"}, NetworkError, "'tau_m' is not a cell parameter"),
        ("single_cell", {"start": 500.0}, NetworkError, "'start'"),
        ("neocortex", {}, UnknownName, "vogels_abbott, balanced, brunel, .*single_cell"),
    ],
)
def test_wrong_options_are_named(model, options, error, words):
    with pytest.raises(error, match=words):
        build_network(model, **options)


@pytest.mark.parametrize("name", [n for n, m in LIBRARY.items() if "seed" in m.options.__dataclass_fields__])
def test_the_seed_decides_the_network(name):
    first = build_network(name, **SMALL[name])
    assert build_network(name, **SMALL[name]).fingerprint == first.fingerprint
    assert build_network(name, **SMALL[name], seed=2).fingerprint != first.fingerprint


@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_cond_exp"])
def test_vogels_abbott_is_the_published_network(cell):
    n, p = 1000, 0.02
    network = build_network("vogels_abbott", cell=cell, n=n, duration=100.0)
    cells = [population for population in network.populations if not population.is_source]
    assert [(population.label, population.size, population.cell) for population in cells] == [
        ("excitatory", 800, cell),
        ("inhibitory", 200, cell),
    ]
    recurrent = [p for p in network.projections if not network.populations[p.pre_population].is_source]
    count = sum(projection.size for projection in recurrent)
    assert abs(count - p * n * n) < 5 * sqrt(n * n * p * (1 - p))
    assert {int(projection.delay) for projection in recurrent} == {15}
    weights = {projection.receptor: float(projection.weight) for projection in recurrent}
    assert weights == (
        {"excitatory": 0.0162, "inhibitory": -0.09}
        if cell == "IF_curr_exp"
        else {"excitatory": 0.006, "inhibitory": 0.067}
    )
    start = cells[0].initial["v"]
    assert -60 <= start.min() < -59.5 < -50.5 < start.max() <= -50
    assert network.duration == 100.0


def test_vogels_abbott_with_conductances_is_stimulated_for_50_ms():
    network = build_network("vogels_abbott", cell="IF_cond_exp", n=1000, duration=200.0)
    (spikes,) = network.spikes
    # 20 sources, 100 Hz, 50 ms: 100 spikes expected
    assert abs(int(np.sum(np.broadcast_to(spikes.counts, spikes.steps.shape))) - 100) < 5 * 10
    assert spikes.steps.max() <= 500
    assert not build_network("vogels_abbott", n=100, duration=1.0).spikes


def test_balanced_has_autapses_multapses_and_delays_of_its_own():
    network = build_network("balanced", n=500, duration=10.0)
    assert network.synapses == 25000
    within, *_ = network.projections
    pairs = within.pre.astype(np.int64) << 32 | within.post
    assert (within.pre == within.post).any()
    assert np.unique(pairs).size < pairs.size
    assert within.delay.min() >= 1
    assert np.unique(within.delay).size > 20


def test_brunel_has_fixed_in_degrees_and_no_autapses():
    network = build_network("brunel", n=500, g=6.0, duration=20.0)
    indegrees = {"excitatory": 40, "inhibitory": 10}
    recurrent = [p for p in network.projections if not network.populations[p.pre_population].is_source]
    assert len(recurrent) == 4
    for projection in recurrent:
        size = network.populations[projection.post_population].size
        assert (np.bincount(projection.post, minlength=size) == indegrees[projection.receptor]).all()
        if projection.pre_population == projection.post_population:
            assert (projection.pre != projection.post).all()
    weights = {projection.receptor: float(projection.weight) for projection in recurrent}
    assert weights == {"excitatory": 0.1, "inhibitory": pytest.approx(-0.6, rel=1e-15)}


def test_brunel_is_driven_at_eta_times_the_threshold_rate():
    network = build_network("brunel", n=250, eta=2.0, duration=100.0)
    # 2 * theta / (J tau) = 20 spikes/ms for each cell
    expected = 250 * 20.0 * 100.0
    total = sum(int(np.sum(np.broadcast_to(s.counts, s.steps.shape), dtype=np.int64)) for s in network.spikes)
    assert abs(total - expected) < 5 * sqrt(expected)
    silent = build_network("brunel", n=250, eta=0.0, duration=10.0)
    assert not silent.spikes and not any(population.is_source for population in silent.populations)


@pytest.mark.parametrize("current", CURRENTS + SPIKES)
@pytest.mark.parametrize("cell", CELLS)
def test_single_cell_takes_any_cell_and_current(cell, current):
    first, *_, last = (
        n for n in CELLS[cell].parameters if not n.startswith(("tau_eta", "tau_gamma", "a_eta", "a_gamma"))
    )
    network = build_network(
        "single_cell", cell=cell, current=current, parameters=f"{first}=12.5, {last}=0.5", duration=60.0
    )
    (population,) = (p for p in network.populations if not p.is_source)
    assert population.cell == cell
    assert (float(population.parameters[first]), float(population.parameters[last])) == (12.5, 0.5)
    assert len(network.currents) == (current in CURRENTS)
    assert len(network.projections) == len(network.spikes) == (current in SPIKES)
    drive = network.currents or network.spikes
    assert drive[0].steps.min() >= 200 and drive[0].steps.size
    assert {request.variable for request in network.recordings} == {"spikes", "v"}


@pytest.mark.parametrize(
    ("cell", "psp", "receptor", "weight"),
    [
        ("IF_curr_delta", 3.0, "excitatory", 3.0),
        ("IF_curr_delta", -3.0, "inhibitory", -3.0),
        ("IF_curr_exp", 8.0, "excitatory", 8.0 / 5.0),
        ("IF_curr_alpha", -8.0, "inhibitory", -8.0 / (e * 0.5)),
        ("IF_cond_exp", 8.0, "excitatory", 8.0 / (5.0 * 65.0)),
        ("IF_cond_alpha", -2.0, "inhibitory", 2.0 / (e * 0.5 * 5.0)),
        ("IF_facets_hardware1", 2.0, "excitatory", 2.0 * 0.2 / (30.0 * 65.0)),
        ("EIF_cond_exp_isfa_ista", 2.0, "excitatory", 2.0 * 0.281 / (5.0 * 70.6)),
        ("HH", 2.0, "excitatory", 2.0 * 0.2 / (5.0 * 65.0)),
        ("Izhikevich", -2.0, "inhibitory", -2.0),
        ("Izhikevich_chattering", 2.0, "excitatory", 2.0),
    ],
)
def test_single_cell_weight_follows_from_the_psp(cell, psp, receptor, weight):
    (projection,) = build_network("single_cell", cell=cell, current="spikes", psp=psp, duration=60.0).projections
    assert projection.receptor == receptor
    assert float(projection.weight) == pytest.approx(weight, rel=1e-9)


def test_single_cell_refuses_inhibition_that_would_excite():
    options = SingleCell(cell="IF_cond_exp", parameters="e_rev_I=-60", psp=-2.0)
    with pytest.raises(NetworkError, match="cannot move the potential by -2 mV"):
        _ = options.weight


def test_the_same_description_runs_on_a_backend_of_pynn():
    script = (
        "import json, pyNN.nest as sim\n"
        "from unisono.models.library import LIBRARY\n"
        "(cell,) = LIBRARY['single_cell'].build(sim, current='dc', start=0.1, duration=100.0)\n"
        "print(json.dumps([float(t) for t in cell.get_data('spikes').segments[0].spiketrains[0]]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    spikes = json.loads(done.stdout.strip().splitlines()[-1])
    # 1 nA over 20 MOhm from rest to threshold: 20 ms * ln(20/5), and 0.1 ms of the refractory period
    interval = 20.0 * np.log(4.0) + 0.1
    assert np.diff(spikes) == pytest.approx(interval, abs=0.1)
    assert len(spikes) == 3


def test_synapses_that_depress_and_facilitate_get_a_train_a_pause_and_a_test():
    network = build_network("tsodyks_markram", rate=50.0, pulses=3, pause=100.0)
    (spikes,) = network.spikes
    assert spikes.steps.tolist() == [500, 700, 900, 1900]
    depressing, facilitating = network.projections
    assert (depressing.parameters["U"], facilitating.parameters["tau_facil"]) == (0.5, 1000.0)
    assert depressing.parameters["tau_psc"] == 5.0 and network.duration == 390.0
    with pytest.raises(NetworkError, match="'duration' is 20 ms"):
        build_network("tsodyks_markram", duration=20.0)
    with pytest.raises(UnknownName, match="Unknown cell model 'cell'"):
        build_network("tsodyks_markram", cell="cell")


def test_competing_synapses_have_as_much_drive_with_fewer_inputs():
    few, many = (build_network("song_abbott", inputs=n, duration=1.0).projections[0] for n in (100, 1000))
    assert few.synapse == "SpikePairAdditive" and few.size == 100
    assert float(few.parameters["w_max"]) == pytest.approx(10 * float(many.parameters["w_max"]))
    assert float(many.parameters["w_max"]) == pytest.approx(1.5e-4)
    assert 0 < many.weight.min() < many.weight.max() < float(many.parameters["w_max"])
    assert float(few.parameters["A_minus"]) == pytest.approx(1.05 * float(few.parameters["A_plus"]))


def test_inhibition_that_balances_begins_with_nothing():
    network = build_network("vogels_sprekeler", n=100, p=0.5, duration=1.0)
    (plastic,) = (p for p in network.projections if p.synapse == "Vogels2011")
    assert (network.populations[plastic.pre_population].label, plastic.receptor) == ("inhibitory", "inhibitory")
    assert float(plastic.weight) == 0.0
    assert float(plastic.parameters["eta"]) == pytest.approx(5e-5 * 0.02 * 10_000 / (0.5 * 100))
