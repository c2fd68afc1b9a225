"""NEST's tables: units there and back, and what its built-in models refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import driven, recurrent

from unisono.adapters.base import Settings
from unisono.adapters.execution import Plan, run
from unisono.adapters.nest import NestAdapter
from unisono.adapters.nest.models import BUILT_IN as NATIVE
from unisono.models.cells import CELLS
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Projection


@pytest.mark.parametrize("cell", CELLS)
def test_every_parameter_and_receptor_is_translated(cell):
    native, model = NATIVE[cell], CELLS[cell]
    left = set(model.parameters) - set(native.parameters)
    assert left == ({"tau_refrac", "tau_m"} if native.leak_from_tau else {"tau_refrac"})
    assert set(native.receptors) == set(model.receptors)
    assert set(native.recordables) == set(model.recordable)


def test_a_leak_conductance_is_capacitance_over_time_constant():
    values = {n: np.float64(p.default) for n, p in CELLS["IF_cond_exp"].parameters.items()}
    # 1 nF / 20 ms = 0.05 uS = 50 nS
    assert NATIVE["IF_cond_exp"].translated(values)["g_L"] == pytest.approx(50.0)


@pytest.mark.parametrize("variable", ["isyn_exc", "isyn_inh"])
def test_recorded_currents_come_back_in_our_unit(variable, execute):
    receptor = "excitatory" if variable == "isyn_exc" else "inhibitory"
    network = driven(spikes=(1,), weight=2.0, receptor=receptor, variables=(variable,))
    values = execute("nest", network).trials[0].signals[0].values[:, 0]
    sign = 1 if receptor == "excitatory" else -1
    assert values[2] == pytest.approx(sign * 2.0, rel=1e-12)
    assert values[12] == pytest.approx(sign * 2.0 * np.exp(-1.0 / 5.0), rel=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(threads):
    network = recurrent("IF_curr_exp")
    one = run(network, ["nest"], plan=Plan())["nest"].recording
    many = run(network, ["nest"], Settings(threads=threads), Plan(fresh=True))["nest"].recording
    assert one.trials[0].spikes[1].steps.tolist() == many.trials[0].spikes[1].steps.tolist()
    np.testing.assert_allclose(one.trials[0].signals[0].values, many.trials[0].signals[0].values, rtol=0, atol=1e-10)


def test_weights_of_multapses_are_changed_one_by_one(execute):
    from unisono.models.network import Change, Epoch, Trial

    network = driven("IF_curr_delta", parameters={"tau_m": 1e9}, spikes=(1, 8))
    twice = Projection("twice", 0, 1, np.array([0, 0]), np.array([0, 0]), np.array([1.0, 2.0]), np.array([2, 1]))
    change = Change("weight", 0, "weight", np.array([4.0, 7.0]))
    network = replace(network, projections=(twice,), trials=(Trial((Epoch(6), Epoch(6, (change,)))),))
    v = execute("nest", network).trials[0].signals[0].values[:, 0]
    np.testing.assert_allclose(v[[1, 2, 3, 8, 9, 10]], [-65, -63, -62, -62, -55, -51], rtol=0, atol=1e-6)


def test_reset_at_the_threshold_is_refused():
    network = driven(parameters={"v_reset": -50.0})
    with pytest.raises(UnsupportedFeature, match="v_reset below v_thresh"):
        NestAdapter().check(network, Settings())
