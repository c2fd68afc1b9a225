"""Every rule of `unisono lint` fires on a network that is wrong in one respect, and not on one that is right.

All networks are the one of ``modelled.network`` with one thing changed, so that what is found is due to that.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from modelled import captured, network, spread
from strategies import networks

from unisono.models.errors import UnknownName
from unisono.models.library import build_network
from unisono.models.pynn.custom_synapse import synapse
from unisono.validation.lint import RULES, Severity, lint


def pair_rule(dependence: str, minus: float, **bounds: float) -> Any:
    def build(sim: Any) -> Any:
        return sim.STDPMechanism(
            timing_dependence=sim.SpikePairRule(A_plus=0.01, A_minus=minus, tau_plus=20.0, tau_minus=20.0),
            weight_dependence=getattr(sim, dependence)(**bounds),
            weight=0.04,
            delay=1.5,
        )

    return build


def found(rule: str, **changed: Any) -> tuple[Any, ...]:
    return tuple(f for f in lint(network(**changed)).findings if f.rule == rule)


#: What is wrong: the change, the rule, the severity, and what sentence, evidence and remedy must say.
WRONG = {
    "no inhibition": (
        {"g": 0.0, "weight": 0.4},
        "no-inhibition",
        "warning",
        "No synapse inhibits",
        "one volley",
        "inhib",
    ),
    "more excitation": (
        {"g": 1.5},
        "balance",
        "warning",
        "Excitation exceeds",
        "g = 3",
        "raise the inhibitory weights",
    ),
    "too much inhibition": ({"g": 60.0}, "balance", "note", "Inhibition exceeds", "g = 120", "Check the inhibitory"),
    "both signs": ({"both_signs": True}, "dale", "warning", "against Dale", "320 of 320 cells", "Split the population"),
    "half inhibitory": (
        {"share": 0.5, "g": 2.0},
        "shares",
        "note",
        "50% of the cells",
        "200 inhibit",
        "four excitatory",
    ),
    "dense": ({"p": 0.9, "n": 300}, "connectivity", "note", "More than half", "90%|89%|91%", "a tenth of the pairs"),
    "few inputs": (
        {"p": 0.02, "weight": 0.2},
        "connectivity",
        "note",
        "fewer than 10",
        "In the mean",
        "Raise the conn",
    ),
    "weights not rescaled": (
        {"p": 0.4, "weight": 0.6},
        "weights-and-size",
        "warning",
        "too strong",
        r"J = 7\.2",
        "sqrt",
    ),
    "no effect": ({"weight": 4e-5}, "weights-and-size", "warning", "almost no effect", "J K = ", "unit of the weights"),
    "step too long": (
        {"dt": 1.5},
        "time-step",
        "error",
        "above the largest for IF_curr_exp",
        "15 times",
        "timestep=0.1",
    ),
    "step of HH": ({"cell": "HH_cond_exp"}, "time-step", "warning", "largest for HH_cond_exp", "10 times", "=0.01"),
    "coarse step": ({"dt": 0.25}, "time-step", "warning", "above the recommended", "that coarse", "converge"),
    "needless step": ({"dt": 0.005}, "time-step", "note", "needlessly small", "20 times", "timestep=0.1"),
    "fast synapses": (
        {"parameters": {"tau_syn_E": 0.003}, "weight": 40.0},
        *("time-step", "warning", "tau_syn_E is not longer", "0.003 ms", "0.003 s are 3 ms"),
    ),
    "conductance load": (
        {"cell": "IF_cond_exp", "weight": 3.0},
        *("time-step", "warning", "faster than the time step", "One spike opens 15 uS", "unit of the weights"),
    ),
    "delays cut off": ({"delay": spread(0.3, 0.5)}, "time-step", "warning", "cut off", "of .* delays", "distribution"),
    "short run": ({"duration": 300.0}, "duration", "note", "short for statistics", "0 ms are left", "1500 ms"),
    "seconds as duration": ({"duration": 2.0}, "duration", "warning", "runs for 2 ms", r"run\(2000\)", "1500 ms"),
    "NMDA as a current": ({"label": "E to E, NMDA"}, "synapse-kind", "note", "A current stands", "NMDA", "magnesium"),
    "flat conductance": (
        {"cell": "IF_cond_exp", "weight": 1e-4, "parameters": {"e_rev_E": 2000.0, "e_rev_I": -2000.0}},
        *("synapse-kind", "note", "act like currents", "changes by 0.8%", "reversal potentials"),
    ),
    "slow inhibition": (
        {"parameters": {"tau_syn_I": 50.0}, "g": 1.0},
        "receptors",
        "warning",
        "tau_syn_I",
        "50 ms",
        "GABA|receptor",
    ),
    "one for all": (
        {"parameters": {"tau_syn_E": 5.0, "tau_syn_I": 5.0}},
        "receptors",
        "note",
        "One time",
        "5 ms",
        "10 ms",
    ),
    "inhibition excites": (
        {"cell": "IF_cond_exp", "weight": 1e-3, "parameters": {"e_rev_I": -40.0}},
        *("receptors", "error", "excites", "-40 mV", "-70 to -90"),
    ),
    "runaway STDP": (
        {"plastic": pair_rule("AdditiveWeightDependence", 0.01, w_max=0.08), "duration": 6e4},
        *("plasticity", "warning", "follow those of inputs drive weights up", "0.2 ms", "5 % above|MultiplicativeW"),
    ),
    "STDP gathers at bounds": (
        {"plastic": pair_rule("AdditiveWeightDependence", 0.012, w_max=0.08), "duration": 6e4},
        *("plasticity", "note", "both bounds", "0.24 ms", "SynapticScaling"),
    ),
    "w_max forgotten": (
        {"plastic": pair_rule("MultiplicativeWeightDependence", 0.012), "duration": 6e4},
        *("plasticity", "warning", "w_max has its default", "0.04 nA", "w_max"),
    ),
    "weights above w_max": (
        {"plastic": pair_rule("MultiplicativeWeightDependence", 0.012, w_max=0.01), "duration": 6e4},
        *("plasticity", "warning", "above w_max", "0.01 nA", "Raise w_max"),
    ),
    "STDP too short": (
        {"plastic": pair_rule("MultiplicativeWeightDependence", 0.012, w_max=0.08)},
        *("plasticity", "warning", "too short", "1500 ms", "10 to 100 s"),
    ),
    "pF for nF": ({"parameters": {"cm": 250.0}}, "units", "error", "looks like pF", "250 nF", "cm=0.25"),
    "s for ms": ({"parameters": {"tau_m": 0.02}}, "units", "error", "looks like s", "0.02 ms", "tau_m=20"),
    "V for mV": (
        {"parameters": {"v_rest": -0.065, "v_reset": -0.065, "v_thresh": -0.05}},
        *("units", "error", "in volts", "-0.065", "v_rest=-65"),
    ),
    "nA for uS": (
        {"cell": "IF_cond_exp", "weight": 0.4},
        "units",
        "error|warning",
        "mixed up",
        "times the leak",
        "in uS",
    ),
    "nS for uS": ({"cell": "IF_cond_exp", "weight": 6.0}, "units", "error", "mixed up", "times the leak", "0.006 uS"),
    "pA for nA": ({"weight": 40.0}, "units", "error|warning", "mixed up", "times the way", "200 pA are 0.2 nA"),
    "current in pA": ({"parameters": {"i_offset": 220.0}}, "units", "error", "looks like pA", "220 nA", "write 0.22"),
    "delay in us": ({"delay": 1500.0}, "units", "warning", "longer than 200 ms", "1500 ms", "1500 us are 1.5 ms"),
    "Izhikevich's I": (
        {"cell": "Izhikevich", "parameters": {"i_offset": 10.0}, "weight": 0.5},
        *("units", "error", "as in the paper", "10 mV/ms", "write 0.01"),
    ),
    "no drive": ({"parameters": {"i_offset": 0.0}}, "activity", "error", "never spike", "-65 mV", "excitatory input"),
    "too much drive": ({"parameters": {"i_offset": 6.0}}, "activity", "warning", "all the time", "Hz", "Lower"),
    "reset above threshold": (
        {"parameters": {"v_reset": -49.0}},
        "activity",
        "error",
        "in every step",
        "-49 mV",
        "below",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_with_its_evidence_and_what_to_do(name):
    changed, rule, severity, sentence, evidence, remedy = WRONG[name]
    findings = [f for f in found(rule, **changed) if re.search(sentence, f.sentence)]
    assert findings, (rule, lint(network(**changed)).findings)
    finding = findings[0]
    assert re.fullmatch(severity, finding.severity.value)
    assert re.search(evidence, finding.evidence), finding.evidence
    assert re.search(remedy, finding.remedy), finding.remedy
    assert finding.source


def test_every_rule_is_shown_to_fire():
    assert {rule for _, rule, *_ in WRONG.values()} == set(RULES)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"cell": "IF_cond_exp", "weight": 0.0015, "g": 8.0},
        {"p": 0.4, "weight": 0.02},
        {"delay": spread(1.5, 0.5)},
        {"plastic": pair_rule("MultiplicativeWeightDependence", 0.012, w_max=0.08), "duration": 6e4},
    ],
    ids=["currents", "conductances", "more synapses", "delays", "plastic"],
)
def test_a_network_that_is_right_has_no_findings(changed):
    assert lint(network(**changed)).findings == ()


def test_a_test_of_single_cells_is_no_network():
    def build(sim: Any) -> None:
        sim.setup(timestep=0.1)
        cells = sim.Population(20, sim.IF_curr_exp(), label="cells")
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0), receptor_type="excitatory")
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
        sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=50.0))
        cells.record("v")
        sim.run(50.0)

    assert lint(captured(build)).findings == ()


@pytest.mark.parametrize(("among_inhibitory", "amplifies"), [(-0.12, False), (-0.01, True)])
def test_balance_is_that_of_the_populations_together(among_inhibitory, amplifies):
    weights = {"EE": 0.04, "EI": 0.08, "IE": -0.2, "II": among_inhibitory}

    def build(sim):
        # a spike of every cell: +15 and -38 mV onto E, +31 and -23 (or -2) mV onto I, which is excited on the whole
        sim.setup(timestep=0.1, rng_seed=1)
        cell = sim.IF_curr_exp(tau_syn_E=3.0, tau_syn_I=6.0, cm=0.25, tau_refrac=2.0, i_offset=0.22)
        populations = {"E": sim.Population(320, cell, label="E"), "I": sim.Population(80, cell, label="I")}
        for (pre, post), weight in weights.items():
            receptor = "excitatory" if pre == "E" else "inhibitory"
            connector = sim.FixedNumberPreConnector(32 if pre == "E" else 8)
            synapse = sim.StaticSynapse(weight=weight, delay=1.5)
            sim.Projection(populations[pre], populations[post], connector, synapse, receptor_type=receptor)
        sim.run(1500.0)

    findings = [f for f in lint(captured(build)).findings if f.rule == "balance"]
    assert [f.places for f in findings] == ([("I",)] if amplifies else [])


def test_sources_that_are_silent_most_of_the_time_drive_no_cell_all_the_time():
    def build(sim):
        # 50 sources at 60 Hz lift a cell by 300 mV, but for 10 of 500 ms
        sim.setup(timestep=0.1, rng_seed=1)
        sources = sim.Population(50, sim.SpikeSourcePoisson(rate=60.0, duration=10.0))
        cells = sim.Population(20, sim.IF_curr_exp(tau_refrac=2.0))
        cells.record("spikes")
        sim.Projection(sources, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
        sim.run(500.0)

    assert lint(captured(build)).findings == ()


@pytest.mark.parametrize(("source", "found"), [("SpikeSourceArray", False), ("SpikeSourcePoisson", True)])
def test_a_few_synapses_between_cells_driven_by_given_times_are_a_protocol(source, found):
    def build(sim):
        sim.setup(timestep=0.1, rng_seed=1)
        given = {"spike_times": [10.0, 30.0]} if source == "SpikeSourceArray" else {"rate": 50.0}
        sources = sim.Population(2, getattr(sim, source)(**given))
        cells = sim.Population(2, sim.IF_curr_exp(tau_refrac=2.0))
        sim.Projection(sources, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0))
        plastic = pair_rule("AdditiveWeightDependence", 0.01, w_max=0.1)(sim)
        sim.Projection(cells, cells, sim.AllToAllConnector(), plastic)
        cells.record("v")
        sim.run(100.0)

    assert ("plasticity" in {f.rule for f in lint(captured(build)).findings}) == found


@pytest.mark.parametrize("skipping", [False, True])
def test_a_ring_of_populations_is_no_network_until_another_synapse_crosses_it(skipping):
    def build(sim):
        sim.setup(timestep=0.1, rng_seed=1)
        start = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
        ring = [sim.Population(50, sim.IF_curr_exp(tau_syn_E=3.0, tau_refrac=2.0)) for _ in range(4)]
        some = sim.FixedNumberPreConnector(10)
        for k, population in enumerate(ring):
            sim.Projection(population, ring[(k + 1) % 4], some, sim.StaticSynapse(weight=1.0, delay=5.0))
            population.record("spikes")
        sim.Projection(start, ring[0], sim.AllToAllConnector(), sim.StaticSynapse(weight=10.0))
        if skipping:
            sim.Projection(ring[0], ring[2], some, sim.StaticSynapse(weight=1.0, delay=5.0))
        sim.run(300.0)

    rules = {f.rule for f in lint(captured(build)).findings}
    assert rules == ({"no-inhibition", "duration"} if skipping else set())


def test_input_that_cannot_lift_cells_to_the_threshold_is_found_and_input_that_can_is_not():
    def driven(weight: float) -> tuple[Any, ...]:
        def build(sim: Any) -> None:
            sim.setup(timestep=0.1, rng_seed=3)
            cells = sim.Population(10, sim.IF_curr_exp(cm=0.25, tau_syn_E=3.0), label="cells")
            noise = sim.Population(1000, sim.SpikeSourcePoisson(rate=10.0))
            connector = sim.FixedNumberPreConnector(100)
            sim.Projection(noise, cells, connector, sim.StaticSynapse(weight=weight))
            cells.record("spikes")
            sim.run(500.0)

        return lint(captured(build)).findings

    (finding,) = driven(1e-3)
    assert (finding.rule, finding.severity, finding.places) == ("activity", Severity.WARNING, ("cells",))
    assert "the threshold is -50 mV" in finding.evidence and "weights or rates" in finding.remedy
    assert driven(0.05) == ()


@pytest.mark.parametrize(("rate", "refractory", "fires"), [(2.0, 2.0, False), (40.0, 2.0, True), (60.0, 5.0, True)])
def test_a_part_of_the_cells_that_spikes_all_the_time_is_found(rate, refractory, fires):
    def build(sim):
        # 50 sources a cell, each spike 5 nA ms / 1 nF = 5 mV: at 40 Hz 200 mV in 20 ms, at 2 Hz 10 mV
        sim.setup(timestep=0.1, rng_seed=1)
        sources = sim.Population(50, sim.SpikeSourcePoisson(rate=rate), label="sources")
        cells = sim.Population(100, sim.IF_curr_exp(tau_refrac=refractory), label="cells")
        cells.record("spikes")
        sim.Projection(sources, cells[:20], sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
        sim.run(500.0)

    findings = [f for f in lint(captured(build)).findings if f.rule == "activity"]
    assert bool(findings) == fires
    if fires:
        assert findings[0].sentence.startswith("Cells are driven so strongly that they spike all the time")
        assert "This is so for 20 of 100 cells." in findings[0].evidence


def test_a_cell_whose_own_states_bring_it_to_the_threshold_is_left_alone():
    def of(cell: str) -> tuple[Any, ...]:
        def build(sim: Any) -> None:
            sim.setup(timestep=0.1)
            sim.Population(10, getattr(sim, cell)(tau_refrac=2.0)).record("spikes")
            sim.run(100.0)

        return lint(captured(build)).findings

    assert [finding.rule for finding in of("IF_cond_exp")] == ["activity"]
    assert of("IF_cond_exp_ip") == ()


def test_sources_in_kilohertz_are_found():
    def build(sim: Any) -> None:
        sim.setup(timestep=0.1)
        sim.Population(10, sim.SpikeSourcePoisson(rate=0.02), label="noise")
        sim.run(1000.0)

    (finding,) = lint(captured(build)).findings
    assert "0.02 kHz are 20 Hz" in finding.remedy


def test_a_custom_rule_needs_a_bound():
    def rule(on_post: str) -> Any:
        kind = synapse(
            "Hebb",
            parameters={"tau": "20 ms", "A": "0.001 nA", "top": "0.1 nA"},
            pre="dx/dt = -x/tau : 1; x += 1",
            on_post=on_post,
        )
        return lambda sim: kind(weight=0.04, delay=1.5)

    (finding,) = found("plasticity", plastic=rule("weight += A*x"))
    assert "no w_max" in finding.sentence and "min(weight" in finding.remedy
    assert found("plasticity", plastic=rule("weight = min(weight + A*x, top)")) == ()


def test_inhibitory_plasticity_and_short_depression_need_no_stabilisation():
    findings = lint(build_network("vogels_sprekeler", n=200, duration=15_000.0)).findings
    assert "plasticity" not in {f.rule for f in findings}


@pytest.mark.parametrize("model", ["bi_poo", "tsodyks_uziel", "stdp_pairs"])
def test_protocols_and_synapses_that_change_with_rates_are_left_alone(model):
    assert not {"plasticity", "balance"} & {f.rule for f in lint(build_network(model)).findings}


def test_places_with_the_same_finding_are_one_finding():
    (finding,) = found("units", parameters={"cm": 250.0})
    assert finding.places == ("E", "I")
    assert finding.where == "'E', 'I'"


def test_rules_can_be_left_out_and_unknown_ones_are_named():
    wrong = network(parameters={"cm": 250.0})
    report = lint(wrong, ignore=["units"])
    assert report.ignored == ("units",) and "units" not in {f.rule for f in report.findings}
    with pytest.raises(UnknownName, match=r"Unknown rule 'unit'\. Did you mean 'units'"):
        lint(wrong, ignore=["unit"])


def test_findings_of_a_severity_and_above():
    report = lint(network(parameters={"cm": 250.0}, duration=300.0))
    assert [f.severity for f in report.findings] == sorted((f.severity for f in report.findings), key=lambda s: -s.rank)
    assert {f.severity for f in report.at_least(Severity.ERROR)} == {Severity.ERROR}
    assert report.at_least(Severity.NOTE) == report.findings


@given(networks())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_network_can_be_examined(drawn):
    for finding in lint(drawn).findings:
        assert finding.rule in RULES
        assert finding.sentence.endswith(".") and finding.evidence and finding.remedy and finding.source
        assert "nan" not in finding.evidence
