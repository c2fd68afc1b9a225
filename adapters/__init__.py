"""Where it is simulated: one adapter a simulator, each run in a process of its own."""
