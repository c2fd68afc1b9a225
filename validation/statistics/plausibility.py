"""Whether a network's activity lies where that of cortex does: a verdict apart from whether simulators agree.

The bands are those of awake cortex in the papers named, and for a model of the library those of its own publication, if
there are any; where a paper gives a figure and no band, the band around it is ours, and the source says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from unisono.models.cards import brief
from unisono.models.network import Network
from unisono.validation.statistics.band import ANY, EXCITATORY, INHIBITORY, Band
from unisono.validation.statistics.published import PUBLISHED
from unisono.validation.statistics.signs import kind_of
from unisono.validation.statistics.statistics import Statistic
from unisono.validation.verdict import Level

PLAUSIBLE, NOT_PLAUSIBLE, CANNOT_TELL = "plausible", "not plausible", Level.CANNOT_TELL.value

_SOFTKY = "Softky & Koch (1993), J Neurosci 13:334-350: near 1; the band is ours"
_FANO = (
    "Shadlen & Newsome (1998), J Neurosci 18:3870-3896; Churchland et al. (2010), Nat Neurosci 13:369-378: about 1; "
    "the band is ours"
)
_DRIVE = ("input too weak, or inhibition too strong", "excitation too strong, or inhibition too weak")
_IRREGULAR = (
    "inhibition too weak, connectivity too structured, or input far above the threshold",
    "bursts, or rates that change in time",
)
_VARIABLE = (
    "inhibition too weak, or input far above the threshold",
    "bursts, or rates that change from window to window",
)
_CORRELATION = "Cohen & Kohn (2011), Nat Neurosci 14:811-819; Ecker et al. (2010), Science 327:584-587"

#: Every target, in the order of the report.
BANDS: tuple[Band, ...] = (
    Band("rate", EXCITATORY, 1.0, 10.0, "Buzsáki & Mizuseki (2014), Nat Rev Neurosci 15:264-278", *_DRIVE),
    Band("rate", INHIBITORY, 5.0, 30.0, "Gentet et al. (2010), Neuron 65:422-435", *_DRIVE),
    Band("CV of ISI", ANY, 0.8, 1.2, _SOFTKY, *_IRREGULAR),
    Band("Fano factor", ANY, 0.7, 1.5, _FANO, *_VARIABLE),
    Band(
        "chi",
        ANY,
        None,
        0.2,
        "Golomb (2007), Scholarpedia 2(1):1347: near 0 where asynchronous; the bound is ours",
        above="a common rhythm: strong excitation, equal delays, or input that cells share",
    ),
    Band(
        "pairwise correlation",
        ANY,
        0.01,
        0.1,
        _CORRELATION,
        "connections sparse, or inhibition that cancels shared input",
        "input that cells share, or a common rhythm",
    ),
    Band("spectral peak", ANY, None, None, "Buzsáki & Draguhn (2004), Science 304:1926-1929: the rhythms by frequency"),
)


@dataclass(frozen=True)
class Target:
    """One target compared with one population in one trial.

    Attributes
    ----------
    population, kind : str
    trial : int
    band : Band
    value : float or None
    unit : str
    inside : bool or None
        None where the value is not defined, or the target is only reported.
    """

    population: str
    kind: str
    trial: int
    band: Band
    value: float | None
    unit: str
    inside: bool | None

    @property
    def meaning(self) -> str:
        """What it may mean that the value lies outside; empty where it does not."""
        if self.inside is not False or self.value is None:
            return ""
        return self.band.below if self.band.low is not None and self.value < self.band.low else self.band.above


@dataclass(frozen=True)
class Plausibility:
    """A run compared with cortex.

    Attributes
    ----------
    rows : tuple of Target
    """

    rows: tuple[Target, ...]

    __repr__ = brief

    @property
    def verdict(self) -> str:
        """``not plausible`` if a value lies outside, ``cannot tell`` if one is missing or no kind is known."""
        judged = [row for row in self.rows if row.band.low is not None or row.band.high is not None]
        if any(row.inside is False for row in judged):
            return NOT_PLAUSIBLE
        if not judged or any(row.inside is None for row in judged) or any(not row.kind for row in self.rows):
            return CANNOT_TELL
        return PLAUSIBLE

    @property
    def outside(self) -> tuple[Target, ...]:
        """Targets that are missed."""
        return tuple(row for row in self.rows if row.inside is False)

    def to_dict(self) -> dict[str, Any]:
        """As plain data: ``verdict`` and ``rows``."""
        return {"verdict": self.verdict, "rows": [{**asdict(row), "meaning": row.meaning} for row in self.rows]}


def kinds_of(network: Network) -> Mapping[str, str]:
    """``excitatory``, ``inhibitory`` or empty (undecided) for each population that is no source."""
    kinds = {p.label: kind_of(network, i) for i, p in enumerate(network.populations) if not p.is_source}
    return MappingProxyType(kinds)


def plausible(statistics: Iterable[Statistic], network: Network) -> Plausibility:
    """Hold a run's statistics against those of cortex.

    Parameters
    ----------
    statistics : iterable of Statistic
        Of one run (:func:`unisono.validation.statistics.statistics.statistics_of`).
    network : Network
        Tells which populations are excitatory and which inhibitory, by the signs of what they project. A population
        that projects nothing, or both, has no target for its rate, and the verdict is at best ``cannot tell``.
    """
    kinds = kinds_of(network)
    return Plausibility(
        tuple(
            _held(statistic, kinds.get(statistic.population, ""), band)
            for statistic in statistics
            for band in bands_of(network, statistic.name, statistic.population, kinds.get(statistic.population, ""))
        )
    )


def bands_of(network: Network, statistic: str, population: str, kind: str) -> tuple[Band, ...]:
    """The bands of a statistic of one population: what is published of this very model, else those of cortex."""
    own = PUBLISHED.get(network.label, ())
    found = tuple(band for band in own if (band.statistic, band.population) == (statistic, population))
    return found or tuple(band for band in BANDS if band.statistic == statistic and band.kind in (ANY, kind))


def _held(statistic: Statistic, kind: str, band: Band) -> Target:
    judged = statistic.value is not None and (band.low is not None or band.high is not None)
    inside = band.contains(statistic.value) if judged and statistic.value is not None else None
    return Target(statistic.population, kind, statistic.trial, band, statistic.value, statistic.unit, inside)
