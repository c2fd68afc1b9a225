"""Self-tests of the gate: which tier sees which injected fault."""
