"""The functions of models that Brian2 lacks, or that its languages define otherwise, as C defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brian2
import numpy as np

from unisono.adapters.codegen.printers.brian2 import CPP_VALUES, DIVISION, DRAWS, FLAG, OWN_FUNCTIONS, draw_in_cpp
from unisono.models.dynamics.expressions import FUNCTIONS


def _function(name: str, number: int, implementation: Callable[..., Any], kind: str = "double") -> Any:
    arguments = ", ".join(f"{kind} {letter}" for letter in "xy"[:number])
    code = f"static inline double {name}({arguments}) {{ return {CPP_VALUES[name]}; }}"
    return _made(name, number, implementation, code, **({"arg_types": ["boolean"]} if kind == "bool" else {}))


def _made(name: str, number: int, implementation: Callable[..., Any], code: str, **types: Any) -> Any:
    function = brian2.Function(implementation, arg_units=[1] * number, return_unit=1, **types)
    function.implementations.add_implementation("cpp", code=code, name=name)
    function.implementations.add_numpy_implementation(implementation)
    return function


_DRAWS = {own: _made(own, *FUNCTIONS[name], draw_in_cpp(name)) for name, own in DRAWS.items()}

#: Namespace of every group.
NAMESPACE = {own: _function(own, *FUNCTIONS[name]) for name, own in OWN_FUNCTIONS.items()} | {
    DIVISION: _function(DIVISION, 2, np.divide),
    FLAG: _function(FLAG, 1, np.float64, "bool"),
    **_DRAWS,
}
