"""Whether the simulators agree."""
