"""The machine that simulators run on: compilers, source trees, GPUs, environments."""
