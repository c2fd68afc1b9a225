"""How many of the pairs of cells are connected, and how many synapses a cell has."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: A probability beyond those between neighbours in models of cortex, and the number of cells from which on it counts.
DENSE, MANY = 0.5, 200

#: Fewer inputs than this are no input of many weak synapses.
FEW = 10.0


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Dense projections, and cells with few inputs."""
    for index in sorted(subject.loops):
        target = subject.network.populations[index]
        recurrent = subject.recurrent_into(index)
        for projection in recurrent:
            source = subject.network.populations[projection.pre_population]
            share = projection.size / (source.size * target.size)
            if share > DENSE and source.size >= MANY:
                yield rule.finding(
                    Severity.NOTE,
                    "More than half of all pairs of cells are connected; in cortex about a tenth of neighbours are.",
                    f"{projection.size} synapses for {source.size} x {target.size} pairs: {share:.0%}.",
                    "Connect about a tenth of the pairs and scale the weights; dense connections make cells share "
                    "input and synchronise.",
                    projection.label,
                )
        number = subject.all_inputs(recurrent)
        if number < FEW:
            yield rule.finding(
                Severity.NOTE,
                f"Cells have fewer than {FEW:g} synapses from other cells.",
                f"In the mean {number:.3g}: a few single spikes decide, and the theory of balanced networks does not "
                "apply.",
                "Raise the connection probability, or the number of cells.",
                target.label,
            )


RULE = Rule(
    "connectivity",
    "A cell has many synapses, from about a tenth of its neighbours.",
    "Holmgren et al. (2003), J Physiol 551:139-153; Potjans & Diesmann (2014), Cereb Cortex 24:785-806, table 5 "
    "(probabilities of up to 0.37); Brunel (2000), J Comput Neurosci 8:183-208",
    _check,
)
