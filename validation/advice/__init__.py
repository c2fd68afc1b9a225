"""Which cell, synapses, time step, duration and simulator suit a question, with reasons and sources."""
