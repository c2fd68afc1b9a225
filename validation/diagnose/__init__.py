"""Why simulators disagree: deliberate errors that give the same spikes, and a bench of single cells."""
