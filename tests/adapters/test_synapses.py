"""Every synapse model on every simulator against the reference: the same spikes, and the same potentials."""

from __future__ import annotations

import numpy as np
import pytest
from synapse_models import BCM, BERNOULLI, FACILITATING, GAIN, GUETIG, PAIR_STDP, TRIPLET, VOGELS

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NotReady, UnsupportedFeature
from unisono.models.network import (
    Change,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)
from unisono.models.synapses import SYNAPSES, SynapseModel

#: The models, and what a script sets after a while: one value for all synapses, and one for each.
SET = {"TsodyksMarkramSynapse": "U", "StochasticTsodyksMarkramSynapse": "tau_rec", "SimpleStochasticSynapse": "p"}
MODELS = [(model, SET.get(name, "weight"), "weight") for name, model in SYNAPSES.items()]
MODELS += [(GAIN, "gain", "weight"), (FACILITATING, "U", "u"), (BERNOULLI, "p", "weight")]
MODELS += [(PAIR_STDP, "A_plus", "weight"), (GUETIG, "mu", "weight"), (TRIPLET, "A2m", "weight")]
MODELS += [(BCM, "eta", "weight"), (VOGELS, "eta", "weight")]

#: Ranges of parameters, where not those of their kind.
RANGES = dict.fromkeys(("A2p", "A3p", "A2m", "A3m"), (0.005, 0.02)) | {
    "w_max": (1.0, 2.0),
    "eta": (0.001, 0.003),
    "rho": (0.01, 0.1),
}

SIMULATORS = [name for name in registry.names() if name != "reference"]

SIZE, SYNAPSES_IN, LONGEST_DELAY = 6, 40, 12


def eventful(model: SynapseModel, one: str, each: str, shared: bool, split: bool = False) -> Network:
    """Sources that fire up to three times in a step, cells that excite each other, all through one synapse model.

    Values differ between synapses, unless they are ``shared``. Half-way, while spikes are on their way, ``one`` is set
    to the same for all, and ``each`` synapse by synapse. Delays pass behind the synapses, or are ``split`` in any way.
    """
    rng, steps = np.random.RandomState(4), 120
    states = {name: rng.randint(1, 10**6, SYNAPSES_IN).astype(float) for name in model.random}

    def values(low: float, high: float, size: int) -> np.ndarray:
        return np.array(0.5 * (low + high)) if shared else rng.uniform(low, high, size)

    def connected(label: str, pre: int, sources: int, weight: float) -> Projection:
        others = {}
        for name, parameter in model.parameters.items():
            if name != "weight":
                low, high = RANGES.get(name, (2.0, 8.0) if parameter.unit == "ms" else (0.2, 0.8))
                others[name] = np.array(low) if name in model.shared else values(low, high, SYNAPSES_IN)
        delay = np.array(7) if shared else rng.randint(1, LONGEST_DELAY + 1, SYNAPSES_IN)
        axonal = rng.randint(0, delay + 1) if split else np.array(0)
        return Projection(
            label,
            pre,
            1,
            rng.randint(0, sources, SYNAPSES_IN),
            rng.randint(0, SIZE, SYNAPSES_IN),
            values(0.5 * weight, weight, SYNAPSES_IN),
            delay,
            axonal=axonal,
            synapse=model.name,
            definition="" if model.name in SYNAPSES else model.to_text(),
            parameters=others,
            initial=states,
        )

    changes = (
        Change("synapse", 0, one, np.float64(0.3)),
        Change("synapse", 1, each, np.full(SYNAPSES_IN, 0.35) if shared else rng.uniform(0.2, 0.5, SYNAPSES_IN)),
    )
    several = 60
    when = rng.choice(np.arange(steps), several)
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourceArray", 5),
            Population("cells", "IF_curr_exp", SIZE, {"tau_refrac": np.array(0.5)}, {"v": rng.uniform(-65, -51, SIZE)}),
        ),
        (connected("in", 0, 5, 1.0), connected("in too", 0, 5, 1.0), connected("recurrent", 1, SIZE, 0.4)),
        spikes=(SpikeInput(0, rng.randint(0, 5, several), when, rng.randint(1, 4, several)),),
        recordings=(RecordingRequest(1, "v", np.arange(SIZE)),),
        trials=(Trial((Epoch(50), Epoch(steps - 50, changes))),),
        label=f"eventful {model.name}",
    )


