"""Causes in words: what was found of a suspect against its baseline, as sentences with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.diagnose.cause import Cause
from unisono.validation.faults.faults import AND, Fault

Deviations = tuple[Deviation, ...]


@dataclass(frozen=True)
class Messages:
    """Puts the causes of one suspect into words.

    Attributes
    ----------
    suspect, baseline : str
        The simulator that is explained, and the one that it is compared with.
    reason : str
        Why the baseline is trusted, a sentence; empty where nothing speaks for it.
    dt : float
        ms; what is given in steps of the trial is said in ms.
    """

    suspect: str
    baseline: str
    reason: str
    dt: float

    def lost_spikes(self, missing: int, total: int, before: int, end: int, after: int) -> Cause:
        """Spikes that the recording alone has lost.

        Parameters
        ----------
        missing, total : int
            Spikes that were lost, and all of the baseline.
        before, end : int
            The last step before the first one that was lost, and the last of the trial.
        after : int
            Spikes of the suspect after the first one that was lost.
        """
        number = f"{missing} spike{'s' if missing > 1 else ''} of {total:,}"
        what = "is" if missing == 1 else "are"
        suspect, baseline = self._titles
        return self._cause(
            "spike",
            f"{number} {what} missing on {suspect}; all others are those of {baseline}, so its recording lost them.",
            (f"All other {total - missing:,} spikes lie in the same step, also after the loss.",),
            faults=("lost spikes",),
            before=self.ms(before),
            reached=self.ms(end),
            proven=True,
            spikes=after,
        )

    def other_numerics(
        self, mine: Settings, theirs: Settings, before: int, end: int, spikes: int, proven: bool, deviations: Deviations
    ) -> Cause:
        """The suspect's own settings: with those of the baseline it gives the baseline's spikes up to a step."""
        kind, name, own, other = "integrator", "numerics", mine.numerics, theirs.numerics
        if own == other:
            kind, name, own, other = "precision", "precision", mine.precision, theirs.precision
        suspect, baseline = self._titles
        said = (
            f"{suspect} was run with {name} '{own}'. With '{other}' it gives the spikes of {baseline}: "
            f"identical up to {self.ms(end):g} ms (without: {self.ms(before):g} ms)."
        )
        return self._cause(
            kind,
            f"{said} {self._of_circuit(deviations)}".strip(),
            self._evidence(self._checked(spikes, self.ms(end)), deviations),
            before=self.ms(before),
            reached=self.ms(end),
            proven=proven,
            deviations=deviations,
            spikes=spikes,
        )

    def proven(
        self, fault: Fault, before: float, reached: int, whole: bool, spikes: int, deviations: Deviations
    ) -> Cause:
        """The faults with which the baseline gives the spikes, and up to when it does.

        Parameters
        ----------
        fault : Fault
        before : float
            Up to when both have the same spikes without it, ms.
        reached : int
            The step up to which they have them with it.
        whole : bool
            Whether that is the end of what was compared.
        spikes : int
            From the first difference on, up to there.
        deviations : tuple of Deviation
        """
        until = self.ms(reached)
        later = "" if whole else " What differs later was not found."
        return self._cause(
            fault.kind,
            f"{self._gives(fault)}: identical up to {until:g} ms (without: {before:g} ms).{later}",
            self._evidence(self._checked(spikes, until), deviations),
            faults=tuple(fault.name.split(AND)),
            before=before,
            reached=until,
            proven=True,
            deviations=deviations,
            spikes=spikes,
        )

    def of_weights(self, fault: Fault, before: int, values: int, steps: int, spikes: int) -> Cause:
        """Faults with which the baseline gives all final states of synapses, and all spikes.

        Parameters
        ----------
        fault : Fault
        before, values : int
            States that both have without it, and all of them.
        steps : int
            Of all trials.
        spikes : int
        """
        suspect, baseline = self._titles
        return self._cause(
            fault.kind,
            f"{suspect} gives the final states of synapses that {baseline} gives when {fault.cause}: "
            f"all {values:,} agree (without: {before:,}).",
            self._evidence(f"All {spikes:,} spikes lie in the same steps with it, too.", ()),
            faults=tuple(fault.name.split(AND)),
            before=self.ms(steps),
            reached=self.ms(steps),
            proven=True,
            spikes=spikes,
        )

    def in_part(self, fault: Fault, before: int, reached: int, gained: int, deviations: Deviations) -> Cause:
        """Faults that explain so many spikes more, up to a step, and what else the test circuit shows."""
        kinds = fault.kind.split(", ")
        rest = [deviation for deviation in deviations if deviation.kind not in kinds]
        also = f" {self._of_circuit(rest)}" if rest else ""
        return self._cause(
            ", ".join(dict.fromkeys([*kinds, *(deviation.kind for deviation in rest)])),
            f"{self._gives(fault)}, up to {self.ms(reached):g} ms (without: {self.ms(before):g} ms); "
            f"that is a part of the cause.{also}",
            self._evidence(f"{gained} more spikes lie in the same step; then others differ.", deviations),
            faults=tuple(fault.name.split(AND)),
            before=self.ms(before),
            reached=self.ms(reached),
            deviations=deviations,
            spikes=gained,
        )

    def on_the_circuit(self, before: int, deviations: Deviations) -> Cause:
        """What the test circuit alone shows."""
        kinds = ("weight" if d.kind.startswith("weight") else d.kind for d in deviations)
        return self._cause(
            ", ".join(dict.fromkeys(kinds)),
            self._of_circuit(deviations),
            self._evidence("", deviations),
            before=self.ms(before),
            deviations=deviations,
        )

    def ms(self, step: int) -> float:
        """Time in the trial; where the very first step differs, its beginning."""
        return round(max(0, step) * self.dt, 9)

    def _cause(
        self,
        kind: str,
        sentence: str,
        evidence: tuple[str, ...],
        *,
        faults: tuple[str, ...] = (),
        before: float | None = None,
        reached: float | None = None,
        proven: bool = False,
        deviations: Deviations = (),
        spikes: int = 0,
    ) -> Cause:
        return Cause(
            kind, sentence, evidence, self.suspect, self.baseline, faults, before, reached, proven, deviations, spikes
        )

    @property
    def _titles(self) -> tuple[str, str]:
        return registry.title(self.suspect), registry.title(self.baseline)

    def _gives(self, fault: Fault) -> str:
        suspect, baseline = self._titles
        return f"{suspect} gives the spikes that {baseline} gives when {fault.cause}"

    def _checked(self, spikes: int, until: float) -> str:
        return f"All {spikes:,} spikes from the first difference on, up to {until:g} ms, lie in the same step."

    def _of_circuit(self, deviations: Sequence[Deviation]) -> str:
        if not deviations:
            return ""
        said = "; ".join(deviation.sentence for deviation in deviations)
        return f"On a test circuit of single cells of this model, on {self._titles[0]} {said}."

    def _evidence(self, proof: str, deviations: Sequence[Deviation]) -> tuple[str, ...]:
        on_circuit = (f"On the test circuit, {self._titles[0]}: {deviation.sentence}." for deviation in deviations)
        return tuple(e for e in (proof, self.reason, *on_circuit) if e)
