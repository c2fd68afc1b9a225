"""The functions of models that Brian2 lacks, or that its languages define otherwise, as C defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brian2
import numpy as np

from unisono.adapters.codegen.printers.brian2 import DIVISION, OWN_FUNCTIONS
from unisono.models.dynamics.expressions import FUNCTIONS

#: Body of each function in Cython. Without ``noexcept`` every call would ask for an exception, and
#: without ``cdivision`` every division.
_CYTHON = {
    "c_min": ("x, double y", "x if x < y else y"),
    "c_max": ("x, double y", "x if x > y else y"),
    "c_mod": ("x, double y", "fmod(x, y)"),
    "c_exprel": ("x", "expm1(x)/x if x != 0 else 1.0"),
    "c_div": ("x, double y", "x/y"),
}


def _function(name: str, number: int, implementation: Callable[..., Any]) -> Any:
    function = brian2.Function(implementation, arg_units=[1] * number, return_unit=1)
    arguments, value = _CYTHON[name]
    head = f"@_cython.cdivision(True)\ncdef inline double {name}(double {arguments}) noexcept nogil:"
    function.implementations.add_numpy_implementation(implementation)
    function.implementations.add_implementation("cython", f"{head}\n    return {value}", name=name)
    return function


#: Namespace of every group.
NAMESPACE = {own: _function(own, *FUNCTIONS[name]) for name, own in OWN_FUNCTIONS.items()} | {
    DIVISION: _function(DIVISION, 2, np.divide)
}
