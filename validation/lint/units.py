"""Parameters out of physiological range, where another unit is the likely cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unisono.models.network import Population, Projection
from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject


@dataclass(frozen=True)
class Range:
    """Where a parameter of a cell lies, and which unit is mixed up where it does not.

    Attributes
    ----------
    names : tuple of str
    unit : str
        Only parameters with this unit are meant.
    low, high : float
        Physiological, with room on both sides.
    usual : str
    mixed : tuple of (float, str)
        Factors from other units, and those units: a value times the factor lies in range.
    """

    names: tuple[str, ...]
    unit: str
    low: float
    high: float
    usual: str
    mixed: tuple[tuple[float, str], ...]


RANGES = (
    Range(("cm",), "nF", 0.005, 10.0, "0.05 to 1 nF", ((1e-3, "pF"), (1e9, "F"), (1e3, "uF"))),
    Range(("tau_m",), "ms", 0.5, 500.0, "5 to 50 ms", ((1e3, "s"), (1e-3, "us"))),
    Range(("tau_refrac",), "ms", 0.05, 200.0, "1 to 5 ms", ((1e3, "s"), (1e-3, "us"))),
    Range(("v_rest", "v_reset", "v_thresh", "e_rev_I"), "mV", -150.0, 100.0, "-90 to -40 mV", ((1e-3, "uV"),)),
)

#: mV: potentials that lie within this of each other are in volts.
VOLTS = 0.2

#: The lift by one spike over the distance to the threshold, and a weight over the leak, beyond which a unit is mixed
#: up, and beyond which nothing else can be the cause.
LIFT, CERTAIN_LIFT = 10.0, 100.0
LOAD, CERTAIN_LOAD = 20.0, 100.0

#: mV that a constant current leads to beyond which its unit is mixed up.
CURRENT_LIFT = 500.0

#: Izhikevich's cell: the current (nA) from which on the paper's figure was given.
PAPER_CURRENT = 0.5

#: ms; the longest delays of large models are some tens of ms.
LONGEST_DELAY = 200.0


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for index, population in subject.cells.items():
        yield from _parameters(rule, subject, population, index)
        yield from _currents(rule, subject, index)
        for projection in subject.incoming[index]:
            yield from _weights(rule, subject, projection)
            longest = float(np.max(projection.delay)) * subject.dt
            if longest > LONGEST_DELAY:
                yield rule.finding(
                    Severity.WARNING,
                    f"A delay is longer than {LONGEST_DELAY:g} ms.",
                    f"The longest is {longest:g} ms; delays of models of cortex are some milliseconds.",
                    f"Delays are in ms: {longest:g} us are {longest / 1000:g} ms.",
                    projection.label,
                )


def _parameters(rule: Rule, subject: Subject, population: Population, index: int) -> Iterator[Finding]:
    parameters, units = population.parameters, population.model.units
    if {"v_rest", "v_thresh"} <= parameters.keys():
        rest, threshold = subject.mean(index, "v_rest"), subject.mean(index, "v_thresh")
        if rest and max(abs(rest), abs(threshold)) < VOLTS:
            yield rule.finding(
                Severity.ERROR,
                "Potentials are in volts, and mV are meant.",
                f"v_rest = {rest:g} mV, v_thresh = {threshold:g} mV.",
                f"Write v_rest={rest * 1000:g}, v_thresh={threshold * 1000:g}.",
                population.label,
            )
            return
        if rest == 0:
            return  # counted from rest, where the capacitance may be a scale
    for entry in RANGES:
        for name in entry.names:
            if units.get(name) == entry.unit and name in parameters:
                yield from _out_of_range(rule, entry, name, population)


def _out_of_range(rule: Rule, entry: Range, name: str, population: Population) -> Iterator[Finding]:
    values = population.parameters[name]
    outside = [float(v) for v in (np.min(values), np.max(values)) if v != 0 and not entry.low <= v <= entry.high]
    if not outside:
        return
    value = outside[0]
    meant = next(((f, unit) for f, unit in entry.mixed if entry.low <= value * f <= entry.high), None)
    remedy = f"Usual are {entry.usual}."
    if meant:
        factor, unit = meant
        remedy = f"If {value:g} {unit} are meant, write {name}={value * factor:g}. {remedy}"
    yield rule.finding(
        Severity.ERROR if meant else Severity.WARNING,
        f"{name} is out of physiological range" + (f"; it looks like {meant[1]}." if meant else "."),
        f"{name} = {value:g} {entry.unit}.",
        remedy,
        population.label,
    )


def _currents(rule: Rule, subject: Subject, index: int) -> Iterator[Finding]:
    """Constant currents and those of sources."""
    population = subject.network.populations[index]
    if population.model.units.get("i_offset") != "nA":
        return
    offset = float(np.max(np.abs(population.parameters["i_offset"])))
    current = max(offset, subject.largest_current(index))
    if population.cell == "Izhikevich":
        if current >= PAPER_CURRENT:
            yield rule.finding(
                Severity.ERROR,
                "The current into Izhikevich cells is as in the paper, where it has another unit.",
                f"{current:g} nA act as {current * 1000:g} mV/ms; in the paper currents are about 10 mV/ms.",
                f"1 nA acts as 1000 mV/ms: write {current / 1000:g} for the paper's {current:g}.",
                population.label,
            )
        return
    leak = subject.leak(index)
    if leak is None or current / leak < CURRENT_LIFT:
        return
    meant = current * 1e-3 / leak < 100.0
    yield rule.finding(
        Severity.ERROR if meant else Severity.WARNING,
        "The current would move the potential far out of range" + ("; it looks like pA." if meant else "."),
        f"{current:g} nA over a leak of {leak:.3g} uS are {current / leak:.4g} mV.",
        f"If {current:g} pA are meant, write {current / 1000:g}." if meant else "Check cm, tau_m and the current.",
        population.label,
    )


def _weights(rule: Rule, subject: Subject, projection: Projection) -> Iterator[Finding]:
    """Weights of which one moves a cell far out of range; a single source that makes each cell spike is left out."""
    if subject.inputs(projection) <= 1 and not subject.is_network:
        return
    index = projection.post_population
    weight = float(np.mean(np.abs(projection.weight)))
    if subject.is_conductance(projection):
        leak = subject.leak(index)
        ratio, limit, certain = weight / leak if leak else 0.0, LOAD, CERTAIN_LOAD
        what = f"{weight:.3g} uS are {ratio:.3g} times the leak conductance" if leak else ""
        units = (
            f"Weights of conductances are in uS: {weight:.3g} nS are {weight / 1000:.3g} uS; a weight in nA belongs to "
            "current-based cells."
        )
    else:
        lift = abs(subject.lift(projection))
        ratio, limit, certain = lift / subject.gap(index), LIFT, CERTAIN_LIFT
        unit = subject.weight_unit(projection)
        what = f"{weight:.3g} {unit} move the potential by {lift:.3g} mV, {ratio:.3g} times the way to the threshold"
        units = (
            f"Weights of currents are in nA: {weight:.3g} pA are {weight / 1000:.3g} nA."
            if unit == "nA"
            else "Weights are in mV here: an EPSP in cortex mostly has less than 2 mV."
        )
    if ratio >= limit:
        yield rule.finding(
            Severity.ERROR if ratio >= certain else Severity.WARNING,
            "One spike does what hundreds of synapses do together: the unit of the weight is mixed up, most likely.",
            f"{what}.",
            units,
            projection.label,
        )


RULE = Rule(
    "units",
    "Parameters lie in physiological range, in PyNN's units: ms, mV, nF, nA, uS.",
    "Gerstner, Kistler, Naud & Paninski (2014), Neuronal Dynamics, chapters 1 and 3; Tripathy et al. (2015), J "
    "Neurophysiol 113:3474-3489; Lefort et al. (2009), Neuron 61:301-316 (EPSPs)",
    _check,
)
