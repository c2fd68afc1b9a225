"""The reference's synapses against what their papers say."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import pytest
from networks import driven
from synapse_models import PAIR_STDP, VOGELS

from unisono.adapters.contract import Settings
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.reference.synapses import Synapses
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.models.synapses import SYNAPSES, SynapseModel

ONE = np.zeros(1, int)


def one(model: SynapseModel, axonal: int = 0, dendritic: int = 1, **values: float) -> Synapses:
    parameters = {n: v for n, v in values.items() if n in model.parameters}
    initial = {n: v for n, v in values.items() if n in model.states}
    definition = "" if model.name in SYNAPSES else model.to_text()
    projection = Projection(
        "p", 0, 0, [0], [0],
        synapse=model.name, definition=definition, parameters=parameters, initial=initial,
        axonal=axonal, dendritic=dendritic,
    )  # fmt: skip
    return Synapses(projection, 0.1)


def test_a_depressing_synapse_at_its_steady_state():
    # Tsodyks & Markram (1997), PNAS 94:719: without facilitation and with a fast current, what is available before a
    # spike settles at x = (1 - e)/(1 - (1 - U) e), e = exp(-interval/tau_rec).
    synapse = one(SYNAPSES["TsodyksMarkramSynapse"], weight=2.0, U=0.5, tau_rec=800.0, tau_facil=0.0, tau_psc=1e-30)
    sent = [float(synapse.pass_source(ONE, 500.0 * k)[0]) for k in range(1, 60)]
    e = exp(-50.0 / 800.0)
    assert sent[0] == pytest.approx(2.0 * 0.5, rel=1e-12)
    assert sent[-1] == pytest.approx(2.0 * 0.5 * (1 - e) / (1 - 0.5 * e), rel=1e-9)


def test_a_facilitating_synapse_grows():
    # u before the n-th spike: u' = (u + U (1 - u)) exp(-interval/tau_facil)
    synapse = one(SYNAPSES["TsodyksMarkramSynapse"], weight=1.0, U=0.1, tau_rec=1e-6, tau_facil=1000.0, tau_psc=1e-30)
    u = 0.0
    for k in range(1, 10):
        u = u * exp(-20.0 / 1000.0) if k > 1 else 0.0
        u += 0.1 * (1 - u)
        assert float(synapse.pass_source(ONE, 200.0 * k)[0]) == pytest.approx(u, rel=1e-12)


@pytest.mark.parametrize(("p", "least", "most"), [(0.0, 0, 0), (1.0, 2000, 2000), (0.3, 520, 680)])
def test_spikes_are_transmitted_with_their_probability(p, least, most):
    synapse = one(SYNAPSES["SimpleStochasticSynapse"], weight=1.0, p=p, seed=1234.0)
    sent = sum(float(synapse.pass_source(ONE, float(k))[0]) for k in range(2000))
    assert least <= sent <= most  # 4 standard deviations


def test_a_release_site_is_empty_until_it_recovers():
    model = SYNAPSES["StochasticTsodyksMarkramSynapse"]
    synapse = one(model, weight=1.0, U=1.0, tau_rec=50.0, seed=99.0)
    sent = np.array([float(synapse.pass_source(ONE, 100.0 * k)[0]) for k in range(1, 4001)])
    # With U = 1 a full site releases: after a release it is full again at the next spike with 1 - exp(-10/50).
    assert sent[0] == 1.0
    assert sent.mean() == pytest.approx(1 - exp(-10.0 / 50.0), abs=4 * 0.5 / 4000**0.5)


def test_each_of_several_sites_releases_and_recovers_for_itself():
    # Full sites release with U, empty ones are full again at the next spike with 1 - exp(-10/50).
    model, sites, used, recovered = SYNAPSES["MultiQuantalSynapse"], 5.0, 0.6, 1 - exp(-10.0 / 50.0)
    synapse = one(model, weight=2.0, n=sites, U=used, tau_rec=50.0, seed=99.0)
    assert synapse.values["a"] == sites
    sent = np.array([float(synapse.pass_source(ONE, 100.0 * k)[0]) for k in range(1, 4001)])
    assert set(np.rint(sent * sites / 2.0)) <= set(range(6))
    assert np.allclose(sent * sites / 2.0, np.rint(sent * sites / 2.0))
    # of f full sites f*(1 - U) stay full, of the others the recovered part is full again: the fixed point of that
    full = recovered / (1 - (1 - used) * (1 - recovered))
    assert sent[10:].mean() == pytest.approx(2.0 * full * used, abs=4 * 2.0 * 0.5 / (4000 * sites) ** 0.5)


def dopamine(**values: float) -> Synapses:
    return one(SYNAPSES["DopamineSTDP"], **{"weight": 0.5, "w_max": 1.0, **values})


def test_dopamine_turns_an_eligibility_into_a_weight():
    # Potjans, Morrison & Diesmann (2010): w' = c (n - b), c and n decay, a spike adds 1/tau_n to n
    synapse, b = dopamine(b=1e-4), 1e-4
    synapse.pass_source(ONE, 100.0)
    synapse.pass_target(ONE, 150.0)
    c = 0.01 * exp(-5.0 / 20.0)
    assert synapse.states(150.0)["c"][0] == pytest.approx(c, rel=1e-13)
    rests = 0.5 - b * c * 1000.0 * (1 - exp(-50.0 / 1000.0))
    assert synapse.states(650.0)["weight"][0] == pytest.approx(rests, rel=1e-13)
    synapse.pass_modulator(650.0)
    c, rate = c * exp(-50.0 / 1000.0), 1 / 1000.0 + 1 / 200.0
    for after in (1.0, 100.0, 1e5):
        learnt = c / 200.0 / rate * (1 - exp(-after * rate)) - b * c * 1000.0 * (1 - exp(-after / 1000.0))
        assert synapse.states(650.0 + 10 * after)["weight"][0] == pytest.approx(rests + learnt, rel=1e-13)


def test_spikes_of_all_three_sides_move_a_weight_as_small_steps_do():
    rng, steps, fine = np.random.RandomState(3), 3000, 100
    events = sorted((int(step), k % 3) for k, step in enumerate(rng.choice(steps, 90, replace=False)))
    synapse, h = dopamine(A_plus=0.05, A_minus=0.02, tau_c=80.0, tau_n=40.0, b=2e-3), 0.1 / fine
    weight, c, n, x, y, when = 0.5, 0.0, 0.0, 0.0, 0.0, 0
    for step, side in [*events, (steps, -1)]:
        for _ in range((step - when) * fine):  # midpoint rule
            middle = [v * exp(-h / 2 / tau) for v, tau in ((c, 80.0), (n, 40.0))]
            weight += h * middle[0] * (middle[1] - 2e-3)
            c, n = c * exp(-h / 80.0), n * exp(-h / 40.0)
        gone, when = exp(-(step - when) * 0.1 / 20.0), step
        x, y = x * gone, y * gone
        if side >= 0:
            weight = min(max(weight, 0.0), 1.0)
        if side == 0:
            synapse.pass_source(ONE, float(step))
            c, x = c - 0.02 * y, x + 1
        elif side == 1:
            synapse.pass_target(ONE, float(step))
            c, y = c + 0.05 * x, y + 1
        elif side == 2:
            synapse.pass_modulator(float(step))
            n += 1 / 40.0
    assert abs(weight - 0.5) > 0.01
    assert synapse.states(float(steps))["weight"][0] == pytest.approx(weight, abs=1e-9)


def test_pairs_of_spikes_change_a_weight_by_the_learning_window():
    # Song, Miller & Abbott (2000): A_plus w_max exp(-dt/tau_plus) for pre before post, likewise the other.
    for apart in (-200, -30, -1, 1, 30, 200):
        synapse = one(PAIR_STDP, weight=0.05)
        events = sorted([(500, synapse.pass_source), (500 + apart, synapse.pass_target)], key=lambda event: event[0])
        for step, act in events:
            act(ONE, float(step))
        size = 0.01 * exp(-apart * 0.1 / 20.0) if apart > 0 else -0.012 * exp(apart * 0.1 / 20.0)
        assert synapse.values["weight"][0] - 0.05 == pytest.approx(0.1 * size, rel=1e-12)


def test_spikes_that_meet_in_a_step_are_no_pair():
    for order in ("source", "target"):
        synapse = one(PAIR_STDP, weight=0.05)
        acts = [synapse.pass_source, synapse.pass_target]
        for act in acts if order == "source" else reversed(acts):
            act(ONE, 7.0)
        assert synapse.values["weight"][0] == 0.05


def test_several_spikes_in_a_step_count_one_after_another():
    synapse = one(PAIR_STDP, weight=0.05)
    for _ in range(3):
        synapse.pass_source(ONE, 10.0)
    synapse.pass_target(ONE, 20.0)
    assert synapse.values["weight"][0] - 0.05 == pytest.approx(3 * 0.001 * exp(-1.0 / 20.0), rel=1e-12)


def pairs(pre: list[int], post: list[int], axonal: int, dendritic: int) -> float:
    """The weight after all pairs of spikes, by the formula of the rule: 5 nA at first, no bound reached."""
    weight = 5.0
    for source in pre:
        for target in post:
            apart = (target + dendritic) - (source + axonal)
            if apart > 0:
                weight += 1e-5 * 100.0 * exp(-apart * 0.1 / 20.0)
            elif apart < 0:
                weight -= 1.2e-5 * 100.0 * exp(apart * 0.1 / 20.0)
    return weight


@pytest.mark.parametrize("dendritic", [0, 3, 8])
def test_every_pair_of_spikes_in_a_network_counts_once(dendritic):
    axonal, rng = 8 - dendritic, np.random.RandomState(3)
    plastic, driving = np.sort(rng.choice(380, 30, False)), np.sort(rng.choice(np.arange(0, 380, 9), 25, False))
    weight = 100.0  # one step after it arrives the target spikes
    network = Network(
        0.1,
        (
            Population("plastic", "SpikeSourceArray", 1),
            Population("driving", "SpikeSourceArray", 1),
            Population("cell", "IF_curr_exp", 1, {"tau_refrac": np.array(0.1)}),
        ),
        (
            Projection(
                "stdp", 0, 2, [0], [0],
                synapse=PAIR_STDP.name, definition=PAIR_STDP.to_text(),
                parameters={"w_max": 100.0, "A_plus": 1e-5, "A_minus": 1.2e-5},
                initial={"weight": 5.0},
                axonal=axonal, dendritic=dendritic,
            ),
            Projection("drive", 1, 2, [0], [0], weight, 1),
        ),
        spikes=(
            SpikeInput(0, np.zeros(plastic.size, int), plastic),
            SpikeInput(1, np.zeros(driving.size, int), driving),
        ),
        trials=(Trial((Epoch(400),)),),
    )  # fmt: skip
    simulation = ReferenceAdapter().simulation(network, Settings(), Path())
    simulation.build()
    simulation.run(400, lambda step: None)
    post = simulation.read().spikes[2].steps.tolist()
    assert len(post) > 20
    arrived = [k for k in plastic.tolist() if k + axonal <= 400]
    back = [k for k in post if k + dendritic <= 400]
    found = float(simulation.wiring.synapses[0].values["weight"][0])
    assert found == pytest.approx(pairs(arrived, back, axonal, dendritic), rel=1e-12)


def test_synapses_that_the_target_changes_are_refused_off_the_grid():
    network = driven()
    plastic = Projection("p", 0, 1, [0], [0], 0.05, 1, synapse=PAIR_STDP.name, definition=PAIR_STDP.to_text())
    with pytest.raises(UnsupportedFeature, match=r"'p' are changed by spikes of the target.*leave the option"):
        ReferenceAdapter().check(replace(network, projections=(plastic,)), Settings(options={"grid": "off"}))


def test_the_grid_of_sums_follows_what_a_script_set_and_no_spikes():
    synapse = one(VOGELS, weight=0.05, eta=0.5)
    for step in (3.0, 4.0):
        synapse.pass_target(np.array([0]), step)
        synapse.pass_source(np.array([0]), step)
    assert synapse.values["weight"][0] > 0.5
    assert synapse.largest == 0.5  # the learning rate, which has the unit of a weight
    synapse.set("weight", 2.0)
    assert synapse.largest == synapse.values["weight"][0] == 2.0
