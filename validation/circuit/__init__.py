"""The test circuit: single cells like those of a network, on which a simulator's deviations are measured."""
