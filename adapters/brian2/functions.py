"""The functions of models that Brian2 lacks, or that its languages define otherwise, as C defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brian2
import numpy as np

from unisono.adapters.codegen.printers.brian2 import CPP_VALUES, DIVISION, FLAG, OWN_FUNCTIONS
from unisono.models.dynamics.expressions import FUNCTIONS


def _function(name: str, number: int, implementation: Callable[..., Any], kind: str = "double") -> Any:
    types = {"arg_types": ["boolean"]} if kind == "bool" else {}
    function = brian2.Function(implementation, arg_units=[1] * number, return_unit=1, **types)
    arguments = ", ".join(f"{kind} {letter}" for letter in "xy"[:number])
    code = f"static inline double {name}({arguments}) {{ return {CPP_VALUES[name]}; }}"
    function.implementations.add_implementation("cpp", code=code, name=name)
    function.implementations.add_numpy_implementation(implementation)
    return function


#: Namespace of every group.
NAMESPACE = {own: _function(own, *FUNCTIONS[name]) for name, own in OWN_FUNCTIONS.items()} | {
    DIVISION: _function(DIVISION, 2, np.divide),
    FLAG: _function(FLAG, 1, np.float64, "bool"),
}
