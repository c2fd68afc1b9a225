"""Causes in words: what was found of one simulator against its baseline, as sentences with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unisono.adapters.contract import Settings
from unisono.validation.diagnose.cause import Cause, Deviation
from unisono.validation.faults.faults import AND, Fault


@dataclass(frozen=True)
class Messages:
    """Words the causes of one pair.

    Attributes
    ----------
    suspect, baseline : str
        The simulator that is explained, and the one that it is held against.
    reason : str
        Why the baseline is trusted, a sentence; empty where nothing speaks for it.
    dt : float
        ms; what is given in steps of the trial is said in ms.
    """

    suspect: str
    baseline: str
    reason: str
    dt: float

    def lost_spikes(self, missing: int, total: int, before: int, end: int) -> Cause:
        """Spikes that the recording alone has lost, so many of all; the same up to a step, and to the end without."""
        number = f"{missing} spike{'s' if missing > 1 else ''} of {total}"
        what = "is" if missing == 1 else "are"
        return Cause(
            "spike",
            f"{number} {what} missing on {self.suspect}; all others are those of {self.baseline}, "
            "so its recording lost them.",
            (f"Every one of the other {total - missing} spikes lies in the same step, after the loss, too.",),
            self.suspect,
            self.baseline,
            ("lost spikes",),
            self.ms(before),
            self.ms(end),
            True,
        )

    def other_numerics(
        self, mine: Settings, theirs: Settings, before: int, end: int, proven: bool, deviations: tuple[Deviation, ...]
    ) -> Cause:
        """The simulator's own settings: with those of the baseline it gives the baseline's spikes up to a step."""
        kind = "precision" if mine.numerics == theirs.numerics else "integrator"
        name, own, other = ("precision", mine.precision, theirs.precision)
        if kind == "integrator":
            name, own, other = ("numerics", mine.numerics, theirs.numerics)
        return Cause(
            kind,
            f"{self.suspect} was run with {name} '{own}'. With '{other}' it gives the spikes of {self.baseline}: "
            f"identical up to {self.ms(end):g} ms (without: {self.ms(before):g} ms). "
            f"{self._on_the_circuit(deviations)}".strip(),
            self._evidence("", deviations),
            self.suspect,
            self.baseline,
            (),
            self.ms(before),
            self.ms(end),
            proven,
            deviations,
        )

    def proven(
        self, fault: Fault, before_ms: float, reached: int, whole: bool, spikes: int, deviations: tuple[Deviation, ...]
    ) -> Cause:
        """The errors with which the baseline gives the spikes, and up to when it does.

        Parameters
        ----------
        fault : Fault
        before_ms : float
            Up to when both have the same spikes without it.
        reached : int
            The step up to which they have them with it.
        whole : bool
            Whether that is the end of what was compared.
        spikes : int
            From the first difference on, up to there.
        deviations : tuple of Deviation
        """
        until = self.ms(reached)
        proof = f"All {spikes:,} spikes from the first difference on, up to {until:g} ms, lie in the same step."
        later = "" if whole else " What differs then was not found."
        return Cause(
            fault.kind,
            f"{self.suspect} gives the spikes that {self.baseline} gives when {fault.cause}: identical up to "
            f"{until:g} ms (without: {before_ms:g} ms).{later}",
            self._evidence(proof, deviations),
            self.suspect,
            self.baseline,
            tuple(fault.name.split(AND)),
            before_ms,
            until,
            True,
            deviations,
        )

    def in_part(self, fault: Fault, before: int, reached: int, gained: int, deviations: tuple[Deviation, ...]) -> Cause:
        """Errors that explain so many spikes more, up to a step, and what else the test circuit shows."""
        kinds = fault.kind.split(", ")
        rest = [f for f in deviations if f.kind not in kinds]
        also = f" {self._on_the_circuit(rest)}" if rest else ""
        return Cause(
            ", ".join(dict.fromkeys([*kinds, *(f.kind for f in rest)])),
            f"{self.suspect} gives the spikes that {self.baseline} gives when {fault.cause}, up to "
            f"{self.ms(reached):g} ms (without: {self.ms(before):g} ms); that is a part of the cause.{also}",
            self._evidence(f"{gained} spikes more lie in the same step; then others differ.", deviations),
            self.suspect,
            self.baseline,
            tuple(fault.name.split(AND)),
            self.ms(before),
            self.ms(reached),
            False,
            deviations,
        )

    def on_the_circuit(self, before: int, deviations: tuple[Deviation, ...]) -> Cause:
        """What the test circuit alone shows."""
        return Cause(
            ", ".join(dict.fromkeys("weight" if f.kind.startswith("weight") else f.kind for f in deviations)),
            self._on_the_circuit(deviations),
            self._evidence("", deviations),
            self.suspect,
            self.baseline,
            (),
            self.ms(before),
            None,
            False,
            deviations,
        )

    def ms(self, step: int) -> float:
        """Time in the trial; where the very first step differs, its beginning."""
        return round(max(0, step) * self.dt, 9)

    def _on_the_circuit(self, deviations: Sequence[Deviation]) -> str:
        if not deviations:
            return ""
        return (
            f"A cell of this model on its own shows that on {self.suspect} {'; '.join(f.sentence for f in deviations)}."
        )

    def _evidence(self, proof: str, deviations: Sequence[Deviation]) -> tuple[str, ...]:
        on_circuit = (f"On the test circuit, with {self.suspect}: {f.sentence}." for f in deviations)
        return tuple(e for e in (proof, self.reason, *on_circuit) if e)
