"""Custom cells from equations, and the messages when they are wrong."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import unisono
import unisono.models.pynn as sim
from unisono.models.cells.model import CellModel
from unisono.models.errors import ModelError
from unisono.models.pynn.simulator import capturing

#: Two adaptation currents and a threshold that each spike lifts.
ADAPTING: dict[str, Any] = {
    "parameters": {
        "tau": "10 ms",
        "C": (0.2, "nF"),
        "v_rest": "-65 mV",
        "v_reset": "-60 mV",
        "theta_0": "-50 mV",
        "lift": "3 mV",
        "tau_theta": "50 ms",
        "tau_1": "20 ms",
        "tau_2": "200 ms",
        "b_1": "0.05 nA",
        "b_2": "0.01 nA",
        "g": "2 nS",
        "rate": "0.2/ms",
        "scale": (1.0, "1"),
    },
    "equations": """
        i_syn = g_ampa*(0*mV - v) : nA
        dv/dt = (v_rest - v)/tau + (scale*i_inj + i_syn - w_1 - w_2)/C : mV (unless refractory)
        dw_1/dt = (0.001*uS/nS*g*(v - v_rest) - w_1)/tau_1 : nA
        dw_2/dt = -w_2/tau_2 : nA
        dtheta/dt = (theta_0 - theta)/tau_theta : mV
        dg_ampa/dt = -rate*g_ampa : uS
    """,
    "threshold": "v >= theta",
    "reset": "v = v_reset; w_1 += b_1; w_2 += b_2; theta += lift",
    "refractory": "2 ms",
    "receptors": {"AMPA": "g_ampa"},
    "initial": {"v": -65.0, "theta": "-50 mV"},
}


def _captured(kind: Any, **values: Any) -> Any:
    with capturing() as session:
        sim.setup(timestep=0.1)
        cells = sim.Population(2, kind(**values))
        cells.record("spikes")
        cells.record(kind.recordable[1:])
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
        synapse = sim.StaticSynapse(weight=0.01, delay=1.0)
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type=kind.receptor_types[0])
        cells.inject(sim.DCSource(amplitude=0.6))
        sim.run(100.0)
    return session.network()


def test_a_cell_of_ones_own_is_a_cell_type_of_pynn():
    kind = unisono.cell("Adapting", **ADAPTING)
    network = _captured(kind, tau=[10.0, 20.0])
    population = network.populations[0]
    assert population.model == kind.model == CellModel.from_text(population.definition)
    assert population.parameters["tau"].tolist() == [10.0, 20.0]
    assert (population.parameters["tau_refrac"], population.parameters["rate"]) == (2.0, 0.2)
    assert (float(population.initial["v"]), float(population.initial["theta"])) == (-65.0, -50.0)
    assert kind.recordable == ["spikes", "v", "w_1", "w_2", "theta", "g_ampa"]
    assert kind.conductance_based
    assert network.projections[0].receptor == "AMPA"
    assert {n for n, p in kind.model.parameters.items() if p.positive} == {"tau", "tau_1", "tau_2", "tau_theta"}


def test_it_runs_as_its_equations_say(execute):
    recording = execute("reference", _captured(unisono.cell("Adapting", **ADAPTING)))
    trial = recording.trials[0]
    steps = trial.spikes[0].steps[trial.spikes[0].cells == 0]
    assert steps.size >= 3
    values = {s.variable: s.values[:, 0] for s in trial.signals}
    # lifts of 3 mV that decay with 50 ms
    t = np.arange(1001) * 0.1
    lifts = sum(np.where(t >= s * 0.1 - 1e-9, 3.0 * np.exp(-(t - s * 0.1) / 50.0), 0.0) for s in steps)
    np.testing.assert_allclose(values["theta"], -50.0 + lifts, rtol=0, atol=1e-9)
    for s in steps[steps <= 980]:
        assert (values["v"][s : s + 21] == -60.0).all()
        assert values["v"][s + 21] != -60.0
    assert values["g_ampa"][60] == pytest.approx(0.01, abs=1e-12)
    assert values["g_ampa"][70] == pytest.approx(0.01 * np.exp(-0.2), abs=1e-9)


def test_receptors_with_equations_of_their_own_and_a_crossing():
    kind = unisono.cell(
        "Leaky",
        parameters={"tau": "10 ms", "C": "1 nF", "v_thresh": "-50 mV"},
        equations="dv/dt = (-65*mV - v)/tau + (i_syn + i_inj)/C : mV",
        receptors={"fast": "AMPA", "slow": "NMDA", "jump": "Delta"},
    )
    assert kind.model.edge_triggered
    assert kind.model.states == ("v", "fast_gsyn", "fast_x", "slow_gsyn", "slow_x")
    assert kind.model.parameters["slow_mg"].default == 1.0
    assert kind.receptor_types == ("fast", "slow", "jump")
    assert _captured(kind, fast_tau_decay=7.0).populations[0].parameters["fast_tau_decay"] == 7.0


def _wrong(**changed: Any) -> dict[str, Any]:
    return {**ADAPTING, **changed}


def _line(old: str, new: str) -> dict[str, Any]:
    return _wrong(equations=ADAPTING["equations"].replace(old, new))


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        (_line("dw_2/dt = -w_2/tau_2", "dw_2/dt = -w_2/tau_3"), r"line 4: unknown symbol 'tau_3'.*-w_2/tau_3 .*\^{5}"),
        (_wrong(parameters={**ADAPTING["parameters"], "tau": 10.0}), "parameter 'tau': the unit of 10.0 is missing"),
        (_wrong(parameters={**ADAPTING["parameters"], "tau": "10"}), "parameter 'tau': the unit of '10' is missing"),
        (_wrong(parameters={**ADAPTING["parameters"], "tau": "10 msec"}), "parameter 'tau': 'msec' is not a unit"),
        (
            _line("dw_2/dt = -w_2/tau_2", "dw_2/dt = -w_2"),
            "line 4: the unit of dw_2/dt is nA/ms, .* right-hand side nA",
        ),
        (_line("0.001*uS/nS*g", "g"), r"line 3: 'w_1' \(nA\) cannot be added"),
        (_line("-rate*g_ampa", "-sin(rate)*g_ampa"), "line 6: 'sin' is not a known function"),
        (_line("(theta_0 - theta)/tau_theta", "(theta_0 - theta/tau_theta"), "line 5: this cannot be read"),
        (_line("dw_2/dt", "dw_1/dt"), "line 4: 'w_1' has two equations"),
        (
            _line("i_syn = g_ampa*(0*mV - v)", "i_syn = g_ampa*(0*mV - v) + 0*i_syn"),
            "line 1: 'i_syn' is defined by itself",
        ),
        (_wrong(reset="v = v_reset; C = 1*nF"), "reset, line 2: 'C' is not a state variable"),
        (_wrong(refractory="2"), "refractory: the unit of '2' is missing"),
        (_wrong(refractory="2 mV"), "'tau_refrac' must name a parameter in ms"),
        (_wrong(refractory="v_rest"), "'v_rest' must name a parameter in ms"),
        (_wrong(receptors={"AMPA": "g"}), "receptor 'AMPA': 'g' is neither a state variable nor a receptor"),
        (_wrong(threshold="v"), "threshold, line 1: a threshold is one comparison"),
        (_wrong(threshold="v >= theta and True"), "threshold, line 1: a threshold is one comparison"),
        (_line("-rate*g_ampa", "__import__('os').getcwd()"), "line 6: .*__import__.* is not a known function"),
        (_line("-rate*g_ampa", "(lambda: 1)()"), "line 6: .* is not a known function"),
        (_wrong(initial={"v": "-65 nA"}), "initial value of 'v': its unit is mV, not nA"),
        (_wrong(initial={"x": 1.0}), "no state variable 'x'"),
    ],
)
def test_what_is_wrong_is_shown_at_its_place(definition, says):
    with pytest.raises(ModelError) as error:
        unisono.cell("Adapting", **definition)
    assert re.search(says, str(error.value), re.DOTALL)
    assert "'Adapting'" in str(error.value)


def test_a_name_that_is_none():
    with pytest.raises(ModelError, match="'my cell' cannot be the name"):
        unisono.cell("my cell", **ADAPTING)
