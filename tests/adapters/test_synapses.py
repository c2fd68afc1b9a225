"""Every synapse model on every simulator against the reference: the same spikes, and the same potentials."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from networks import side_by_side
from synapse_models import BCM, BERNOULLI, FACILITATING, GAIN, GUETIG, PAIR_STDP, TRIPLET, VOGELS

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NotReady, UnsupportedFeature
from unisono.models.network import (
    Change,
    Epoch,
    Modulator,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    SynapseRequest,
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
RANGES = (
    {"n": (3.0, 9.0), "theta_minus": (-64.0, -60.0), "theta_plus": (-58.0, -52.0), "v_peak": (20.0, 30.0)}
    | {"A_LTD": (1e-4, 1e-3), "A_LTP": (1e-4, 1e-3), "t_peak": (0.3, 0.5)}
    | dict.fromkeys(("A2p", "A3p", "A2m", "A3m"), (0.005, 0.02))
    | {
        "w_max": (1.0, 2.0),
        "eta": (0.001, 0.003),
        "rho": (0.01, 0.1),
        "b": (0.001, 0.01),
    }
)

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
                drawn = np.array(low) if name in model.shared else values(low, high, SYNAPSES_IN)
                others[name] = np.rint(drawn) if parameter.whole else drawn
        delay = np.array(7) if shared else rng.randint(1, LONGEST_DELAY + 1, SYNAPSES_IN)
        # few different ones: GeNN compiles a group of synapses for each
        axonal = np.minimum(delay, rng.choice([0, 1, 4], SYNAPSES_IN)) if split else np.array(0)
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


#: Every network: model, whether its values are shared, and whether its delays are split.
CASES = [
    (model, one, each, shared, split)
    for model, one, each in MODELS
    for shared, split in ((False, False), (True, False), (False, True))
]


def together(cases: list[tuple[SynapseModel, str, str, bool, bool]], sampled: bool = True) -> Network:
    """The networks of some cases side by side, so that a simulator starts and compiles once; weights are sampled."""
    parts = [eventful(*case) for case in cases]
    begins = itertools.accumulate([0, *(len(part.projections) for part in parts[:-1])])
    whole = side_by_side(parts, "synapse models")
    reward = Modulator(len(whole.populations), 3)
    pulses = SpikeInput(reward.population, np.array([0, 1, 0, 1, 1]), np.array([0, 25, 25, 46, 80]))
    return replace(
        whole,
        populations=(*whole.populations, Population("reward", "SpikeSourceArray", 2)),
        projections=tuple(
            replace(p, modulators=_modulators(p, reward) if p.model.modulator_statements else ())
            for p in whole.projections
        ),
        spikes=(*whole.spikes, pulses),
        synapse_recordings=tuple(
            SynapseRequest(begin, "weight", 9)
            for begin, part in zip(begins, parts, strict=True)
            if sampled and "weight" in part.projections[0].model.states
        ),
    )


def _modulators(projection: Projection, reward: Modulator) -> tuple[Modulator, ...]:
    """Sources that modulate a projection, and the cells that it excites."""
    return (reward, Modulator(projection.post_population, 2 if projection.pre_population else 5))


def possible(*simulators: str) -> list[tuple[SynapseModel, str, str, bool, bool]]:
    """The cases that simulators can run."""
    able = frozenset.intersection(*(registry.get(name).capabilities.synapses for name in simulators))
    return [case for case in CASES if case[0].changed_by <= able]


def ready(simulator: str, network: Network) -> None:
    """Skip a simulator that is on no package registry and is not set up here."""
    try:
        Executor().check_ready(registry.get(simulator), network, Settings())
    except (NotReady, UnsupportedFeature) as error:
        if registry.get(simulator).source is None:
            raise
        pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_every_synapse_model_delivers_the_same_everywhere(simulator):
    cases = possible(simulator)
    network = together(cases, sampled=registry.get(simulator).capabilities.live)
    ready(simulator, network)
    runs = Executor(time_limit=900).run(network, ["reference", simulator], Settings())
    assert runs[simulator].recording is not None, f"{runs[simulator].error}\n{runs[simulator].log}"
    right, trial = (runs[name].recording.trials[0] for name in ("reference", simulator))
    wrong = {}
    for k, (model, _, _, shared, split) in enumerate(cases):
        try:
            _check_case(trial, right, k)
        except AssertionError as error:
            wrong[model.name, shared, split] = str(error)
    for mine, theirs in zip(trial.samples, right.samples, strict=True):
        if not np.allclose(mine.values, theirs.values, rtol=1e-11, atol=1e-13):
            wrong[mine.projection] = "samples of weights"
    assert not wrong, f"{len(wrong)} of {len(cases)}: {wrong}"


def _check_case(trial: TrialRecording, right: TrialRecording, k: int) -> None:
    """Spikes, potentials and states of synapses of one of the networks side by side."""
    cells = 2 * k + 1
    assert right.spikes[cells].size > 10
    np.testing.assert_array_equal(trial.spikes[cells].steps, right.spikes[cells].steps)
    np.testing.assert_array_equal(trial.spikes[cells].cells, right.spikes[cells].cells)
    (mine,), (theirs,) = ([s for s in t.signals if s.population == cells] for t in (trial, right))
    np.testing.assert_allclose(mine.values, theirs.values, rtol=0, atol=1e-9)
    for projection in range(3 * k, 3 * k + 3):
        assert (projection in trial.synapses) == (projection in right.synapses)
        for state, values in right.synapses.get(projection, {}).items():
            found = trial.synapses[projection][state]
            np.testing.assert_allclose(found, values, rtol=1e-11, atol=1e-13, err_msg=f"{projection} {state}")


@pytest.mark.slow
def test_simulators_with_the_same_cells_agree_in_every_bit():
    simulators = ["nestml", "brian2", "neuron"]
    found = Executor().run(together(possible(*simulators)), simulators, Settings())
    first, *others = (run.recording.trials[0] for run in found.values())
    for other in others:
        for mine, theirs in zip(first.signals, other.signals, strict=True):
            np.testing.assert_array_equal(mine.values, theirs.values)
        for mine, theirs in zip(first.samples, other.samples, strict=True):
            np.testing.assert_array_equal(mine.values, theirs.values)
        for projection, states in first.synapses.items():
            for state, values in states.items():
                np.testing.assert_array_equal(values, other.synapses[projection][state], err_msg=state)


@pytest.mark.slow
def test_threads_change_no_bit_of_changing_synapses():
    network = together(possible("nest"))
    one, two = (
        Executor().run(network, ["nest"], Settings(threads=threads))["nest"].recording.trials[0] for threads in (1, 2)
    )
    for mine, theirs in zip(one.signals, two.signals, strict=True):
        np.testing.assert_array_equal(mine.values, theirs.values)
    for projection, states in one.synapses.items():
        for state, values in states.items():
            np.testing.assert_array_equal(values, two.synapses[projection][state])


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
