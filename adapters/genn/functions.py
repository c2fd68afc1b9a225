"""The functions of models that Brian2 lacks, or that its languages define otherwise, for GeNN."""

from __future__ import annotations

from typing import Any

import brian2
from brian2genn.genn_generator import GeNNCodeGenerator

from unisono.adapters.codegen.printers.brian2 import CPP_VALUES, DIVISION, FLAG, OWN_FUNCTIONS
from unisono.models.dynamics.expressions import FUNCTIONS


def namespace(scalar: str) -> dict[str, Any]:
    """Namespace of every group; ``scalar`` is the C++ type of a number."""
    counts = {own: FUNCTIONS[name][0] for name, own in OWN_FUNCTIONS.items()} | {DIVISION: 2}
    functions = {name: _function(name, count, scalar, scalar) for name, count in counts.items()}
    return functions | {FLAG: _function(FLAG, 1, scalar, "char", arg_types=["boolean"])}


def _function(name: str, count: int, scalar: str, kind: str, **types: Any) -> Any:
    def unused(*arguments: Any) -> Any:
        raise NotImplementedError(name)

    function = brian2.Function(unused, arg_units=[1] * count, return_unit=1, **types)
    arguments = ", ".join(f"{kind} {letter}" for letter in "xy"[:count])
    code = f"SUPPORT_CODE_FUNC {scalar} {name}({arguments})\n{{\n    return {CPP_VALUES[name]};\n}}"
    function.implementations.add_implementation(GeNNCodeGenerator, code=code, name=name)
    # Brian2 looks for it before it lets the device generate the code.
    function.implementations.add_implementation("cpp", code="", name=name)
    return function
