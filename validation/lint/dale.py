"""Dale's principle: a cell excites all its targets, or inhibits all of them."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Cells with synapses of both signs."""
    if not subject.is_network:
        return
    for index, population in subject.cells.items():
        excites, inhibits = subject.kinds(index)
        both = int((excites & inhibits).sum())
        if both:
            yield rule.finding(
                Severity.WARNING,
                "Cells excite some targets and inhibit others, against Dale's principle.",
                f"{both} of {population.size} cells have synapses of both signs.",
                "Split the population into excitatory and inhibitory cells; draw weights from a distribution that "
                "does not cross zero.",
                population.label,
            )


RULE = Rule(
    "dale",
    "A cell has excitatory or inhibitory synapses onto other cells, not both.",
    "Eccles, Fatt & Koketsu (1954), J Physiol 126:524-562; Strata & Harvey (1999), Brain Res Bull 50:349-350",
    _check,
)
