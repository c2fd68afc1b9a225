"""The functions of models that Brian2 lacks, or that its languages define otherwise, as C defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brian2
import numpy as np

from unisono.adapters.codegen.printers.brian2 import DIVISION, OWN_FUNCTIONS
from unisono.models.dynamics.expressions import FUNCTIONS

#: Arguments and value of each function in C++.
_CPP = {
    "c_min": ("double x, double y", "x < y ? x : y"),
    "c_max": ("double x, double y", "x > y ? x : y"),
    "c_mod": ("double x, double y", "fmod(x, y)"),
    "c_exprel": ("double x", "x != 0 ? expm1(x)/x : 1.0"),
    "c_div": ("double x, double y", "x/y"),
}


def _function(name: str, number: int, implementation: Callable[..., Any]) -> Any:
    function = brian2.Function(implementation, arg_units=[1] * number, return_unit=1)
    arguments, value = _CPP[name]
    code = f"static inline double {name}({arguments}) {{ return {value}; }}"
    function.implementations.add_implementation("cpp", code=code, name=name)
    function.implementations.add_numpy_implementation(implementation)
    return function


#: Namespace of every group.
NAMESPACE = {own: _function(own, *FUNCTIONS[name]) for name, own in OWN_FUNCTIONS.items()} | {
    DIVISION: _function(DIVISION, 2, np.divide)
}
