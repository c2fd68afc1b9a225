"""What a rule is: a name, what it says, its source, and a function that looks at a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from unisono.models.cards import brief
from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.subject import Subject


@dataclass(frozen=True)
class Rule:
    """A rule of `unisono lint`.

    Attributes
    ----------
    name : str
        As ``--ignore`` takes it.
    says : str
        What a network should be like, in one sentence.
    source : str
        Where that comes from.
    check : callable
        Yields the findings on a network.
    """

    name: str
    says: str
    source: str
    check: Callable[[Rule, Subject], Iterator[Finding]]

    __repr__ = brief

    def of(self, subject: Subject) -> Iterator[Finding]:
        """The findings on a network."""
        return self.check(self, subject)

    def finding(
        self, severity: Severity, sentence: str, evidence: str, remedy: str, *places: str, source: str = ""
    ) -> Finding:
        """A finding of this rule; its source is the rule's where no other is given."""
        return Finding(self.name, severity, sentence, evidence, remedy, source or self.source, places)
