"""Causes in words: what was found of one simulator against its peer, as sentences with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unisono.adapters.contract import Settings
from unisono.validation.diagnose.findings import Cause, Finding
from unisono.validation.faults.faults import AND, Mutant


@dataclass(frozen=True)
class Wording:
    """Words the causes of one pair.

    Attributes
    ----------
    odd, peer : str
        The simulator that is explained, and the one that it is held against.
    reason : str
        Why the peer is trusted, a sentence; empty where nothing speaks for it.
    dt : float
        ms; what is given in steps of the trial is said in ms.
    """

    odd: str
    peer: str
    reason: str
    dt: float

    def lost_spikes(self, missing: int, total: int, before: int, end: int) -> Cause:
        """Spikes that the recording alone has lost, so many of all; the same up to a step, and to the end without."""
        number = f"{missing} spike{'s' if missing > 1 else ''} of {total}"
        what = "is" if missing == 1 else "are"
        return Cause(
            "spike",
            f"{number} {what} missing on {self.odd}; all others are those of {self.peer}, so its recording lost them.",
            (f"Every one of the other {total - missing} spikes lies in the same step, after the loss, too.",),
            self.odd,
            self.peer,
            ("lost spikes",),
            self.ms(before),
            self.ms(end),
            True,
        )

    def other_numerics(
        self, mine: Settings, theirs: Settings, before: int, end: int, proven: bool, findings: tuple[Finding, ...]
    ) -> Cause:
        """The simulator's own settings: with those of the peer it gives the peer's spikes up to a step."""
        kind = "precision" if mine.numerics == theirs.numerics else "integrator"
        name, own, other = ("precision", mine.precision, theirs.precision)
        if kind == "integrator":
            name, own, other = ("numerics", mine.numerics, theirs.numerics)
        return Cause(
            kind,
            f"{self.odd} was run with {name} '{own}'. With '{other}' it gives the spikes of {self.peer}: identical up "
            f"to {self.ms(end):g} ms (without: {self.ms(before):g} ms). {self._on_the_bench(findings)}".strip(),
            self._evidence("", findings),
            self.odd,
            self.peer,
            (),
            self.ms(before),
            self.ms(end),
            proven,
            findings,
        )

    def proven(
        self, mutant: Mutant, before_ms: float, reached: int, whole: bool, spikes: int, findings: tuple[Finding, ...]
    ) -> Cause:
        """The errors with which the peer gives the spikes, and up to when it does.

        Parameters
        ----------
        mutant : Mutant
        before_ms : float
            Up to when both have the same spikes without it.
        reached : int
            The step up to which they have them with it.
        whole : bool
            Whether that is the end of what was compared.
        spikes : int
            From the first difference on, up to there.
        findings : tuple of Finding
        """
        until = self.ms(reached)
        proof = f"All {spikes:,} spikes from the first difference on, up to {until:g} ms, lie in the same step."
        later = "" if whole else " What differs then was not found."
        return Cause(
            mutant.kind,
            f"{self.odd} gives the spikes that {self.peer} gives when {mutant.cause}: identical up to {until:g} ms "
            f"(without: {before_ms:g} ms).{later}",
            self._evidence(proof, findings),
            self.odd,
            self.peer,
            tuple(mutant.name.split(AND)),
            before_ms,
            until,
            True,
            findings,
        )

    def in_part(self, mutant: Mutant, before: int, reached: int, gained: int, findings: tuple[Finding, ...]) -> Cause:
        """Errors that explain so many spikes more, up to a step, and what else the bench shows."""
        kinds = mutant.kind.split(", ")
        rest = [f for f in findings if f.kind not in kinds]
        also = f" {self._on_the_bench(rest)}" if rest else ""
        return Cause(
            ", ".join(dict.fromkeys([*kinds, *(f.kind for f in rest)])),
            f"{self.odd} gives the spikes that {self.peer} gives when {mutant.cause}, up to {self.ms(reached):g} ms "
            f"(without: {self.ms(before):g} ms); that is a part of the cause.{also}",
            self._evidence(f"{gained} spikes more lie in the same step; then others differ.", findings),
            self.odd,
            self.peer,
            tuple(mutant.name.split(AND)),
            self.ms(before),
            self.ms(reached),
            False,
            findings,
        )

    def on_the_bench(self, before: int, findings: tuple[Finding, ...]) -> Cause:
        """What the bench alone shows."""
        return Cause(
            ", ".join(dict.fromkeys("weight" if f.kind.startswith("weight") else f.kind for f in findings)),
            self._on_the_bench(findings),
            self._evidence("", findings),
            self.odd,
            self.peer,
            (),
            self.ms(before),
            None,
            False,
            findings,
        )

    def ms(self, step: int) -> float:
        """Time in the trial; where the very first step differs, its beginning."""
        return round(max(0, step) * self.dt, 9)

    def _on_the_bench(self, findings: Sequence[Finding]) -> str:
        if not findings:
            return ""
        return f"A cell of this model on its own shows that on {self.odd} {'; '.join(f.sentence for f in findings)}."

    def _evidence(self, proof: str, findings: Sequence[Finding]) -> tuple[str, ...]:
        on_bench = (f"On the bench, with {self.odd}: {f.sentence}." for f in findings)
        return tuple(e for e in (proof, self.reason, *on_bench) if e)
