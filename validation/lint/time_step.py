"""The time step against the cell model, time constants, delays and the load by conductances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unisono.models.network import Population
from unisono.models.words import listed
from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: A step is needlessly small below this part of the recommended one.
NEEDLESS = 0.2

#: Steps in the shortest time constant of a network whose step is needlessly small.
PLENTY = 20.0

#: ms: from here on a delay of one step is longer than most in a local network.
COARSE_DELAY = 0.5

#: ms: a time constant below this was given in seconds.
SECONDS = 0.05

#: Times the largest step of a model beyond which nothing can be right.
FAR = 2.0

#: ms: the largest step of models that exact propagators solve; a single cell of one is right at any step.
EXACT = 0.5

#: Rounding, in parts of a value.
ROUNDING = 1e-9


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for index, population in subject.cells.items():
        yield from _of_model(rule, subject, population)
        yield from _time_constants(rule, subject, index)
        yield from _load(rule, subject, index)
    yield from _needless(rule, subject)
    yield from _delays(rule, subject)


def _of_model(rule: Rule, subject: Subject, population: Population) -> Iterator[Finding]:
    """Against the recommended and the largest step of the model."""
    (recommended, largest), dt = population.model.time_step, subject.dt
    if dt > largest * (1 + ROUNDING):
        yield rule.finding(
            Severity.ERROR if dt > FAR * largest else Severity.WARNING,
            f"The time step of {dt:g} ms is above the largest for {population.cell}, {largest:g} ms.",
            f"Recommended is {recommended:g} ms: this step is {dt / recommended:.3g} times as long.",
            f"Set timestep={recommended:g}, and test it with 'unisono converge'.",
            population.label,
        )
    elif dt > recommended * (1 + ROUNDING) and (subject.is_network or largest < EXACT):
        yield rule.finding(
            Severity.WARNING,
            f"The time step of {dt:g} ms is above the recommended one for {population.cell}, {recommended:g} ms.",
            "Spike times are that coarse, and cells that are pushed into the same step look synchronous.",
            f"Set timestep={recommended:g}, or show with 'unisono converge' that the results do not depend on it.",
            population.label,
        )


def _time_constants(rule: Rule, subject: Subject, index: int) -> Iterator[Finding]:
    """Against time constants of receptors in use and of the membrane, and the refractory period."""
    population, dt = subject.network.populations[index], subject.dt
    names = {population.model.time_constant(p.receptor) for p in subject.incoming[index]}
    names |= {name for name in ("tau_m",) if population.model.units.get(name) == "ms"}
    constants = {name: float(np.min(population.parameters[name])) for name in sorted(filter(None, names))}
    short = {name: value for name, value in constants.items() if dt >= value * (1 - ROUNDING)}
    if short:
        least = min(short.values())
        seconds = f" Times are in ms: {least:g} s are {least * 1000:g} ms." if least < SECONDS else ""
        yield rule.finding(
            Severity.WARNING,
            f"{listed(short)} {'are' if len(short) > 1 else 'is'} not longer than the time step.",
            f"{', '.join(f'{name} = {value:g} ms' for name, value in short.items())}, step {dt:g} ms: within a step a "
            f"state decays to {np.exp(-dt / least):.2g} of itself. Exact propagators stay right, other methods do not.",
            f"Take a step of at most {least / 5:.2g} ms, or delta synapses (IF_curr_delta) where an impulse is "
            f"meant.{seconds}",
            population.label,
        )
    refractory = population.parameters.get(population.model.refractory)
    if refractory is not None and subject.is_network:
        shortest = float(np.min(refractory))
        if 0 < shortest < dt * (1 - ROUNDING):
            yield rule.finding(
                Severity.NOTE,
                f"{population.model.refractory} is shorter than the time step.",
                f"{population.model.refractory} = {shortest:g} ms, step {dt:g} ms: periods are rounded to whole steps.",
                "Give a refractory period of some steps, as of 2 ms, or 0.",
                population.label,
            )


def _load(rule: Rule, subject: Subject, index: int) -> Iterator[Finding]:
    """Against the membrane under load: one spike of the strongest synapse, and the mean of what sources send."""
    population, leak = subject.network.populations[index], subject.leak(index)
    conductances = [p for p in subject.incoming[index] if subject.is_conductance(p)]
    if leak is None or not conductances:
        return
    capacitance = subject.mean(index, "cm")
    strongest = max(float(np.max(p.weight)) for p in conductances)
    mean = leak
    for projection in conductances:
        name = population.model.time_constant(projection.receptor)
        tau = subject.mean(index, name) if name else 0.0
        mean += subject.drive(projection) * float(np.mean(projection.weight)) * tau
    for load, what in ((strongest, "One spike opens"), (mean, "Leak and sources open")):
        if load > 0 and capacitance / load < subject.dt:
            yield rule.finding(
                Severity.WARNING,
                "Conductances make the membrane faster than the time step.",
                f"{what} {load:.3g} uS: the membrane's time constant falls to {capacitance / load:.2g} ms, the step is "
                f"{subject.dt:g} ms.",
                "Check the unit of the weights (uS); if they are right, shorten the step.",
                population.label,
            )
            return


def _needless(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A step that only costs time."""
    if not subject.is_network:
        return
    recommended = min(p.model.time_step[0] for p in subject.cells.values())
    constants = [
        float(np.min(value))
        for p in subject.cells.values()
        for name, value in p.parameters.items()
        if p.model.units[name] == "ms" and name != p.model.refractory
    ]
    shortest = min([c for c in constants if c > 0], default=np.inf)
    dt = subject.dt
    if dt < NEEDLESS * recommended and shortest > PLENTY * dt:
        yield rule.finding(
            Severity.NOTE,
            f"The time step of {dt:g} ms is needlessly small.",
            f"Recommended is {recommended:g} ms; the shortest time constant is {shortest:g} ms. A run takes "
            f"{recommended / dt:.3g} times as many steps.",
            f"Set timestep={recommended:g}; 'unisono converge' shows the error.",
        )


def _delays(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Delays that the grid makes longer than meant, or all alike."""
    for projection in subject.network.projections:
        if not projection.size or projection.post_population not in subject.cells:
            continue
        shortest = int(np.min(projection.delay))
        if projection.delay.ndim:
            floor = float((projection.delay == 1).mean())
            if 0.1 < floor < 1.0:
                yield rule.finding(
                    Severity.WARNING,
                    "Delays are cut off at one time step.",
                    f"{floor:.0%} of {projection.size} delays are the shortest possible, {subject.dt:g} ms.",
                    "Shorten the step, or draw delays from a distribution that stays above it.",
                    projection.label,
                )
        if shortest == 1 and subject.dt >= COARSE_DELAY and subject.is_network:
            yield rule.finding(
                Severity.NOTE,
                "The delay is a single, long time step.",
                f"A delay of {subject.dt:g} ms; in Potjans & Diesmann (2014) they have means of 0.8 and 1.5 ms.",
                "Shorten the step where delays matter, as for synchrony and oscillations.",
                projection.label,
            )


RULE = Rule(
    "time-step",
    "The time step fits the cell model, its time constants, the delays and the load by conductances.",
    "Hansel, Mato, Meunier & Neltner (1998), Neural Comput 10:467-483; Rotter & Diesmann (1999), Biol Cybern "
    "81:381-402; Morrison, Straube, Plesser & Diesmann (2007), Neural Comput 19:47-79",
    _check,
)
