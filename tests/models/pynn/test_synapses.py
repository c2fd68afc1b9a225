"""Synapse types of PyNN and the models that they stand for."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from pyNN.errors import InvalidParameterValueError, NonExistentParameterError
from pyNN.standardmodels import StandardModelType
from pyNN.standardmodels import synapses as standard
from synapse_models import BERNOULLI, PAIR_STDP, TSODYKS_MARKRAM

from unisono.models import pynn as sim
from unisono.models.errors import CaptureError, ModelError, NetworkError
from unisono.models.network import Modulator
from unisono.models.pynn import stdp
from unisono.models.pynn.simulator import capturing
from unisono.models.pynn.synapses import AVAILABLE, REFUSED, synapse_class
from unisono.models.synapses import SYNAPSES, SynapseModel

#: PyNN's synapse types that are refused, and what a script is told that makes one.
TOLD = {
    "ElectricalSynapse": "Electrical synapses (ElectricalSynapse) are not supported yet.",
}

#: Rules of STDPMechanism with other values than by default.
PAIRS = {"tau_plus": 15.0, "tau_minus": 25.0, "A_plus": 0.02, "A_minus": 0.03}
INHIBITORY = {"tau": 15.0, "eta": 1e-3, "rho": 5.0}
LIMITS = {"w_min": 0.1, "w_max": 0.9}


def captured(model: SynapseModel, fraction: float = 1.0, then: Any = None, **values: Any) -> Any:
    """A network with three synapses of a model, made through the PyNN API."""
    synapse_type = synapse_class(model)
    with capturing() as capture:
        sim.setup(timestep=0.1)
        cells = sim.Population(3, sim.IF_curr_exp())
        synapse = synapse_type(**{"weight": 0.5, "delay": 0.5, **values})
        synapse.dendritic_delay_fraction = fraction
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), synapse)
        sim.run(1.0)
        if then is not None:
            then(projection)
            sim.run(1.0)
    return capture.network(), projection


@pytest.mark.parametrize("name", SYNAPSES)
def test_every_model_is_a_synapse_type(name):
    assert AVAILABLE[name].model is SYNAPSES[name]
    assert getattr(sim, name) is AVAILABLE[name]


def test_what_pynn_has_besides_is_refused_by_name():
    assert set(REFUSED) == set(TOLD)
    for name, told in TOLD.items():
        with pytest.raises(CaptureError) as error:
            getattr(sim, name)()
        assert told in str(error.value) and "StaticSynapse" in error.value.remedy


def test_a_projection_names_the_populations_that_modulate_it():
    with capturing() as capture:
        sim.setup(timestep=0.1)
        source, target, first, second = (sim.Population(2, sim.IF_curr_exp()) for _ in range(4))
        for modulator, delay in ((first, None), (first + second, 2.5)):
            synapse = sim.DopamineSTDP(modulator=modulator, modulator_delay=delay, weight=0.5, delay=1.0)
            sim.Projection(source, target, sim.AllToAllConnector(), synapse)
        sim.run(1.0)
        with pytest.raises(ModelError, match="the modulator is a PopulationView"):
            sim.DopamineSTDP(modulator=first[:1])
        with pytest.raises(ModelError, match="'TripletSTDP' has no modulator"):
            sim.TripletSTDP(modulator=first)
    one, both = (projection.modulators for projection in capture.network().projections)
    assert one == (Modulator(2, 1),) and both == (Modulator(2, 25), Modulator(3, 25))


def test_every_synapse_type_of_pynn_is_captured_or_refused():
    theirs = {
        name
        for name, value in vars(standard).items()
        if inspect.isclass(value) and value.__module__ == standard.__name__ and issubclass(value, StandardModelType)
    }
    assert theirs <= {*AVAILABLE, *REFUSED, *stdp.AVAILABLE}


@pytest.mark.parametrize(("timing", "weight"), stdp.MODELS)
def test_two_rules_of_plasticity_are_one_model(timing, weight):
    first = PAIRS if timing == "SpikePairRule" else INHIBITORY
    second = LIMITS | ({"mu_plus": 0.3, "mu_minus": 0.7} if "Gutig" in weight else {})
    made = sim.STDPMechanism(
        timing_dependence=getattr(sim, timing)(**first), weight_dependence=getattr(sim, weight)(**second), weight=0.4
    )
    with capturing() as capture:
        sim.setup(timestep=0.1)
        cells = sim.Population(3, sim.IF_curr_exp())
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), made)
        projection.set(w_max=0.8)
        sim.run(1.0)
    (part,) = capture.network().projections
    assert part.model is stdp.MODELS[timing, weight] and part.definition == ""
    assert {n: float(v) for n, v in part.parameters.items()} == {**first, **second, "w_max": 0.8}
    assert part.weight == part.initial["weight"] == 0.4
    assert (part.axonal, part.dendritic) == (0, 1)


def test_rules_are_checked_when_they_are_given():
    rule, limits = sim.SpikePairRule(), sim.AdditiveWeightDependence()
    with pytest.raises(CaptureError, match="needs a rule as its timing_dependence, not None"):
        sim.STDPMechanism(weight_dependence=limits)
    with pytest.raises(CaptureError, match="needs a rule as its weight_dependence"):
        sim.STDPMechanism(rule, rule)
    with pytest.raises(CaptureError, match="Vogels2011Rule does not go together with MultiplicativeWeightDependence"):
        sim.STDPMechanism(sim.Vogels2011Rule(), sim.MultiplicativeWeightDependence())
    with pytest.raises(CaptureError, match="A voltage dependence of plasticity is not supported yet"):
        sim.STDPMechanism(rule, limits, voltage_dependence=rule)
    with pytest.raises(ModelError, match=r"dendritic_delay_fraction is 1\.5"):
        sim.STDPMechanism(rule, limits, dendritic_delay_fraction=1.5)
    with pytest.raises(InvalidParameterValueError, match="SpikePairRule: tau_plus cannot be"):
        sim.SpikePairRule(tau_plus=object())
    with pytest.raises(InvalidParameterValueError, match="STDPMechanism: weight cannot be"):
        sim.STDPMechanism(rule, limits, weight=object())


def test_synapses_of_a_projection_share_their_traces():
    def differing(projection: Any) -> None:
        projection.set(tau_plus=[10.0, 20.0, 30.0])

    with pytest.raises(NetworkError, match="'tau_plus': it differs between synapses of"):
        captured(PAIR_STDP, then=differing)


def test_a_static_synapse_is_captured_without_its_text():
    network, _ = captured(SYNAPSES["StaticSynapse"])
    (projection,) = network.projections
    assert (projection.synapse, projection.definition) == ("StaticSynapse", "")
    assert projection.weight == 0.5 and projection.delay == 5 and projection.axonal == 0


def test_a_synapse_takes_the_time_constant_of_its_receptor_from_the_target():
    with capturing() as capture:
        sim.setup(timestep=0.1)
        cells = sim.Population(3, sim.IF_curr_exp(tau_syn_E=[1.0, 2.0, 3.0], tau_syn_I=7.0))
        jumping = sim.Population(1, sim.IF_curr_delta())
        for target, receptor in ((cells, "excitatory"), (cells, "inhibitory"), (jumping, "excitatory")):
            weight = -1.0 if receptor == "inhibitory" else 1.0
            synapse = sim.TsodyksMarkramSynapse(weight=weight, U=0.2, delay=1.0)
            sim.Projection(cells, target, sim.AllToAllConnector(), synapse, receptor_type=receptor)
        sim.run(1.0)
    fast, slow, at_once = (p.parameters["tau_psc"] for p in capture.network().projections)
    np.testing.assert_array_equal(fast, np.array([1.0, 2.0, 3.0])[capture.network().projections[0].post])
    assert (slow, at_once) == (7.0, 1e-30)
    assert "tau_psc" not in sim.TsodyksMarkramSynapse.default_parameters


def test_each_synapse_draws_by_itself():
    network, _ = captured(SYNAPSES["SimpleStochasticSynapse"], p=0.3)
    (part,) = network.projections
    assert len(set(part.initial["seed"].tolist())) == 3 and part.parameters["p"] == 0.3


def test_parameters_of_a_model_travel_with_its_text():
    network, projection = captured(TSODYKS_MARKRAM, U=0.3, tau_rec=200.0)
    (part,) = network.projections
    assert part.model == TSODYKS_MARKRAM
    assert part.parameters["U"] == 0.3 and part.parameters["tau_rec"] == 200.0 and part.weight == 0.5
    assert projection.get(["U", "delay"], format="list") == [(k, k, 0.3, 0.5) for k in range(3)]
    assert projection[1].as_tuple("U", "weight", "presynaptic_index") == (0.3, 0.5, 1)


def test_a_weight_that_spikes_change_is_an_initial_value():
    (part,) = captured(PAIR_STDP)[0].projections
    assert part.weight == part.initial["weight"] == 0.5
    assert "weight" not in part.parameters


def test_a_weight_that_spikes_change_is_read_from_a_simulation():
    with pytest.raises(CaptureError, match="asks for recorded data, and no simulator supplies them"):
        captured(PAIR_STDP, then=lambda projection: projection.get("weight", format="list"))


@pytest.mark.parametrize(("fraction", "dendritic"), [(1.0, 5), (0.5, 3), (0.3, 2), (0.0, 0)])
def test_a_delay_is_dendritic_unless_its_fraction_says_otherwise(fraction, dendritic):
    (part,) = captured(PAIR_STDP, fraction)[0].projections
    assert (part.axonal, part.dendritic, part.delay) == (5 - dendritic, dendritic, 5)


def test_parameters_change_between_runs():
    network, projection = captured(TSODYKS_MARKRAM, then=lambda p: p.set(U=0.25))
    (change,) = network.trials[0].epochs[1].changes
    assert (change.name, float(change.values)) == ("U", 0.25)
    assert network.projections[0].parameters["U"] == 0.5
    assert projection.get("U", format="list", with_address=False) == [0.25] * 3


def test_random_states_are_drawn_once_for_each_trial():
    def again(projection: Any) -> None:
        sim.reset()

    network, _ = captured(BERNOULLI, then=again)
    seeds = network.projections[0].initial["seed"]
    assert len(set(seeds.tolist())) == 3 and (seeds == captured(BERNOULLI)[0].projections[0].initial["seed"]).all()
    (change,) = network.trials[1].epochs[0].changes
    assert change.name == "seed" and not np.isin(change.values, seeds).any()


def test_states_are_initialized_and_read_before_the_first_run():
    with capturing() as capture:
        sim.setup(timestep=0.1)
        cells = sim.Population(3, sim.IF_curr_exp())
        synapse = sim.TsodyksMarkramSynapse(weight=1.0, delay=1.0)
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), synapse)
        assert projection.get("x", format="list", with_address=False) == [1.0, 1.0, 1.0]
        projection.initialize(u=[0.1, 0.2, 0.3], x=lambda i: 0.5 + 0.1 * i)
        drawn = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.SimpleStochasticSynapse(weight=1.0))
        seeds = drawn.get("seed", format="list", with_address=False)
        sim.run(1.0)
    first, second = capture.network().projections
    assert first.initial["u"].tolist() == [0.1, 0.2, 0.3] and first.initial["x"].tolist() == [0.5, 0.6, 0.7]
    assert second.initial["seed"].tolist() == seeds and len(set(seeds)) == 3


@pytest.mark.parametrize("act", [lambda p: p.initialize(z=1.0), lambda p: p.get("z", format="list")])
def test_states_that_are_not_there_are_named_with_those_that_are(act):
    with capturing():
        sim.setup()
        cells = sim.Population(2, sim.IF_curr_exp())
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.TsodyksMarkramSynapse(weight=1.0))
        with pytest.raises(NonExistentParameterError, match=r"z.*u"):
            act(projection)


def test_weights_are_recorded_in_intervals():
    with capturing() as capture:
        sim.setup(timestep=0.1)
        cells, others = (sim.Population(3, sim.IF_curr_exp()) for _ in range(2))
        rules = sim.SpikePairRule(), sim.AdditiveWeightDependence()
        projection = sim.Projection(cells + others, cells, sim.AllToAllConnector(), sim.STDPMechanism(*rules))
        projection.record("weight", sampling_interval=0.5)
        for wrong, words in (
            (("x",), "'x' of SpikePairAdditive cannot be recorded.*weight"),
            (("weight", 0.25), r"a sampling interval of 0\.25 ms is no multiple of 0\.1 ms"),
        ):
            with pytest.raises(NetworkError, match=words):
                projection.record(*wrong)
        static = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse())
        with pytest.raises(
            NetworkError, match="'weight' of StaticSynapse cannot be recorded: it is no state that spikes change"
        ):
            static.record("weight")
        sim.run(1.0)
        with pytest.raises(CaptureError, match=r"A recording of the synapses of .* cannot be added after a run"):
            projection.record("weight")
    network = capture.network()
    assert [(r.projection, r.state, r.interval) for r in network.synapse_recordings] == [
        (0, "weight", 5),
        (1, "weight", 5),
    ]
