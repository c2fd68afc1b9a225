"""Synapses that follow potentials, against their formulas summed step by step."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from unisono.adapters.contract.followed import Followed
from unisono.adapters.contract.recording import Spikes
from unisono.models.errors import ModelError
from unisono.models.network import Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.models.pynn.custom_synapse import synapse
from unisono.models.synapses import SYNAPSES

DT, STEPS = 0.1, 400
CLOPATH = {name: parameter.default for name, parameter in SYNAPSES["ClopathSTDP"].parameters.items()}


def follow(
    v: np.ndarray, spikes: np.ndarray, post: np.ndarray, axonal: int, dendritic: int
) -> tuple[float, list[float]]:
    """The weight in the end, and what each spike of the source delivers."""
    network = Network(
        DT,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cell", "IF_curr_exp", 1, initial={"v": v[:1]}),
        ),
        (
            Projection(
                "learning", 0, 1, [0], [0], 0.5, axonal + dendritic, axonal=np.array(axonal), synapse="ClopathSTDP",
                parameters={"A_LTP": 8e-4, "A_LTD": 14e-4},
            ),
        ),
        spikes=(SpikeInput(0, np.zeros(spikes.size, int), spikes),),
        trials=(Trial((Epoch(STEPS),)),),
    )  # fmt: skip
    followed, delivered = Followed(network, 0), []
    followed.expect(network.spikes)
    for step in range(STEPS):
        delivered += [float(new.values["weight"][0]) for new, _ in followed.before(step)]
        fired = np.flatnonzero(post == step + 1)
        own = Spikes(np.zeros(fired.size, np.uint32), np.full(fired.size, step + 1))
        delivered += [float(new.values["weight"][0]) for new, _ in followed.after(step + 1, v[[step + 1]], own, None)]
    return float(followed.states(STEPS)["weight"][0]), delivered


def summed(
    v: np.ndarray, spikes: np.ndarray, post: np.ndarray, axonal: int, dendritic: int
) -> tuple[float, list[float]]:
    """The same, step by step."""
    p = CLOPATH | {"A_LTP": 8e-4, "A_LTD": 14e-4}
    u_minus, u_plus = np.empty((2, STEPS + 1))
    u_minus[0] = u_plus[0] = v[0]
    seen = v.copy()
    for step in post:
        seen[step : step + round(p["t_peak"] / DT)] = p["v_peak"]
    for step in range(STEPS):
        for mean, tau in ((u_minus, p["tau_minus"]), (u_plus, p["tau_plus"])):
            mean[step + 1] = seen[step + 1] + (mean[step] - seen[step + 1]) * exp(-DT / tau)
    weight, x, delivered = 0.5, 0.0, []
    for now in range(STEPS + 1):
        x *= exp(-DT / p["tau_x"])
        after = x

        def potentiate(step: int, weight: float) -> float:
            if step < 1:
                return weight
            drive = max(seen[step] - p["theta_plus"], 0) * max(u_plus[step] - p["theta_minus"], 0)
            return min(weight + p["A_LTP"] * x * drive * DT, 1.0)  # noqa: B023

        if dendritic:
            weight = potentiate(now - dendritic, weight)
        for _ in range(np.count_nonzero(spikes + axonal == now)):
            behind = u_minus[max(now - max(dendritic, 1), 0)]
            weight = max(weight - p["A_LTD"] * max(behind - p["theta_minus"], 0), 0.0)
            after += 1 / p["tau_x"]
        if np.any(spikes + axonal == now):
            delivered.append(weight)
        if not dendritic:
            weight = potentiate(now, weight)
        x = after
    return weight, delivered


@pytest.mark.parametrize(("axonal", "dendritic"), [(0, 7), (3, 0), (4, 2)])
def test_the_weight_is_the_sum_over_all_steps(axonal, dendritic):
    rng = np.random.RandomState(3)
    v = -70 + 12 * np.cumsum(rng.normal(0, 0.3, STEPS + 1))
    spikes = np.sort(rng.choice(STEPS - 20, 12)) + 1
    post = np.array([60, 61, 200, 310])
    found, right = (rule(v, spikes, post, axonal, dendritic) for rule in (follow, summed))
    assert found[0] == pytest.approx(right[0], rel=1e-12)
    assert found[1] == pytest.approx(right[1], rel=1e-12)
    assert np.ptp(found[1]) > 0.05


PARAMETERS = {"tau": "10 ms", "rate": (0.1, "1/mV/ms"), "v_peak": "0 mV", "t_peak": "2 ms"}
RULE = {
    "potential": "du/dt = (v - u)/tau : mV",
    "drive": "above = max(u + 60*mV, 0*mV) : mV",
    "on_drive": "weight += rate*above*weight",
}


def test_a_rule_as_text_may_follow_the_potential():
    made = synapse("Growing", parameters=PARAMETERS, **RULE)(weight=0.5)
    assert made.model.shared == ("tau", "v_peak", "t_peak")
    assert made.model.from_text(made.model.to_text()) == made.model


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"parameters": {"tau": "10 ms", "rate": (0.1, "1/mV/ms")}}, "has no parameter 'v_peak' in mV"),
        ({"on_post": "weight += weight"}, "follows the potential and spikes of the target"),
        ({"drive": "above = v : mV; below = u : mV"}, "has 2 drives"),
        ({"drive": "above = v/tau : mV"}, r"line 1: the unit of above is mV"),
        ({"send": "weight*u/v_peak"}, "what it sends depends on 'u'"),
    ],
)
def test_what_such_a_rule_cannot_say_is_refused(changed, words):
    with pytest.raises(ModelError, match=words):
        synapse("Growing", **{"parameters": PARAMETERS, **RULE, **changed})
