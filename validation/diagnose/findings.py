"""What is known of a disagreement: a finding of the bench, a cause with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
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
    odd : str
        The simulator that has it.
    peer : str
        The simulator that it was held against.
    mutants : tuple of str
        What was changed on the peer to give the spikes of the odd one.
    until_ms_before, until_ms_with : float or None
        Time in the trial up to which both have the same spikes, without the mutants and with them.
    proven : bool
        Whether the peer with the mutants gives every spike of the odd one in the span that was compared,
        or the odd one with the peer's numerics every spike of the peer.
    findings : tuple of Finding
        Of the bench.
    """

    kind: str
    sentence: str
    evidence: tuple[str, ...] = ()
    odd: str = ""
    peer: str = ""
    mutants: tuple[str, ...] = ()
    until_ms_before: float | None = None
    until_ms_with: float | None = None
    proven: bool = False
    findings: tuple[Finding, ...] = ()

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
        ", ".join(cause.odd for cause in causes),
        ", ".join(dict.fromkeys(cause.peer for cause in causes)),
        tuple(m for cause in causes for m in cause.mutants),
        min((c.until_ms_before for c in causes if c.until_ms_before is not None), default=None),
        min((c.until_ms_with for c in causes if c.until_ms_with is not None), default=None),
        all(cause.proven for cause in causes),
        tuple(f for cause in causes for f in cause.findings),
    )
