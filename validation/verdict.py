"""The one vocabulary of verdicts: how strongly simulators agree, and all that is derived from it.

A :class:`Level` says what was shown, an :class:`Outcome` what a gate makes of it. Exit status, colour, sign, and the
words of JUnit, Markdown and HTML are properties of the outcome, so that no two writers can tell different stories. A
new tier is a row of :class:`Level`, and the code that establishes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from unisono.models.cards import brief


class Outcome(IntEnum):
    """What a level, or a requirement, comes to; the value is the exit status."""

    AGREE = 0
    DISAGREE = 1
    OPEN = 2

    @property
    def word(self) -> str:
        """Of a whole comparison."""
        return ("agree", "disagree", "cannot tell")[self]

    @property
    def of_requirement(self) -> str:
        """Of a requirement."""
        return ("met", "not met", "cannot tell")[self]

    @property
    def colour(self) -> str:
        """On a terminal."""
        return ("green", "red", "yellow")[self]

    @property
    def sign(self) -> str:
        """A sign that every font has."""
        return ("✓", "✗", "?")[self]

    @property
    def emoji(self) -> str:
        """In Markdown."""
        return ("✅", "❌", "❔")[self]

    @property
    def css(self) -> str:
        """Class in a page."""
        return ("agree", "disagree", "open")[self]

    @property
    def junit(self) -> str:
        """What a test case becomes: it passes, fails, or is in error."""
        return ("passed", "failure", "error")[self]


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """One outcome for several: a disagreement counts more than what is open."""
    found = set(outcomes)
    return next((o for o in (Outcome.DISAGREE, Outcome.OPEN) if o in found), Outcome.AGREE)


class Level(StrEnum):
    """What was shown of two simulators, the strongest first; the value is the word in every file.

    Levels are ordered by strength: ``Level.IDENTICAL > Level.EQUIVALENT``, and ``min`` gives the weakest.
    """

    #: Every spike lies in the same step, and recorded signals are equal within their numerical error.
    IDENTICAL = "identical"
    #: So up to a first divergence that is a tie: both potentials were at the threshold within their numerical error.
    UNTIL_TIE = "identical until a tie"
    #: Errors against exact spike times fall with the time step by the order that the methods state.
    CONVERGED = "converged"
    #: No statistic of an ensemble of runs differs by more than its margin.
    EQUIVALENT = "equivalent"
    #: Spikes differ, and whether the first divergence is a tie was not found out.
    NOT_EXAMINED = "not examined"
    #: A run is missing, there is nothing to compare, or more runs are needed.
    CANNOT_TELL = "cannot tell"
    #: They differ by more than numerical errors or margins allow.
    DIFFERENT = "different"

    @classmethod
    def of(cls, word: str) -> Level:
        """The level of a word in a file, those of earlier versions included.

        Raises
        ------
        ValueError
            If no level has that word.
        """
        return cls(FORMER.get(word, word))

    @property
    def outcome(self) -> Outcome:
        """What it comes to where nothing stronger is required."""
        if self is Level.DIFFERENT:
            return Outcome.DISAGREE
        return Outcome.OPEN if self in (Level.NOT_EXAMINED, Level.CANNOT_TELL) else Outcome.AGREE

    @property
    def at_best(self) -> Level:
        """The strongest level that can still turn out to hold."""
        return {Level.NOT_EXAMINED: Level.UNTIL_TIE, Level.CANNOT_TELL: Level.IDENTICAL}.get(self, self)

    @property
    def heading(self) -> str:
        """As the heading of a page."""
        return self.value.capitalize()

    def meets(self, required: Level) -> Outcome:
        """Whether it is as strong as a required level, is not, or may yet turn out to be."""
        if self >= required:
            return Outcome.AGREE
        return Outcome.OPEN if self.at_best >= required else Outcome.DISAGREE

    def until(self, ms: float | None) -> str:
        """In words, with the time up to which all spikes are identical where that says more."""
        if ms is None or self not in (Level.UNTIL_TIE, Level.NOT_EXAMINED):
            return self.value
        return f"identical until {ms:g} ms, {'a tie' if self is Level.UNTIL_TIE else self.value}"

    @property
    def _strength(self) -> int:
        return -tuple(Level).index(self)

    def __lt__(self, other: str) -> bool:
        return self._strength < Level(other)._strength

    def __le__(self, other: str) -> bool:
        return self._strength <= Level(other)._strength

    def __gt__(self, other: str) -> bool:
        return self._strength > Level(other)._strength

    def __ge__(self, other: str) -> bool:
        return self._strength >= Level(other)._strength


#: Words of earlier versions, as baselines and configurations have them.
FORMER = {"identical until t*": Level.UNTIL_TIE.value}

#: What a configuration can require, the strongest first.
REQUIRABLE = tuple(level for level in Level if level.outcome is Outcome.AGREE)

#: What the words of other questions come to: of an order, of cortex, of a self-test.
ANSWERS = {
    "right": Outcome.AGREE,
    "wrong": Outcome.DISAGREE,
    "no order stated": Outcome.OPEN,
    "plausible": Outcome.AGREE,
    "not plausible": Outcome.DISAGREE,
    "every claim is kept": Outcome.AGREE,
    "a claim is not kept": Outcome.DISAGREE,
}


def outcome_of(word: str) -> Outcome:
    """What a word comes to, of a level or of another question; an unknown one is open."""
    try:
        return Level.of(word).outcome
    except ValueError:
        return ANSWERS.get(word, Outcome.OPEN)


def weakest(levels: Iterable[Level]) -> Level:
    """The weakest of some levels; ``cannot tell`` of none."""
    return min(levels, default=Level.CANNOT_TELL)


@dataclass(frozen=True)
class Verdict:
    """The verdict on two simulators, or on all.

    Attributes
    ----------
    level : Level
    evidence : str
        What it was seen by, in whole sentences.
    cause : str
        Why they differ, in whole sentences, as far as it was shown; empty where it is not known.
    next_step : str
        What to do about it; empty where there is nothing to do.
    until_ms : float or None
        Simulated time up to which all spikes are identical; None where they were not compared.
    """

    level: Level
    evidence: str = ""
    cause: str = ""
    next_step: str = ""
    until_ms: float | None = None

    __repr__ = brief

    @property
    def outcome(self) -> Outcome:
        """What it comes to; exit status, colour and sign derive from it."""
        return self.level.outcome

    @property
    def exit_status(self) -> int:
        """0: they agree. 1: they do not. 2: undecided."""
        return int(self.outcome)

    @property
    def headline(self) -> str:
        """The level in words, with the time of a first divergence."""
        return self.level.until(self.until_ms)

    @property
    def text(self) -> str:
        """All of it, in sentences."""
        parts = (f"{self.headline}.", self.evidence, self.cause, self.next_step)
        return " ".join(filter(None, parts))

    def __str__(self) -> str:
        return self.headline

    def to_dict(self) -> dict[str, Any]:
        """As plain data: ``verdict``, ``evidence``, ``next_step``."""
        return {"verdict": self.level.value, "evidence": self.evidence, "next_step": self.next_step}
