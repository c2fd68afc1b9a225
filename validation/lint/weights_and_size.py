"""Weights against the number of synapses: fluctuations go with J sqrt(K), the mean with J K."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: J sqrt(K) over the distance to the threshold from which on weights are too strong for the number of synapses:
#: for currents, and for conductances, which shunt each other.
STRONG, STRONG_CONDUCTANCE = 2.0, 12.0

#: J K over the distance to the threshold below which the network hardly acts on itself.
WEAK = 0.01


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The excitatory recurrent input of each population."""
    for index in sorted(subject.loops):
        exc = [p for p in subject.recurrent_into(index) if subject.sign(p) > 0]
        number = subject.all_inputs(exc)
        if not number:
            continue
        mean = subject.volley(exc)
        weight, gap = mean / number, subject.gap(index)
        spread = weight * sqrt(number)
        evidence = (
            f"J = {weight:.3g} mV, K = {number:.4g}: J sqrt(K) = {spread:.3g} mV and J K = {mean:.3g} mV; the "
            f"threshold is {gap:.3g} mV away."
        )
        label = subject.network.populations[index].label
        limit = STRONG_CONDUCTANCE if any(subject.is_conductance(p) for p in exc) else STRONG
        if spread > limit * gap:
            yield rule.finding(
                Severity.WARNING,
                "Excitatory weights are too strong for the number of synapses: J sqrt(K) is far above the threshold.",
                evidence,
                f"Divide weights by sqrt(f) where the number of synapses grows f times (J = {gap / sqrt(number):.2g} "
                "mV would reach the threshold), and correct the mean by a current; 1/f keeps the mean alone, and "
                "fluctuations change.",
                label,
            )
        elif mean < WEAK * gap and not any(p in subject.plastic for p in exc):
            yield rule.finding(
                Severity.WARNING,
                "Recurrent excitation has almost no effect: J K is far below the threshold.",
                evidence,
                "Check the unit of the weights, or leave the synapses out.",
                label,
            )


RULE = Rule(
    "weights-and-size",
    "Weights fall with the square root of the number of synapses.",
    "van Vreeswijk & Sompolinsky (1998), Neural Comput 10:1321-1371; van Albada, Helias & Diesmann (2015), PLoS Comput "
    "Biol 11:e1004490",
    _check,
)
