"""Random numbers that cells draw from their own state: the same on every simulator, to the bit.

The combined generator of L'Ecuyer (1988, Commun ACM 31:742-749): two linear congruential generators, whose difference
is the number. All products lie below 2^53, so it is exact in double precision; its period is 2.3e18. Streams of cells
lie :data:`SPACING` numbers apart, which jumping ahead finds at once: ``a^k mod m`` for ``k`` numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Moduli and multipliers of the two generators (figure 3 of the paper). The states are whole numbers from 1 to m - 1.
MODULI = (2147483563, 2147483399)
MULTIPLIERS = (40014, 40692)

#: Numbers between the beginnings of two neighbouring streams: five days of simulated time at one every 0.1 ms.
SPACING = 2**32

Floats = NDArray[np.float64]


def following(state: str, number: int) -> str:
    """The next state of generator 0 or 1, as an expression."""
    multiplier, modulus = MULTIPLIERS[number], MODULI[number]
    return f"{multiplier}*{state} - {modulus}*floor({multiplier}*{state}/{modulus})"


def chance(first: str, second: str) -> str:
    """The number that two states stand for, above 0 and below 1, as an expression."""
    difference = f"{first} - {second}"
    return f"({difference} + {MODULI[0] - 1}*max(0, min(1, 1 - {first} + {second})))/{MODULI[0]}"


def streams(seed: tuple[int, ...], size: int) -> tuple[Floats, Floats]:
    """The states at the beginning of as many streams as there are cells, for both generators.

    Parameters
    ----------
    seed : tuple of int
        Of the first stream.
    size : int
    """
    rng = np.random.RandomState(list(seed))
    first, second = (
        _jumped(int(rng.randint(1, modulus)), multiplier, modulus, size)
        for multiplier, modulus in zip(MULTIPLIERS, MODULI, strict=True)
    )
    return first, second


def _jumped(state: int, multiplier: int, modulus: int, size: int) -> Floats:
    """The state and those after 1, 2, ... times :data:`SPACING` numbers, bit by bit of the stream's number."""
    number = np.arange(size, dtype=np.int64)
    found = np.full(size, state, np.int64)
    factor = pow(multiplier, SPACING, modulus)
    for bit in range(max(1, size - 1).bit_length()):
        # a product of two numbers below 2^31 fits into 63 bits
        found = np.where(number >> bit & 1, found * factor % modulus, found)
        factor = factor * factor % modulus
    return found.astype(np.float64)


def advanced(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The next states of generators."""
    found = (
        (multiplier * state.astype(np.int64) % modulus).astype(np.float64)
        for state, multiplier, modulus in zip((first, second), MULTIPLIERS, MODULI, strict=True)
    )
    return next(found), next(found)


def numbers(first: Floats, second: Floats) -> Floats:
    """The numbers between 0 and 1 that states stand for."""
    difference = first - second
    return np.asarray(np.where(difference < 1, difference + (MODULI[0] - 1), difference) / MODULI[0], np.float64)


def counts(drawn: Floats, mean: Floats, none: Floats) -> Floats:
    """Poisson counts: the smallest whose cumulated probability reaches the number drawn.

    Parameters
    ----------
    drawn, mean, none : float64 array
        Between 0 and 1; mean; probability of none, ``exp(-mean)``.
    """
    count, total = np.zeros(drawn.shape), np.array(np.broadcast_to(none, drawn.shape))
    part = total.copy()
    while (more := drawn > total).any():
        count = np.where(more, count + 1.0, count)
        part = np.where(more, part * mean / np.maximum(count, 1.0), part)
        total = np.where(more, total + part, total)
    return count
