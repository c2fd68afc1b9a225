"""Projections: a synapse model, its values, and a delay in two parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from synapse_models import PAIR_STDP, TSODYKS_MARKRAM

from unisono.models.errors import NetworkError, UnknownName
from unisono.models.network import Change, Epoch, Modulator, Network, Population, Projection, Trial

CELLS = Population("cells", "IF_curr_exp", 3)


def static(**changes: Any) -> Projection:
    given: dict[str, Any] = {"pre": [0, 1], "post": [1, 2], "weight": np.array([1.0, 2.0]), "delay": np.array([1, 3])}
    return Projection("p", 0, 0, **{**given, **changes})


def plastic(model=PAIR_STDP, **changes: Any) -> Projection:
    return static(**{"synapse": model.name, "definition": model.to_text(), **changes})


def test_a_static_synapse_has_its_weight_and_nothing_else():
    projection = static()
    assert projection.model.is_static and list(projection.parameters) == ["weight"] and not projection.initial
    assert projection.weight is projection.parameters["weight"]
    assert projection.delivered is projection.weight
    assert projection.delay is projection.dendritic
    assert projection.axonal.shape == () and projection.axonal == 0
    assert static(delay=2, weight=0.5).delay.shape == static(weight=0.5).weight.shape == ()
    assert static(weight=None).weight == 0.0


def test_its_weight_may_be_a_state():
    projection = plastic()
    assert projection.initial["weight"].tolist() == projection.weight.tolist() == [1.0, 2.0]
    assert projection.delivered is None
    assert sorted(projection.parameters) == ["A_minus", "A_plus", "tau_minus", "tau_plus", "w_max"]
    changed = plastic(parameters={"A_plus": np.array([0.1, 0.2])}).changed(weight=np.array([3.0, 4.0]), A_minus=0.5)
    assert changed.weight.tolist() == [3.0, 4.0] and changed.parameters["A_plus"].tolist() == [0.1, 0.2]
    assert changed.parameters["A_minus"] == 0.5
    depressing = plastic(TSODYKS_MARKRAM)
    assert depressing.parameters["weight"].tolist() == [1.0, 2.0] and depressing.initial["x"] == 1.0


def test_a_delay_is_axonal_and_dendritic():
    both = static(delay=None, axonal=np.array([0, 2]), dendritic=np.array([1, 1]))
    assert both.delay.tolist() == [1, 3] and both.dendritic.shape == ()
    assert both.delay.dtype == both.axonal.dtype == both.dendritic.dtype == np.int32
    assert static(axonal=1).dendritic.tolist() == [0, 2] and static(axonal=1).delay.tolist() == [1, 3]
    assert both.changed(delay=np.array([4, 5])).axonal.tolist() == [0, 2]
    assert both.changed(delay=np.array([4, 5])).delay.tolist() == [4, 5]
    assert both.changed(delay=1).delay == 1
    assert replace(both, weight=np.array([3.0, 4.0])).delay.tolist() == [1, 3]
    unsigned = static(axonal=np.array([1, 1], np.uint32), delay=np.array([2, 3], np.uint32))
    assert unsigned.dendritic.tolist() == [1, 2]


def test_some_of_the_synapses():
    chosen = plastic(parameters={"A_plus": np.array([0.1, 0.2])}, axonal=np.array([0, 2])).selected(np.array([1, 1, 0]))
    assert chosen.pre.tolist() == [1, 1, 0] and chosen.weight.tolist() == [2.0, 2.0, 1.0]
    assert chosen.parameters["A_plus"].tolist() == [0.2, 0.2, 0.1] and chosen.parameters["w_max"].shape == ()
    assert chosen.delay.tolist() == [3, 3, 1] and chosen.axonal.tolist() == [2, 2, 0]
    assert static().selected(np.array([False, True]), pre_population=1).pre.tolist() == [1]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: static(delay=None), "has no delay"),
        (lambda: static(axonal=2), "an axonal or dendritic delay is negative"),
        (lambda: static(axonal=-1), "an axonal or dendritic delay is negative"),
        (lambda: static(axonal=np.array([1, 3]), delay=None, dendritic=np.array([-1, 1])), "smallest delay is 0"),
        (lambda: static(axonal=0.5), "must be integers"),
        (lambda: static(parameters={"gain": 1.0}), "StaticSynapse has no parameter 'gain'. It has: weight"),
        (lambda: static(initial={"x": 1.0}), "StaticSynapse has no state variable 'x'"),
        (lambda: plastic(parameters={"tau_plus": 0.0}), "tau_plus must be positive"),
        (lambda: plastic(parameters={"tau_plus": np.array([1.0, 2.0])}), "tau_plus differs between synapses"),
        (lambda: plastic(initial={"weight": np.ones(3)}, weight=None), "shape"),
        (lambda: static(weight=np.array([1.0, np.nan])), "weight is not a finite number"),
    ],
)
def test_what_is_wrong_is_refused(make, says):
    with pytest.raises(NetworkError, match=says):
        make()


def test_an_unknown_model_is_refused():
    with pytest.raises(UnknownName, match=r"Unknown synapse model 'Plastic'\. Choose one of: StaticSynapse"):
        static(synapse="Plastic")


def test_any_value_of_a_synapse_can_be_changed():
    def network(name: str, value: Any) -> Network:
        change = Change("synapse", 0, name, np.asarray(value))
        return Network(0.1, (CELLS,), (plastic(),), trials=(Trial((Epoch(1), Epoch(1, (change,)))), Trial((Epoch(1),))))

    _, second = network("A_plus", 0.5).single_trials()
    assert second.projections[0].parameters["A_plus"] == 0.5
    _, second = network("weight", [5.0, 6.0]).single_trials()
    assert second.projections[0].weight.tolist() == [5.0, 6.0]
    with pytest.raises(NetworkError, match="PairSTDP has no parameter or state of that name"):
        network("x", 1.0)
    with pytest.raises(NetworkError, match="must be positive"):
        network("tau_plus", 0.0)
    with pytest.raises(NetworkError, match="3 values for 2 synapses"):
        network("weight", [1.0, 2.0, 3.0])


def test_delays_of_one_value_stay_arrays_whatever_their_split(tmp_path):
    cells = Population("c", "IF_curr_exp", 1)
    part = Projection("p", 0, 0, [0], [0], 1.0, np.array(4), axonal=np.array(4))
    assert isinstance(part.dendritic, np.ndarray) and part.dendritic.shape == () and part.delay == 4
    network = Network(0.1, (cells,), (part,), trials=(Trial((Epoch(1),)),))
    network.save(tmp_path / "n.h5")
    assert Network.load(tmp_path / "n.h5").fingerprint == network.fingerprint


def test_modulators_are_part_of_a_projection_and_of_its_fingerprint(tmp_path):
    cells = tuple(Population(name, "IF_curr_exp", 1) for name in "ab")

    def network(*modulators: Modulator, synapse: str = "DopamineSTDP") -> Network:
        part = Projection("p", 0, 0, [0], [0], 0.5, 4, synapse=synapse, modulators=modulators)
        return Network(0.1, cells, (part,), trials=(Trial((Epoch(1),)),))

    made = network(Modulator(1, 3))
    assert made.fingerprint != network(Modulator(1, 4)).fingerprint != network().fingerprint
    made.save(tmp_path / "n.h5")
    assert Network.load(tmp_path / "n.h5").projections[0].modulators == (Modulator(1, 3),)
    assert made.projections[0].refined(5).modulators == (Modulator(1, 15),)
    with pytest.raises(NetworkError, match="names population 2, which does not exist"):
        network(Modulator(2))
    with pytest.raises(NetworkError, match="delay of its modulator is 0 steps"):
        network(Modulator(1, 0))
    with pytest.raises(NetworkError, match="StaticSynapse has no modulator"):
        network(Modulator(1), synapse="StaticSynapse")
