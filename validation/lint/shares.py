"""Shares of excitatory and inhibitory cells."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: Shares of inhibitory cells as in cortex, with room on both sides.
LEAST, MOST = 0.1, 0.35


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The share of inhibitory cells among those that have synapses onto others."""
    exc = inh = 0
    for index in subject.loops:
        excites, inhibits = subject.kinds(index)
        exc += int((excites & ~inhibits).sum())
        inh += int((inhibits & ~excites).sum())
    if not exc or not inh:
        return  # another rule's
    share = inh / (exc + inh)
    if not LEAST <= share <= MOST:
        yield rule.finding(
            Severity.NOTE,
            f"{share:.0%} of the cells are inhibitory; in cortex about 20 % are.",
            f"{exc} cells excite others, {inh} inhibit others.",
            "Use four excitatory cells for every inhibitory one, or say in the methods what is modelled.",
        )


RULE = Rule(
    "shares",
    "About one cell in five is inhibitory.",
    "Braitenberg & Schüz (1998), Cortex: Statistics and Geometry of Neuronal Connectivity; Markram et al. (2004), "
    "Nat Rev Neurosci 5:793-807",
    _check,
)
