"""What the test circuit shows: one property of a simulator that is not as it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from unisono.models.cards import brief


@dataclass(frozen=True)
class Deviation:
    """One property of a simulator's cells or synapses that is not as it should be.

    Attributes
    ----------
    kind : str
        spike time, refractory period, delay, input, integrator, synapse, ``weight of`` a receptor, membrane, threshold,
        initial value, precision.
    measured, expected : float
        In ``unit``; of an integrator, a membrane or a precision the largest error of the potential, and 0.
    unit : str
        steps, ms or mV; empty for the factor of a weight.
    sentence : str
        Begins in lower case and has no full stop, so that it can stand behind the simulator's name.
    """

    kind: str
    measured: float
    expected: float
    unit: str
    sentence: str

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)
