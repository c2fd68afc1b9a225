"""Synapses that spikes of the target change on GeNN 5: long histories, catching up, reading while it runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from synapse_models import PAIR_STDP, TRIPLET

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models.errors import NotReady
from unisono.models.network import Change, Epoch, Network, Population, Projection, SpikeInput, Trial

STEPS, SIZE, SOURCES, SYNAPSES = 700, 5, 6, 40


def busy() -> Network:
    """Cells that spike more often than there is room for at first; two models, split delays, and changes."""
    rng = np.random.RandomState(7)

    def connect(model, pre, sources, weight, **parameters):
        delay = rng.randint(2, 5, SYNAPSES)
        return Projection(
            model.name,
            pre,
            1,
            rng.randint(0, sources, SYNAPSES),
            rng.randint(0, SIZE, SYNAPSES),
            rng.uniform(0.5, 1.0, SYNAPSES) * weight,
            delay,
            axonal=np.where(rng.rand(SYNAPSES) < 0.5, 2, 0),
            synapse=model.name,
            definition=model.to_text(),
            parameters=parameters,
        )

    number = SOURCES * STEPS // 3
    changes = (
        Change("synapse", 0, "A_plus", rng.uniform(0.001, 0.003, SYNAPSES)),
        Change("synapse", 1, "weight", np.float64(3.0)),
    )
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourceArray", SOURCES),
            Population(
                "cells", "IF_curr_delta", SIZE, {"tau_refrac": np.array(0.1)}, {"v": rng.uniform(-65, -51, SIZE)}
            ),
        ),
        (
            connect(
                PAIR_STDP, 0, SOURCES, 8.0, A_plus=np.float64(0.002), A_minus=np.float64(0.002), w_max=np.float64(9.0)
            ),
            connect(TRIPLET, 1, SIZE, 1.0, **{name: np.float64(1e-5) for name in ("A2p", "A3p", "A2m", "A3m")}),
        ),
        spikes=(
            SpikeInput(0, rng.randint(0, SOURCES, number), rng.randint(0, STEPS, number), rng.randint(1, 3, number)),
        ),
        trials=(Trial((Epoch(333), Epoch(STEPS - 333, changes))),),
    )


@pytest.fixture(scope="module")
def batch():
    executor = Executor(fresh=True, time_limit=600)
    try:
        executor.check_ready(registry.get("pygenn"), busy(), Settings())
    except NotReady as error:
        pytest.skip(str(error))
    runs = executor.run(busy(), ["pygenn", "reference"])
    for found in runs.values():
        assert found.recording is not None, f"{found.error}\n{found.log}"
    return [runs[name].recording.trials[0] for name in ("pygenn", "reference")]


def test_more_spikes_than_there_is_room_for_at_first_change_synapses(batch):
    mine, right = batch
    assert np.bincount(right.spikes[1].cells).max() > 200
    np.testing.assert_array_equal(mine.spikes[1].steps, right.spikes[1].steps)
    np.testing.assert_array_equal(mine.spikes[1].cells, right.spikes[1].cells)
    assert mine.synapses.keys() == right.synapses.keys() == {0, 1}
    for index, states in right.synapses.items():
        np.testing.assert_allclose(mine.synapses[index]["weight"], states["weight"], rtol=1e-11)


def test_a_live_run_whose_synapses_are_read_gives_the_same_bits(batch):
    network = busy()
    live = live_run(Executor(time_limit=600), "pygenn", Settings())
    live.begin_trial(replace(network, spikes=(), trials=(Trial(()),)))
    (given,), begin = network.spikes, 0
    first, second = network.trials[0].epochs
    for end in (1, 90, 333, 334, 500, STEPS):
        now = (given.steps > (begin if begin else -1)) & (given.steps <= end)
        some = SpikeInput(0, given.cells[now], given.steps[now], given.counts[now])
        live.extend(Epoch(end - begin, second.changes if begin == first.steps else ()), [some], {})
        assert all(live.synapses(index)["weight"].size == SYNAPSES for index in (0, 1))
        begin = end
    for index in (0, 1):
        states = live.synapses(index)
        np.testing.assert_array_equal(states["weight"], batch[0].synapses[index]["weight"])
    live.close()
    np.testing.assert_array_equal(live.trials[0].spikes[1].steps, batch[0].spikes[1].steps)
    np.testing.assert_array_equal(live.trials[0].spikes[1].cells, batch[0].spikes[1].cells)


def test_single_precision_gives_weights_that_differ_by_rounding(batch):
    # A potential jumps by millivolts here: no spike is near the threshold.
    (run,) = Executor(fresh=True, time_limit=600).run(busy(), ["pygenn:single"]).values()
    assert run.recording is not None, f"{run.error}\n{run.log}"
    trial = run.recording.trials[0]
    assert trial.spikes[1].steps.tolist() == batch[0].spikes[1].steps.tolist()
    errors = [np.abs(trial.synapses[i]["weight"] - batch[0].synapses[i]["weight"]).max() for i in (0, 1)]
    assert all(1e-9 < error < 1e-3 for error in errors)
