"""One spiking-network model, many simulators, the same spikes."""
