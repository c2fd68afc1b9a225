"""NumPy code with loops and choices, which Brian2's language does not have.

A step program may carry out assignments as often as each cell needs. In the code that Brian2 generates from it, marks
stand around them (:func:`~unisono.adapters.codegen.printers.brian2.structured`); here they become loops and choices, as
they do in C++ (:mod:`unisono.adapters.brian2.target`).

Spikes that arrive at one synapse in the same step change it one after another; Brian2's code would carry them out at
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from brian2.codegen.generators.numpy_generator import NumpyCodeGenerator
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.core.functions import DEFAULT_FUNCTIONS
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.brian2 import structured


class _NumpyGenerator(NumpyCodeGenerator):  # type: ignore[misc]
    def translate_one_statement_sequence(self, statements: Any, scalar: bool = False) -> list[str]:
        return structured(super().translate_one_statement_sequence(statements, scalar), _for_all)


class NumpyLoops(NumpyCodeObject):  # type: ignore[misc]
    """NumPy: a loop for all cells, in which those that are done keep their values."""

    generator_class = _NumpyGenerator


class NumpyInTurn(NumpyCodeObject):  # type: ignore[misc]
    """NumPy: what spikes do at synapses, in as many rounds as the most that arrive at one synapse."""

    def run_block(self, block: str) -> Any:
        """Carry the code out for each round."""
        if block != "run":
            return super().run_block(block)
        queue = self.variables["_queue"]
        for arrived in in_turn(np.array(queue.peek())):
            self.namespace["_queue"] = _Round(arrived)
            super().run_block(block)
        queue.advance()
        return None


class _Round:
    """What Brian2's code takes for its queue."""

    def __init__(self, arrived: NDArray[np.int32]) -> None:
        self._arrived = arrived

    def peek(self) -> NDArray[np.int32]:
        return self._arrived

    def advance(self) -> None:
        """The step ends with the last round."""


def in_turn(synapses: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
    """Parts in which each synapse is named once: the first time that each is named, then the second, and so on."""
    while synapses.size:
        _, first = np.unique(synapses, return_index=True)
        first.sort()
        yield synapses[first]
        synapses = np.delete(synapses, first)


def add_functions() -> None:
    """Give classes of code objects the functions that Brian2 itself adds for its own class only."""
    for function in DEFAULT_FUNCTIONS.values():
        if NumpyCodeObject not in function.implementations:
            function.implementations.add_numpy_implementation(function.pyfunc)


def _for_all(asked: str, body: list[str], otherwise: list[str] | None = None) -> list[str]:
    """A loop or a choice for all cells."""
    if otherwise is None:
        lines = [f"_going = ({asked}) > 0", "_before = dict(locals())", *body]
        lines += [f"{name} = _numpy.where(_going, {name}, _before.get({name!r}, {name}))" for name in _assigned(body)]
        return [f"while _numpy.any(({asked}) > 0):", *(f"    {line}" for line in lines)]
    both = [name for name in _assigned(otherwise) if name in _assigned(body)]
    lines = [f"{name} = _start[{name!r}]" for name in both]
    lines += [*body, *(f"{name} = _numpy.where(_positive, {name}, _end[{name!r}])" for name in both)]
    head = [f"_positive = ({asked}) > 0", "_start = dict(locals())", *otherwise, "_end = dict(locals())"]
    return [*head, "if _numpy.any(_positive):", *(f"    {line}" for line in lines)]


def _assigned(lines: list[str]) -> list[str]:
    """Names that are assigned, without those that only hand a value on."""
    targets = dict.fromkeys(found[1] for line in lines if (found := re.match(r"\s*(\w+) = ", line)))
    return [name for name in targets if not name.endswith("_new")]
