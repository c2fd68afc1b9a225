"""Values that a script gives to parameters, checked when they are given, with the errors that PyNN's backends raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from typing import Any

import numpy as np
from pyNN.errors import InvalidDimensionsError, InvalidParameterValueError, NonExistentParameterError
from pyNN.parameters import ArrayParameter, LazyArray
from pyNN.random import RandomDistribution

_KINDS = "Give a number, a list or an array of numbers, a RandomDistribution or a function."


def check_values(owner: str, values: Mapping[str, Any]) -> None:
    """Refuse values that no parameter can have.

    Parameters
    ----------
    owner : str
        Whose parameters they are.
    values : mapping
        By the names of parameters; a string is a function of the distance ``d``, as PyNN reads it.

    Raises
    ------
    InvalidParameterValueError
    """
    for name, value in values.items():
        if not _possible(value):
            shown = repr(value)
            shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
            raise InvalidParameterValueError(f"{owner}: {name} cannot be {shown} ({type(value).__name__}). {_KINDS}")


def _possible(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biuf" or (value.dtype.hasobject and all(map(_possible, value.ravel())))
    if isinstance(value, list | tuple):
        return all(map(_possible, value))
    if isinstance(value, Real | str | ArrayParameter | LazyArray | RandomDistribution | Iterator | range):
        return True
    # functions, and what has the interface of an array: quantities, spike trains of Neo
    return isinstance(value, Callable) or hasattr(value, "__array__")  # type: ignore[arg-type]


def check_increasing(trains: Any) -> None:
    """Refuse spike times that are not sorted.

    Parameters
    ----------
    trains : Sequence or array of Sequence

    Raises
    ------
    InvalidParameterValueError
    """
    entries = trains if isinstance(trains, np.ndarray) and trains.ndim else [trains]
    for cell, train in enumerate(entries):
        times = np.atleast_1d(np.asarray(getattr(train, "value", train), np.float64))
        wrong = np.flatnonzero(np.diff(times) < 0)
        if wrong.size:
            first, second = times[wrong[0]], times[wrong[0] + 1]
            where = f" of source {cell}" if len(entries) > 1 else ""
            raise InvalidParameterValueError(
                f"Spike times given to SpikeSourceArray must be in increasing order: those{where} have "
                f"{second:g} ms after {first:g} ms. Sort them."
            )


@contextmanager
def one_error() -> Iterator[None]:
    """Show errors of PyNN alone, without the exceptions that it met on its way to them."""
    try:
        yield
    except (InvalidDimensionsError, InvalidParameterValueError, NonExistentParameterError) as error:
        raise error from None


class CheckedValues:
    """A model type whose parameters are checked when it is made."""

    def __init__(self, **parameters: Any) -> None:
        defaults: Mapping[str, Any] = getattr(self, "default_parameters", {})
        # None stands for what the network gives, such as the smallest delay
        given = {n: v for n, v in parameters.items() if v is not None or defaults.get(n, 0) is not None}
        check_values(type(self).__name__, given)
        with one_error():
            super().__init__(**parameters)
