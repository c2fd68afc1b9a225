"""Cells that can never spike, and cells that always do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unisono.models.dynamics.expressions import evaluate
from unisono.models.network import Floats, Projection
from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Leaky, Subject

#: Part of the way to the threshold that input must be able to lift a cell; sums of PSPs are estimated from above.
NEAR = 0.7

#: Standard deviations of the potential that fluctuations of Poisson input reach.
REACH = 5.0

#: 1/ms: rates beyond which a cell always spikes; with inhibition, which takes off some of the drive.
ALWAYS, ALWAYS_INHIBITED = 0.25, 0.35

#: Time to reach the threshold over the refractory period, below which a cell does little but recover from spikes.
BUSY, BUSY_INHIBITED = 0.25, 0.1

#: Cells from which on those that always spike are no few exceptions, as a part of the population.
SOME = 0.05

#: Spikes of sources in a membrane time constant from which on their mean is a drive.
SMOOTH = 5.0

#: Spikes of a source over the run below which its rate has another unit.
FEWEST = 1.0


@dataclass(frozen=True)
class _Highest:
    """The highest potential that input can be expected to lift a cell to, mV, and what was summed up."""

    potential: float
    mean: float
    spread: float


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    yield from _sources(rule, subject)
    able = _able(subject)
    for index, population in subject.cells.items():
        if population.size and index not in able and _counts(subject, index):
            yield _never(rule, subject, index)
        elif (leaky := subject.leaky(index)) is not None and not subject.is_changed(index):
            yield from _always(rule, subject, index, leaky)


def _sources(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Sources with a rate that gives less than a spike in the whole run."""
    for population in subject.network.populations:
        rate = population.parameters.get("rate") if population.is_source else None
        if rate is None:
            continue
        expected = float(np.sum(np.broadcast_to(rate, population.size))) * subject.longest * 1e-3
        if 0 < expected < FEWEST:
            mean = float(np.mean(rate))
            yield rule.finding(
                Severity.WARNING,
                "All sources together are expected to spike less than once.",
                f"{population.size} sources at {mean:g} Hz for {subject.longest:g} ms: {expected:.2g} spikes.",
                f"Rates are in Hz: {mean:g} kHz are {mean * 1000:g} Hz.",
                population.label,
            )


def _able(subject: Subject) -> set[int]:
    """Populations that may spike: by themselves, or by input from others that may."""
    found = {i for i, rates in subject.source_rates.items() if rates.any()}
    found |= {index for index in subject.cells if _by_itself(subject, index)}
    more = True
    while more:
        more = False
        for index in set(subject.cells) - found:
            exciting = [
                p for p in subject.incoming[index] if p.pre_population in found and (subject.signs(p) >= 0).any()
            ]
            if exciting and _enough(subject, index, exciting):
                found.add(index)
                more = True
    return found


def _by_itself(subject: Subject, index: int) -> bool:
    """Whether a population may spike without synapses; also where its parameters do not say."""
    if subject.is_changed(index) or subject.network.populations[index].model.poisson:
        return True
    population, leaky = subject.network.populations[index], subject.leaky(index)
    current = subject.largest_current(index)
    if leaky is not None:
        if not _rests(subject, index, [state for state in population.model.states if state != "v"]):
            return True
        starts = population.initial["v"] >= leaky.threshold
        return bool(np.any(starts) or np.any(leaky.steady(leaky.current + current) >= leaky.threshold))
    if current > 0 or np.any(population.parameters.get("i_offset", 0.0) > 0) or "v" not in population.initial:
        return True
    return not _rests(subject, index, ["v"], 1.0)


def _rests(subject: Subject, index: int, states: list[str], within: float = 0.0) -> bool:
    """Whether states stay where they begin: they move by no more than this much in a ms."""
    population = subject.network.populations[index]
    values = {**population.parameters, **population.initial, "i_inj": np.float64(0)}
    with np.errstate(all="ignore"):
        slopes = [evaluate(e.tree, values) for e in population.model.system if e.state in states]
    return all(bool(np.all(np.abs(slope) <= within)) for slope in slopes)


def _enough(subject: Subject, index: int, exciting: list[Projection]) -> bool:
    """Whether input can lift a population to its threshold; cells as sources always can."""
    highest = _highest(subject, index, exciting)
    leaky = subject.leaky(index)
    if highest is None or leaky is None:
        return True
    threshold = float(np.min(leaky.threshold))
    return highest.potential >= threshold - (1 - NEAR) * subject.gap(index)


def _highest(subject: Subject, index: int, exciting: list[Projection]) -> _Highest | None:
    """The highest potential by input from sources, for the cell that gets most; None where cells send, too."""
    leaky = subject.leaky(index)
    if leaky is None or any(p.pre_population in subject.cells for p in exciting):
        return None
    size = subject.network.populations[index].size
    tau = float(np.max(leaky.tau))
    mean, variance, single = np.zeros(size), np.zeros(size), np.zeros(size)
    for projection in exciting:
        name = subject.network.populations[index].model.time_constant(projection.receptor)
        slow = max(tau, subject.mean(index, name)) if name else tau
        unit = abs(subject.unit_lift(index, projection.receptor))
        if subject.is_conductance(projection):
            unit *= 2.0  # the driving force is larger at rest than at threshold, where the unit was taken
        lifts = np.abs(np.broadcast_to(projection.weight, projection.size)) * unit
        rates = subject.source_rates[projection.pre_population][projection.pre]
        mean += np.bincount(projection.post, lifts * rates * slow, size)
        variance += np.bincount(projection.post, lifts**2 * rates * slow / 2, size)
        single += np.bincount(projection.post, lifts * (rates > 0), size)
    base = leaky.steady(leaky.current + subject.largest_current(index))
    # the sources of a cell may all spike together
    highest = base + np.maximum(mean + REACH * np.sqrt(variance), single)
    best = int(np.argmax(highest)) if highest.ndim else 0
    return _Highest(float(highest[best]), float(mean[best]), float(np.sqrt(variance[best])))


