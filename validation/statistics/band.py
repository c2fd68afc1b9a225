"""Where a statistic of a population is expected to lie, and who says so."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.validation.statistics.bounds import contains, in_words

EXCITATORY, INHIBITORY, ANY = "excitatory", "inhibitory", ""


@dataclass(frozen=True)
class Band:
    """Where a statistic lies in cortex, or in a published model.

    Attributes
    ----------
    statistic : str
        Name of a :class:`~unisono.validation.statistics.statistics.Statistic`.
    kind : str
        ``excitatory`` or ``inhibitory`` populations, or any where empty.
    low, high : float or None
        In the unit of the statistic, both included; None where there is no bound.
    source : str
    below, above : str
        What a value outside may mean.
    population : str
        Label of the only population that it is about; all where empty.
    """

    statistic: str
    kind: str
    low: float | None
    high: float | None
    source: str
    below: str = ""
    above: str = ""
    population: str = ""

    def contains(self, value: float) -> bool:
        """Whether a value lies inside."""
        return contains(self.low, self.high, value)

    @property
    def text(self) -> str:
        """The bounds in words."""
        return "reported" if self.low is self.high is None else in_words(self.low, self.high)
