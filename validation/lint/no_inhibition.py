"""Cells that excite each other, and nothing that inhibits them."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Excitation in loops without an inhibitory synapse anywhere onto these cells."""
    loops = subject.loops
    into = [p for index in loops for p in subject.incoming[index]]
    if any((subject.signs(p) < 0).any() for p in into):
        return
    for index in sorted(loops):
        recurrent = [p for p in subject.recurrent_into(index) if subject.sign(p) > 0]
        if not recurrent:
            continue
        total, number, gap = subject.volley(recurrent), subject.all_inputs(recurrent), subject.gap(index)
        runaway = total >= gap
        yield rule.finding(
            Severity.WARNING if runaway else Severity.NOTE,
            "No synapse inhibits these cells, which excite each other.",
            f"A cell has {number:.3g} synapses from other cells; if each fires once, they add {total:.3g} mV, and the "
            f"threshold is {gap:.3g} mV away"
            + (": one volley triggers the next." if runaway else ": they sustain no activity by themselves."),
            "Add inhibitory cells, one for every four excitatory ones, with weights several times as strong.",
            subject.network.populations[index].label,
        )


RULE = Rule(
    "no-inhibition",
    "A recurrent network has inhibition; without, activity runs away or needs a drive.",
    "Vogels, Rajan & Abbott (2005), Annu Rev Neurosci 28:357-376; Brunel (2000), J Comput Neurosci 8:183-208, fig. 2",
    _check,
)
