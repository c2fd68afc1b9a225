"""What an author says about a model before it runs: question, method's reason, assumptions, what is expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from unisono.validation.statistics.bounds import contains, in_words
from unisono.validation.statistics.statistic import Statistic


@dataclass(frozen=True)
class Expectation:
    """A statistic and where it must lie.

    Attributes
    ----------
    statistic : str
        Name of a statistic: ``rate``, ``CV of ISI``, ...
    population : str
        Label of a population or projection; empty for all.
    low, high : float or None
        Bounds, both included, in the unit of the statistic; None where there is none.
    """

    statistic: str
    population: str
    low: float | None
    high: float | None

    @property
    def text(self) -> str:
        """The expectation in words."""
        of = f" of {self.population}" if self.population else ""
        return f"{self.statistic}{of}: {in_words(self.low, self.high)}"


@dataclass(frozen=True)
class Judged:
    """An expectation and what came.

    Attributes
    ----------
    expectation : Expectation
    values : tuple of (str, float or None)
        Population, with its trial where there are several, and the value; None where it is not defined.
    unit : str
    """

    expectation: Expectation
    values: tuple[tuple[str, float | None], ...]
    unit: str

    @property
    def held(self) -> bool:
        """Whether every value lies within the bounds; False where one is not defined, or there is none."""
        low, high = self.expectation.low, self.expectation.high
        return bool(self.values) and all(v is not None and contains(low, high, v) for _, v in self.values)

    @property
    def text(self) -> str:
        """What was expected, and what came."""
        came = ", ".join(
            f"{'not defined' if value is None else f'{value:.4g} {self.unit}'.rstrip()} ({where})"
            for where, value in self.values
        )
        return f"Expected {self.expectation.text}. Found: {came or 'no such statistic'}: {self.word}."

    @property
    def word(self) -> str:
        """``holds`` or ``does not hold``."""
        return "holds" if self.held else "does not hold"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self.expectation), "found": dict(self.values), "unit": self.unit, "held": self.held}


@dataclass(frozen=True)
class Plan:
    """What an author says about a model; all of it may be empty.

    Attributes
    ----------
    question : str
        What the model is to answer.
    reason : str
        Why this kind of model and method.
    assumptions : tuple of str
    outcome : str
        What is expected to come out, in words.
    expectations : tuple of Expectation
        What is expected of statistics.
    """

    question: str = ""
    reason: str = ""
    assumptions: tuple[str, ...] = ()
    outcome: str = ""
    expectations: tuple[Expectation, ...] = field(default=())

    def judged(self, statistics: Iterable[Statistic]) -> tuple[Judged, ...]:
        """Every expectation with the statistics of one run."""
        known = tuple(statistics)
        trials = {s.trial for s in known}
        found = []
        for one in self.expectations:
            chosen = [s for s in known if s.name == one.statistic and one.population in ("", s.population)]
            values = tuple(
                (s.population if len(trials) < 2 else f"{s.population}, trial {s.trial + 1}", s.value) for s in chosen
            )
            found.append(Judged(one, values, chosen[0].unit if chosen else ""))
        return tuple(found)
