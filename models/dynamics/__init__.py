"""What cells and synapses share: text that is parsed, its units, its expressions."""