@pytest.fixture(scope="module")
def expected():
    """What the reference gives, computed once a network."""
    known = {}

    def get(network: Network):
        if network.fingerprint not in known:
            run = Executor(fresh=True).run(network, ["reference"], Settings())["reference"]
            known[network.fingerprint] = run.recording.trials[0]
        return known[network.fingerprint]

    return get


@pytest.mark.parametrize(
    ("shared", "split"), [(False, False), (True, False), (False, True)], ids=["each", "shared", "split"]
)
@pytest.mark.parametrize(("model", "one", "each"), MODELS, ids=[model.name for model, *_ in MODELS])
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_synapse_model_delivers_the_same_everywhere(simulator, model, one, each, shared, split, expected):
    adapter, executor = registry.get(simulator), Executor(time_limit=600)
    network = eventful(model, one, each, shared, split)
    if beyond := model.changed_by - adapter.capabilities.synapses:
        with pytest.raises(UnsupportedFeature, match=f"'{model.name}'.*{min(beyond)}"):
            adapter.check(network, Settings())
        return
    try:
        executor.check_ready(adapter, network, Settings())
    except (NotReady, UnsupportedFeature) as error:
        if adapter.source is None:
            raise
        pytest.skip(str(error))
    run = executor.run(network, [simulator], Settings())[simulator]
    assert run.recording is not None, f"{run.error}\n{run.log}"
    trial, right = run.recording.trials[0], expected(network)
    assert right.spikes[1].steps.size > 10
    np.testing.assert_array_equal(trial.spikes[1].steps, right.spikes[1].steps)
    np.testing.assert_array_equal(trial.spikes[1].cells, right.spikes[1].cells)
    np.testing.assert_allclose(trial.signals[0].values, right.signals[0].values, rtol=0, atol=1e-9)
    assert trial.synapses.keys() == right.synapses.keys()
    for projection, states in right.synapses.items():
        for state, values in states.items():
            found = trial.synapses[projection][state]
            np.testing.assert_allclose(found, values, rtol=1e-11, atol=1e-13, err_msg=f"{projection} {state}")


@pytest.mark.parametrize("name", ["TsodyksMarkramSynapse", "StochasticTsodyksMarkramSynapse"])
def test_simulators_with_the_same_cells_agree_in_every_bit(name):
    network = eventful(SYNAPSES[name], "U", "weight", False)
    found = Executor().run(network, ["nestml", "brian2", "neuron"], Settings())
    first, *others = (run.recording.trials[0].signals[0].values for run in found.values())
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_threads_change_no_bit_of_changing_synapses():
    network = eventful(SYNAPSES["TsodyksMarkramSynapse"], "U", "weight", False)
    one, two = (
        Executor(fresh=True).run(network, ["nest"], Settings(threads=threads))["nest"].recording.trials[0]
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one.signals[0].values, two.signals[0].values)


def test_the_reference_delivers_what_the_text_says():
    # u = 1 - (1 - U)**n at the n-th spike, at most 0.9 released; v jumps by what arrives.
    times = np.array([1, 3, 3, 6])
    network = Network(
        0.1,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cell", "IF_curr_delta", 1, {"tau_m": np.array(1e9)}, {"v": np.array(-65.0)}),
        ),
        (
            Projection(
                "in", 0, 1, [0], [0], 2.0, 1,
                synapse=FACILITATING.name, definition=FACILITATING.to_text(), parameters={"U": 0.5},
            ),
        ),
        spikes=(SpikeInput(0, np.zeros(4, int), times),),
        recordings=(RecordingRequest(1, "v", np.arange(1)),),
        trials=(Trial((Epoch(10),)),),
    )  # fmt: skip
    run = Executor(fresh=True).run(network, ["reference"], Settings())["reference"]
    v = run.recording.trials[0].signals[0].values[:, 0]
    released = np.minimum(1 - 0.5 ** np.arange(1, 5), 0.9)
    jumps = np.array([released[0], released[1] + released[2], released[3]])
    assert np.diff(v)[np.unique(times)] == pytest.approx(2 * jumps, abs=1e-6)
