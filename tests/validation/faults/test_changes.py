"""What injected faults do to recordings at their edges."""

import numpy as np

from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.models.library import build_network
from unisono.validation.faults.changes import spike_times


def test_a_spike_may_move_to_the_beginning_and_not_out_of_the_trial():
    network = build_network("single_cell", duration=1.0, start=0.5)
    spikes = Spikes(np.zeros(3, np.uint32), np.array([1, 5, 10]))
    recording = Recording(0.1, ("cell",), (1,), (TrialRecording(10, {0: spikes}),))
    assert spike_times(-1)(recording, network).trials[0].spikes[0].steps.tolist() == [0, 4, 9]
    assert spike_times(1)(recording, network).trials[0].spikes[0].steps.tolist() == [2, 6]
