"""What is known of a disagreement: a deviation of the test circuit, a cause with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Deviation:
    """One property of a simulator's cells or synapses that is not as it should be.

    Attributes
    ----------
    kind : str
        label, refractoriness, delay, input, integrator, synapse, ``weight of`` a receptor, membrane, threshold,
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

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Cause:
    """Why two simulators give different spikes.

    Attributes
    ----------
    kind : str
        delay, refractoriness, label, input, weight, connection, spike, synapse, integrator, precision,
        threshold, membrane, initial value; several are separated by commas.
    sentence : str
        For people, a whole sentence.
    evidence : tuple of str
        What was measured, a sentence each.
    suspect : str
        The simulator that has it.
    baseline : str
        The simulator that it was held against.
    faults : tuple of str
        What was changed on the baseline to give the spikes of the suspect one.
    until_ms_before, until_ms_with : float or None
        Time in the trial up to which both have the same spikes, without the faults and with them.
    proven : bool
        Whether the baseline with the faults gives every spike of the suspect one in the window that was compared,
        or the suspect one with the baseline's numerics every spike of the baseline.
    deviations : tuple of Deviation
        Of the test circuit.
    """

    kind: str
    sentence: str
    evidence: tuple[str, ...] = ()
    suspect: str = ""
    baseline: str = ""
    faults: tuple[str, ...] = ()
    until_ms_before: float | None = None
    until_ms_with: float | None = None
    proven: bool = False
    deviations: tuple[Deviation, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def both(causes: Sequence[Cause]) -> Cause | None:
    """The causes of both simulators of a pair as one; None where there is none."""
    if len(causes) < 2:
        return causes[0] if causes else None
    kinds = dict.fromkeys(kind for cause in causes for kind in cause.kind.split(", "))
    return Cause(
        ", ".join(kinds),
        " ".join(cause.sentence for cause in causes),
        tuple(dict.fromkeys(e for cause in causes for e in cause.evidence)),
        ", ".join(cause.suspect for cause in causes),
        ", ".join(dict.fromkeys(cause.baseline for cause in causes)),
        tuple(m for cause in causes for m in cause.faults),
        min((c.until_ms_before for c in causes if c.until_ms_before is not None), default=None),
        min((c.until_ms_with for c in causes if c.until_ms_with is not None), default=None),
        all(cause.proven for cause in causes),
        tuple(f for cause in causes for f in cause.deviations),
    )
