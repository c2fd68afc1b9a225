"""Decays read from tables: at most events a synapse computes one that another has computed before.

A decay is a function of a whole number of steps. While its time constants are the same for all synapses, its first
values lie in a table, which takes a fraction of the time of an exponential function. They have the bits of the C
library, as if the decay was computed at the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_flow import Decay
from unisono.adapters.codegen.synapse_step import SynapseProgram
from unisono.models.dynamics.expressions import evaluate, names_in, parse_expression

#: Steps of a table: few spikes of a cell lie further apart, and it stays in the processor's cache.
TABLE = 4096


class DecayTables:
    """A table for each decay of a program, which a simulator reads where it lies.

    Parameters
    ----------
    program : SynapseProgram

    Attributes
    ----------
    decays : tuple of Decay
    constants : frozenset of str
        The values that they depend on.
    arrays : list of float64 array, shape (:data:`TABLE`,)
        The decays after 0, 1, 2, ... steps.
    sizes : float64 array, shape (decays,)
        How many steps each goes for: none where synapses differ, which compute their decays themselves.
    """

    def __init__(self, program: SynapseProgram) -> None:
        self.decays = program.decays
        self.constants = frozenset[str]().union(*map(_names, self.decays))
        self.arrays = [np.zeros(TABLE) for _ in self.decays]
        self.sizes = np.zeros(len(self.decays))
        self._filled: list[dict[str, float] | None] = [None] * len(self.decays)

    def fill(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Fill the tables; ``values`` are those that are kept for the synapses, shape (), (1,) or (synapses,)."""
        for number, decay in enumerate(self.decays):
            found = _constants(decay, values)
            if found is not None and found != self._filled[number]:
                self.arrays[number][:] = _computed(decay, found)
                self._filled[number] = found
            self.sizes[number] = 0 if found is None else TABLE


def _names(decay: Decay) -> set[str]:
    return names_in(parse_expression(decay.expression)) - {decay.steps}


def _constants(decay: Decay, values: Mapping[str, NDArray[Any]]) -> dict[str, float] | None:
    """What a decay depends on besides the steps; None where synapses differ."""
    found = {}
    for name in _names(decay):
        value = values[name]
        first = value.flat[0]
        if value.size > 1 and (value.flat[-1] != first or (value != first).any()):
            return None
        found[name] = float(first)
    return found


def _computed(decay: Decay, constants: Mapping[str, float]) -> Any:
    known: dict[str, Any] = {name: np.float64(value) for name, value in constants.items()}
    known[decay.steps] = np.arange(TABLE, dtype=np.float64)
    return evaluate(parse_expression(decay.expression), known, as_in_c=True)
