"""Currents or conductances: which of them a model needs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: ms: a current of excitation that decays this slowly stands for NMDA.
SLOW = 50.0

#: Of the driving force: below this change a conductance acts like a current.
FLAT = 0.05

#: Names for what depends on the potential.
NAMES = ("nmda", "shunt")


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for index, population in subject.cells.items():
        for projection in subject.incoming[index]:
            if subject.is_conductance(projection):
                continue
            name = population.model.time_constant(projection.receptor)
            tau = subject.mean(index, name) if name else 0.0
            words = (projection.label, projection.receptor, population.label)
            named = [word for word in words if any(n in word.lower() for n in NAMES)]
            if named or (tau >= SLOW and subject.sign(projection) > 0):
                reason = f"It is called '{named[0]}'" if named else f"It excites, and decays within {tau:g} ms"
                yield rule.finding(
                    Severity.NOTE,
                    "A current stands for a receptor that depends on the potential.",
                    f"{reason}, but the same charge flows at every potential.",
                    "Use a conductance (IF_cond_exp), for NMDA with its magnesium block (receptor NMDA), where this "
                    "matters.",
                    projection.label,
                )
        yield from _flat(rule, subject, index)


def _flat(rule: Rule, subject: Subject, index: int) -> Iterator[Finding]:
    """Conductances whose driving force hardly changes between reset and threshold."""
    population = subject.network.populations[index]
    used = {p.receptor for p in subject.incoming[index] if subject.is_conductance(p)}
    changes = []
    for receptor in used:
        names = {"excitatory": "e_rev_E", "inhibitory": "e_rev_I"}
        name = names.get(receptor, f"{receptor}_e_syn")
        if name not in population.parameters or "v_thresh" not in population.parameters:
            return
        force = np.abs(population.parameters[name] - population.parameters["v_thresh"])
        changes.append(subject.gap(index) / max(float(np.min(force)), 1e-9))
    if changes and max(changes) < FLAT:
        yield rule.finding(
            Severity.NOTE,
            "Conductances act like currents here: nothing depends on the potential.",
            f"Between reset and threshold the driving force changes by {max(changes):.1%}.",
            "Check the reversal potentials (mV); if they are meant so, current-based cells are faster.",
            population.label,
        )


RULE = Rule(
    "synapse-kind",
    "Conductances where shunting or NMDA matters, currents where nothing depends on the potential.",
    "Cavallari, Panzeri & Mazzoni (2014), Front Neural Circuits 8:12; Jahr & Stevens (1990), J Neurosci 10:3178-3182",
    _check,
)
