"""What a search gives back: a cause with its evidence, and how far it was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unisono.models.cards import brief
from unisono.validation.circuit.deviation import Deviation


@dataclass(frozen=True)
class Cause:
    """Why two simulators give different spikes, as far as it was checked.

    Attributes
    ----------
    kind : str
        delay, refractory period, spike time, input, weight, connection, plasticity, spike, synapse, integrator,
        precision, threshold, membrane, initial value; several are separated by commas.
    sentence : str
        For people, a whole sentence.
    evidence : tuple of str
        What was measured, a sentence each.
    suspect : str
        The simulator that has it.
    baseline : str
        The simulator that it was compared with.
    faults : tuple of str
        What was changed on the baseline to give the spikes of the suspect.
    until_ms_before, until_ms_with : float or None
        Time in the trial up to which both have the same spikes, without the faults and with them.
    proven : bool
        Whether the baseline with the faults gives every spike of the suspect up to ``until_ms_with``, or the suspect
        with the baseline's numerics every spike of the baseline.
    deviations : tuple of Deviation
        Of the test circuit.
    spikes : int
        Spikes from the first difference to ``until_ms_with``, on which it was checked.
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
    spikes: int = 0

    __repr__ = brief

    @property
    def extent(self) -> str:
        """How far it was shown, in words; empty where it was not."""
        if not self.proven or self.until_ms_with is None:
            return ""
        return f"shown up to {self.until_ms_with:g} ms, by {self.spikes:,} spikes"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Search:
    """How a cause was looked for.

    Attributes
    ----------
    tried, of : int
        Hypotheses, over all simulators of the pair that were suspected.
    seconds : float
    spent : bool
        Whether the search stopped because its time was spent.
    note : str
        Why there was no search, or why it ended early; empty where nothing kept it from its end.
    """

    tried: int
    of: int
    seconds: float
    spent: bool = False
    note: str = ""

    __repr__ = brief

    @property
    def sentence(self) -> str:
        """In words."""
        if self.spent:
            return (
                f"The search for a cause stopped after {self.seconds:.0f} s; "
                f"{self.tried} of {self.of} hypotheses were tried."
            )
        if self.note:
            return f"No cause was looked for: {self.note}"
        return f"No cause was found: {self.tried} of {self.of} hypotheses were tried."

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def both(causes: Sequence[Cause]) -> Cause | None:
    """The causes of both simulators of a pair as one; None without a cause."""
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
        min(cause.spikes for cause in causes),
    )
