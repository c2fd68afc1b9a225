"""Why simulators disagree: injected faults that give the same spikes, and a test circuit of single cells."""
