"""Memory of a run: what is kept, 8 bytes a sample, and an amount that does not grow with the run."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import networks
import numpy as np
import pytest

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, TrialRecording
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NotReady, UnsupportedFeature

SIMULATORS = [name for name in registry.names() if not name.startswith("pynn.")]
CELLS = 400


@pytest.mark.slow
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_worker_needs_little_more_than_what_it_keeps(simulator: str) -> None:
    """The resident memory of a long run and of a short one, which lie 61 MB of samples apart."""
    short, long = (networks.driven("IF_curr_exp", steps, size=CELLS, weight=0.0) for steps in (1_000, 20_000))
    try:
        Executor().check_ready(registry.get(simulator), short, Settings())
    except (NotReady, UnsupportedFeature) as error:
        pytest.skip(str(error))
    peaks = []
    for network in (short, long):
        run = Executor(fresh=True, time_limit=600).run(network, [simulator])[simulator]
        assert run.recorded.trials[0].signals[0].values.shape == (network.trials[0].steps + 1, CELLS)
        peaks.append(run.provenance["peak_rss_mb"])
    kept = 8 * CELLS * (20_000 - 1_000) / 2**20
    # a fifth for the guard's look at samples, and for what differs between two runs of one process
    assert peaks[1] - peaks[0] < 1.2 * kept


def test_a_recording_is_written_without_a_copy_of_its_samples(tmp_path: Path) -> None:
    signal = Signal(0, "v", "mV", np.arange(100, dtype=np.uint32), 1, np.random.RandomState(1).rand(40_000, 100))
    recording = Recording(0.1, ("E",), (100,), (TrialRecording(39_999, {}, (signal,)),))
    tracemalloc.start()
    recording.save(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < signal.values.nbytes / 4
    np.testing.assert_array_equal(Recording.load(tmp_path).trials[0].signals[0].values, signal.values)
