"""What was recorded between pauses is put together again."""

from types import SimpleNamespace

import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract import Settings, pausing, watched
from unisono.adapters.contract.recording import Signal, Spikes, TrialRecording


@pytest.mark.parametrize("pauses", [1, 2, 3, 7, 9])
def test_any_number_of_pauses_gives_one_recording(monkeypatch, tmp_path, pauses):
    monkeypatch.setattr(pausing, "PARTS", 3)
    parts = [
        TrialRecording(
            k + 1,
            {0: Spikes(np.array([k], np.uint32), np.array([k]))},
            (Signal(0, "v", "mV", np.array([0]), 1, np.array([[float(k)]])),),
        )
        for k in range(pauses)
    ]
    waiting = iter(parts * 2)
    inner = SimpleNamespace(
        network=driven(), settings=Settings(), cache=tmp_path, read=lambda: next(waiting), hear=lambda spikes: None
    )
    simulation = watched.Watched(inner, live=False)
    for _ in range(2):  # what was read is not given again
        for _ in range(pauses - 1):
            simulation.pause()
        found = simulation.read()
        assert found.steps == pauses
        assert found.spikes[0].steps.tolist() == list(range(pauses))
        assert found.signals[0].values.ravel().tolist() == list(range(pauses))
