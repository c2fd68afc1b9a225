"""What `unisono lint` finds: a sentence, the evidence from this network, what to do, and the source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.models.cards import Card, brief
from unisono.validation.written import Written

if TYPE_CHECKING:
    from unisono.validation.lint.rule import Rule


class Severity(StrEnum):
    """How much a finding matters, the least first.

    A **note** is something to know or to consider, a **warning** a likely mistake, an **error** a model that cannot do
    what it is meant for.
    """

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Place in the order, from 0."""
        return tuple(Severity).index(self)

    @property
    def colour(self) -> str:
        """On a terminal."""
        return {"note": "cyan", "warning": "yellow", "error": "red"}[self.value]


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found.

    Attributes
    ----------
    rule : str
        Name of the rule.
    severity : Severity
    sentence : str
        What is the case.
    evidence : str
        Figures of this network that show it.
    remedy : str
        What to do.
    source : str
        Paper, with equation, figure or section.
    places : tuple of str
        Labels of the populations or projections concerned; empty where it is the whole network.
    """

    rule: str
    severity: Severity
    sentence: str
    evidence: str
    remedy: str
    source: str
    places: tuple[str, ...] = ()

    __repr__ = brief

    @property
    def where(self) -> str:
        """The places in words; empty where it is the whole network."""
        shown = ", ".join(f"'{place}'" for place in self.places[:3])
        return f"{shown} and {len(self.places) - 3} more" if len(self.places) > 3 else shown

    @property
    def text(self) -> str:
        """All of it but the source, in one paragraph."""
        where = f"{self.where}: " if self.places else ""
        return f"{where}{self.sentence} {self.evidence} {self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"severity": self.severity.value, "places": list(self.places)}


@dataclass(frozen=True)
class Resized:
    """A statistic of a population at two sizes of the network.

    Attributes
    ----------
    population, statistic, unit : str
    sizes : tuple of int
        Cells of the two networks.
    values : tuple of (float or None)
        None where the statistic is not defined, as the CV of cells that never spike.
    robust : bool
        Whether the values agree as far as robustness asks for.
    """

    population: str
    statistic: str
    unit: str
    sizes: tuple[int, int]
    values: tuple[float | None, float | None]
    robust: bool


@dataclass(frozen=True)
class NetworkFindings:
    """The findings on one network.

    Attributes
    ----------
    label, fingerprint : str
        Of the network.
    findings : tuple of Finding
        The most severe first.
    resized : tuple of Resized
        What was compared at two sizes; empty where that was not asked for.
    """

    label: str
    fingerprint: str
    findings: tuple[Finding, ...]
    resized: tuple[Resized, ...] = ()

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "network": self.label,
            "fingerprint": self.fingerprint,
            "summary": count(self.findings),
            "findings": [finding.to_dict() for finding in self.findings],
            "resized": [asdict(row) for row in self.resized],
        }


@dataclass(frozen=True, repr=False)
class LintReport(Written):
    """The findings on every network of a model.

    Attributes
    ----------
    model : str
        Name of a library model, or path of a script or a network file.
    networks : tuple of NetworkFindings
    rules : mapping of str to Rule
        Every rule that was applied.
    ignored : tuple of str
        Rules that were left out.
    """

    model: str
    networks: tuple[NetworkFindings, ...]
    rules: Mapping[str, Rule]
    ignored: tuple[str, ...] = ()

    def _card(self) -> Card:
        rows = [(finding.severity.value, finding.rule, finding.text) for finding in self.findings]
        columns = ("severity", "rule", "finding")
        return Card("LintReport", f"on {self.model}", (self.summary,), columns=columns, rows=rows)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all networks."""
        return tuple(finding for network in self.networks for finding in network.findings)

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of this severity and above."""
        return tuple(f for f in self.findings if f.severity.rank >= severity.rank)

    @property
    def summary(self) -> str:
        """How many findings of each severity, in a few words."""
        return count(self.findings)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "model": self.model,
            "summary": self.summary,
            "ignored": list(self.ignored),
            "networks": [network.to_dict() for network in self.networks],
        }

    @property
    def annotations(self) -> str:
        """Workflow commands of GitHub Actions, a line for each finding."""
        text: str = self._writer("annotations")(self)
        return text

    def to_sarif(self, path: str | Path) -> None:
        """Write it as SARIF 2.1.0, which code scanning of GitHub and editors read.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._save("sarif", path)


def count(findings: Iterable[Finding]) -> str:
    """How many of each severity, in words: ``1 error, 2 warnings``."""
    severities = [finding.severity for finding in findings]
    numbers = [(severities.count(severity), severity.value) for severity in reversed(Severity)]
    return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in numbers if n) or "no findings"


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for all places at which the same is the case, the most severe first.

    The evidence and the remedy, which may name its figures, are those of the first place.
    """
    groups: dict[tuple[str, Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.severity, finding.sentence), []).append(finding)
    found = []
    for group in groups.values():
        places = tuple(dict.fromkeys(place for finding in group for place in finding.places))
        found.append(replace(group[0], places=places))
    return tuple(sorted(found, key=lambda finding: -finding.severity.rank))
