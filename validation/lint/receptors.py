"""Time constants and reversal potentials of synapses against those of AMPA, NMDA, GABA_A and GABA_B."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unisono.models.network import Projection
from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: ms: decay of the receptors, with room on both sides, by sign of the synapse.
DECAY = {
    1: {"AMPA": (0.2, 15.0), "NMDA": (40.0, 200.0)},
    -1: {"GABA_A": (0.2, 30.0), "GABA_B": (80.0, 500.0)},
}

#: The receptors that PyNN's own cells have.
PYNN_NAMES = ("excitatory", "inhibitory")

#: PyNN's default of both time constants, ms.
DEFAULT = 5.0


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for index in subject.cells:
        for projection in subject.incoming[index]:
            yield from _decay(rule, subject, projection)
            yield from _reversal(rule, subject, projection)
        if index in subject.loops:
            yield from _one_for_all(rule, subject, index)


def _decay(rule: Rule, subject: Subject, projection: Projection) -> Iterator[Finding]:
    population = subject.network.populations[projection.post_population]
    name, sign = population.model.time_constant(projection.receptor), subject.sign(projection)
    if name is None or sign == 0:
        return
    tau, known = subject.mean(projection.post_population, name), DECAY[sign]
    if tau <= subject.dt:
        return  # the rule on time steps has it
    if any(low * (1 - 1e-9) <= tau <= high * (1 + 1e-9) for low, high in known.values()):
        return
    usual = ", ".join(f"{receptor} {low:g} to {high:g} ms" for receptor, (low, high) in known.items())
    shortest = min(low for low, _ in known.values())
    remedy = "Name the receptor that is meant, and take its time constant"
    remedy += "; a PointNeuron has several receptors." if projection.receptor in PYNN_NAMES else "."
    if tau < shortest:
        seconds = 1.0 <= tau * 1000 <= 500.0 and tau < 0.1
        remedy = (
            f"Times are in ms: {tau:g} s are {tau * 1000:g} ms."
            if seconds
            else "Take delta synapses (IF_curr_delta) where an impulse is meant; else the receptor's time constant."
        )
    yield rule.finding(
        Severity.WARNING if tau < 0.1 or (subject.is_network and tau > shortest) else Severity.NOTE,
        f"{name} is far from every receptor's of its sign.",
        f"{name} = {tau:g} ms; {usual}.",
        remedy,
        population.label,
    )


def _reversal(rule: Rule, subject: Subject, projection: Projection) -> Iterator[Finding]:
    """Excitation that reverses below the threshold, inhibition above it."""
    index = projection.post_population
    population = subject.network.populations[index]
    name = {"excitatory": "e_rev_E", "inhibitory": "e_rev_I"}.get(projection.receptor)
    if name is None or not {name, "v_thresh", "v_rest"} <= population.parameters.keys():
        return
    if not subject.is_conductance(projection):
        return
    reversal, threshold = subject.mean(index, name), subject.mean(index, "v_thresh")
    if (reversal < threshold) == (name == "e_rev_E"):
        acts = "cannot bring cells to the threshold" if name == "e_rev_E" else "excites"
        yield rule.finding(
            Severity.ERROR,
            f"The receptor '{projection.receptor}' {acts}: {name} is on the other side of the threshold.",
            f"{name} = {reversal:g} mV, v_thresh = {threshold:g} mV.",
            "Set e_rev_E to about 0 mV, e_rev_I to -70 to -90 mV.",
            population.label,
        )


def _one_for_all(rule: Rule, subject: Subject, index: int) -> Iterator[Finding]:
    population = subject.network.populations[index]
    constants = {"tau_syn_E", "tau_syn_I"}
    signs = {subject.sign(p) for p in subject.incoming[index]}
    if not constants <= population.parameters.keys() or not {1, -1} <= signs:
        return
    if all(np.all(population.parameters[name] == DEFAULT) for name in constants):
        yield rule.finding(
            Severity.NOTE,
            "One time constant serves all synapses: tau_syn_E and tau_syn_I have PyNN's default.",
            f"Both are {DEFAULT:g} ms; GABA_A decays more slowly than AMPA.",
            "Give both, as 5 ms for AMPA and 10 ms for GABA_A (Brette et al. 2007).",
            population.label,
        )


RULE = Rule(
    "receptors",
    "Synapses have the time constants and reversal potentials of the receptors that they stand for.",
    "Dayan & Abbott (2001), Theoretical Neuroscience, section 5.8; Gerstner, Kistler, Naud & Paninski (2014), Neuronal "
    "Dynamics, section 3.1",
    _check,
)
