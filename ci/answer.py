"""What a check answers, for a model and for all of them: the word, sign and colour of every writer."""

from __future__ import annotations

from enum import StrEnum

from unisono.validation.verdict import Outcome


class Answer(StrEnum):
    """The answer of a check, the worst first; the value is the word of a model in every file."""

    NOT_MET = "not met"
    #: The simulators agree as they must, but on another network than that of the baseline.
    MODEL_CHANGED = "model changed"
    CANNOT_TELL = "cannot tell"
    MET = "met"

    @classmethod
    def of(cls, outcome: Outcome) -> Answer:
        """The answer of an outcome."""
        return (cls.MET, cls.NOT_MET, cls.CANNOT_TELL)[outcome]

    @property
    def outcome(self) -> Outcome:
        """What it comes to; the exit status."""
        return {Answer.MET: Outcome.AGREE, Answer.CANNOT_TELL: Outcome.OPEN}.get(self, Outcome.DISAGREE)

    @property
    def word(self) -> str:
        """Of a whole check."""
        return self.value if self is Answer.MODEL_CHANGED else self.outcome.word

    @property
    def short(self) -> str:
        """After the number of models that have it."""
        return self.value.removeprefix("model ")

    @property
    def sign(self) -> str:
        """A sign that every font has."""
        return "≠" if self is Answer.MODEL_CHANGED else self.outcome.sign

    @property
    def emoji(self) -> str:
        """In Markdown."""
        return "📝" if self is Answer.MODEL_CHANGED else self.outcome.emoji

    @property
    def colour(self) -> str:
        """On a terminal."""
        return "magenta" if self is Answer.MODEL_CHANGED else self.outcome.colour

    @property
    def css(self) -> str:
        """Class in a page."""
        return "changed" if self is Answer.MODEL_CHANGED else self.outcome.css


def worst(answers: list[Answer]) -> Answer:
    """One answer for several models."""
    return next((answer for answer in Answer if answer in answers), Answer.MET)