def _counts(subject: Subject, index: int) -> bool:
    """Whether spikes of a population are what it is for: sent to others, or recorded without anything else."""
    recorded = {r.variable for r in subject.network.recordings if r.population == index}
    asked = recorded == {"spikes"} or (subject.is_network and "spikes" in recorded)
    sends = any(p.pre_population == index and p.size for p in subject.network.projections)
    return asked or sends


def _never(rule: Rule, subject: Subject, index: int) -> Finding:
    population, leaky = subject.network.populations[index], subject.leaky(index)
    exciting = [p for p in subject.incoming[index] if (subject.signs(p) >= 0).any()]
    live = [p for p in exciting if p.pre_population in subject.source_rates]
    highest = _highest(subject, index, live) if live and leaky is not None else None
    if highest is not None and leaky is not None and (highest.mean or highest.spread):
        evidence = (
            f"Input from sources lifts it by {highest.mean:.3g} mV in the mean, with a standard deviation of "
            f"{highest.spread:.3g} mV: to {highest.potential:.4g} mV at most; the threshold is "
            f"{float(np.min(leaky.threshold)):.4g} mV."
        )
        remedy = "Raise weights or rates, or check their units."
    elif leaky is not None:
        steady = float(np.max(leaky.steady(leaky.current + subject.largest_current(index))))
        evidence = (
            f"Nothing that spikes excites it, and its currents lead to {steady:.4g} mV; the threshold is "
            f"{float(np.min(leaky.threshold)):.4g} mV."
        )
        remedy = "Add excitatory input, or a current that brings it to the threshold."
    else:
        evidence = "It starts at rest, no current is injected, and nothing that spikes excites it."
        remedy = "Add excitatory input or a current."
    severity = Severity.ERROR if subject.is_network else Severity.WARNING
    return rule.finding(severity, "These cells can never spike.", evidence, remedy, population.label)


def _always(rule: Rule, subject: Subject, index: int, leaky: Leaky) -> Iterator[Finding]:
    """Cells that are reset to where they spike, or driven so strongly that they do little else."""
    population = subject.network.populations[index]
    if np.any(leaky.reset >= leaky.threshold):
        yield rule.finding(
            Severity.ERROR,
            "Cells spike in every step: v_reset is not below v_thresh.",
            f"v_reset = {float(np.max(leaky.reset)):g} mV, v_thresh = {float(np.min(leaky.threshold)):g} mV.",
            "Set v_reset below v_thresh.",
            population.label,
        )
        return
    into = subject.incoming[index]
    if any(subject.is_conductance(p) for p in into):
        return  # the potential cannot go beyond the reversal, and inhibition shunts
    mean = leaky.steady(leaky.current) + _mean_drive(subject, into, population.size, leaky.tau)
    above = mean > leaky.threshold
    with np.errstate(all="ignore"):  # the potential of cells that are not above never gets there
        rise = np.where(above, leaky.tau * np.log((mean - leaky.reset) / (mean - leaky.threshold)), np.inf)
    period = np.maximum(leaky.refractory + rise, subject.dt)
    inhibited = any(subject.sign(p) < 0 for p in into)
    fastest, busy = (ALWAYS_INHIBITED, BUSY_INHIBITED) if inhibited else (ALWAYS, BUSY)
    always = above & ((1 / period > fastest) | (rise < busy * leaky.refractory))
    if always.mean() >= SOME:
        few = "" if always.all() else f" This is so for {always.sum()} of {population.size} cells."
        yield rule.finding(
            Severity.WARNING,
            "Cells are driven so strongly that they spike all the time.",
            f"Currents and sources lead to {float(mean[always].mean()):.4g} mV in the mean, the threshold is "
            f"{float(np.mean(leaky.threshold)):.4g} mV: without the other cells they spike at "
            f"{1000 / float(period[always].mean()):.3g} Hz.{few}",
            "Lower the drive until its mean is near the threshold, and check its unit.",
            population.label,
        )


def _mean_drive(subject: Subject, into: list[Projection], size: int, tau: Floats) -> Floats:
    """What sources add to the potential of each cell in the mean of the run, mV; 0 where their spikes are too few."""
    number, drive = np.zeros(size), np.zeros(size)
    for projection in into:
        rates = subject.mean_rates.get(projection.pre_population)
        if rates is None:
            continue
        reaching = rates[projection.pre]
        lifts = np.broadcast_to(projection.weight, projection.size) * subject.unit_lift(
            projection.post_population, projection.receptor
        )
        number += np.bincount(projection.post, reaching, size)
        drive += np.bincount(projection.post, lifts * reaching, size)
    return np.asarray(np.where(number * tau < SMOOTH, 0.0, drive * tau), np.float64)


RULE = Rule(
    "activity",
    "Every cell whose spikes count can spike, and can be silent.",
    "Gerstner, Kistler, Naud & Paninski (2014), Neuronal Dynamics, sections 1.3 and 8.3; Brunel (2000), J Comput "
    "Neurosci 8:183-208",
    _check,
)
