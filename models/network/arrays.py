"""Arrays of a Network: frozen, compact, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.models.dynamics.model import DynamicModel, Parameter
from unisono.models.errors import NetworkError

Floats = NDArray[np.float64]
Integers = NDArray[Any]

MAX_STEPS = 2**31 - 1


def printable(label: str) -> str:
    """A label as terminals and logs can show it: in one line, without control characters."""
    if label.isprintable():
        return label
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in label)


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only."""
    array = np.ascontiguousarray(array) if array.ndim else array
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def compact(array: NDArray[Any], size: int, what: str) -> NDArray[Any]:
    """The array, or one value of shape () where all are the same."""
    if array.ndim and array.shape != (size,):
        raise NetworkError(f"{what} has shape {array.shape}; it must be one value or {size}.")
    if array.ndim and size and (array[0] == array[-1]) and (array == array[0]).all():
        array = array[:1].reshape(()).copy()  # array[0] would be a scalar, not an array
    return frozen(array)


def floats(value: ArrayLike | None, size: int, what: str) -> Floats:
    """Finite numbers in double precision: one value, or one an element."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise NetworkError(f"{what} is not numeric.") from None
    if not np.isfinite(array).all():
        raise NetworkError(f"{what} is not a finite number (NaN or infinite).")
    return compact(array, size, what)


def indices(value: ArrayLike, what: str) -> Integers:
    """A flat array of indices that are not negative."""
    array = np.asarray(value)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise NetworkError(f"{what} must be a flat array of integers.")
    if array.size and array.dtype.kind == "i" and array.min() < 0:
        raise NetworkError(f"{what}: an index is negative.")
    return frozen(array.astype(np.uint32, copy=False))


def complete(
    given: Mapping[str, Any], defaults: Mapping[str, float], known: Collection[str], size: int, where: str, lacks: str
) -> Mapping[str, Floats]:
    """The given values and the defaults of the others, as arrays by their names.

    Parameters
    ----------
    given, defaults : mapping of str to value
    known : collection of str
        The names that may be given.
    size : int
        Number of cells or synapses.
    where, lacks : str
        Whose values they are, and what has no value of an unknown name, for messages.
    """
    for name in given:
        if name not in known:
            remedy = f"It has: {', '.join(sorted(known))}." if known else ""
            raise NetworkError(f"{where}: {lacks} '{name}'.", remedy)
    names = sorted({*defaults, *given})
    return MappingProxyType({n: floats(given.get(n, defaults.get(n)), size, f"{where}: {n}") for n in names})


def check_parameters(model: DynamicModel, values: Mapping[str, Floats], where: str) -> None:
    """Refuse values of parameters that the model does not allow."""
    for name, parameter in model.parameters.items():
        check_parameter(parameter, values[name], f"{where}: {name}")


def check_parameter(parameter: Parameter, values: Floats, what: str) -> None:
    """Refuse values that must be above zero, or whole numbers, and are not; ``what`` begins the message."""
    if parameter.positive and not (values > 0).all():
        raise NetworkError(f"{what} must be positive, not {values.min():g}.")
    if parameter.whole and (broken := values[values != np.rint(values)]).size:
        raise NetworkError(f"{what} must be a whole number, not {broken.flat[0]:g}.")
