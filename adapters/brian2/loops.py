"""Code objects with loops, which Brian2's language does not have.

A step program may carry out assignments as often as each cell needs. In the code that Brian2 generates from it, marks
stand around them (:func:`~unisono.adapters.codegen.printers.brian2.in_loops`); here they become loops.
"""

from __future__ import annotations

import re
from typing import Any

from brian2 import get_device
from brian2.codegen.generators.cython_generator import CythonCodeGenerator
from brian2.codegen.generators.numpy_generator import NumpyCodeGenerator
from brian2.codegen.runtime.cython_rt.cython_rt import CythonCodeObject
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.core.functions import DEFAULT_FUNCTIONS

from unisono.adapters.codegen.printers.brian2 import in_loops


class _CythonGenerator(CythonCodeGenerator):  # type: ignore[misc]
    def translate_to_statements(self, statements: Any, conditional_write_vars: Any) -> list[str]:
        lines = super().translate_to_statements(statements, conditional_write_vars)
        return list(in_loops((part for line in lines for part in line.split("\n")), _for_each))


class CythonLoops(CythonCodeObject):  # type: ignore[misc]
    """Compiled code: a loop for each cell."""

    generator_class = _CythonGenerator


class _NumpyGenerator(NumpyCodeGenerator):  # type: ignore[misc]
    def translate_one_statement_sequence(self, statements: Any, scalar: bool = False) -> list[str]:
        return list(in_loops(super().translate_one_statement_sequence(statements, scalar), _for_all))


class NumpyLoops(NumpyCodeObject):  # type: ignore[misc]
    """NumPy: a loop for all cells, in which those that are done keep their values."""

    generator_class = _NumpyGenerator


def looping(code: Any) -> Any:
    """The class of code objects with loops that stands for one of Brian2's; None is the preferred one."""
    found = get_device().code_object_class(code)
    if found is not NumpyCodeObject:
        return CythonLoops
    for function in DEFAULT_FUNCTIONS.values():  # Brian2 itself adds these for its class only
        if NumpyCodeObject not in function.implementations:
            function.implementations.add_numpy_implementation(function.pyfunc)
    return NumpyLoops


def _for_each(left: str, body: list[str]) -> list[str]:
    return [f"while ({left}) > 0:", *(f"    {line}" for line in body)]


def _for_all(left: str, body: list[str]) -> list[str]:
    targets = dict.fromkeys(found[1] for line in body if (found := re.match(r"(\w+) = ", line)))
    names = [name for name in targets if not name.endswith("_new")]
    lines = [f"_going = ({left}) > 0", "_before = dict(locals())", *body]
    lines += [f"{name} = _numpy.where(_going, {name}, _before.get({name!r}, {name}))" for name in names]
    return [f"while _numpy.any(({left}) > 0):", *(f"    {line}" for line in lines)]
