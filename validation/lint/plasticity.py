"""Plastic synapses: what keeps weights from running away, their bounds, and whether a run is long enough."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unisono.models.cells.if_cond_exp_ip import IF_COND_EXP_IP
from unisono.models.network import Projection
from unisono.models.synapses.bcm_synapse import BCM_SYNAPSE
from unisono.models.synapses.spike_pair_rule import SPIKE_PAIR_ADDITIVE
from unisono.models.synapses.synaptic_scaling import SYNAPTIC_SCALING
from unisono.models.synapses.vogels_2011_rule import VOGELS_2011
from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: Synapses and cells that aim at a rate, and so stabilise what other synapses learn: their names.
HOMEOSTATIC = {model.name for model in (VOGELS_2011, BCM_SYNAPSE, SYNAPTIC_SCALING, IF_COND_EXP_IP)}

#: Sources, by what they say.
PAIRS = "Song, Miller & Abbott (2000), Nat Neurosci 3:919-926, eqs. 1-3"
WEIGHT_DEPENDENCE = "van Rossum, Bi & Turrigiano (2000), J Neurosci 20:8812-8821"
REVIEW = "Morrison, Diesmann & Gerstner (2008), Biol Cybern 98:459-478"
HOMEOSTASIS = "Zenke, Gerstner & Ganguli (2017), Curr Opin Neurobiol 43:166-176"

#: Plastic synapses from which on a network learns, and does not probe a rule.
LEARNING = 100

#: The source whose spike times a script gives.
GIVEN_TIMES = "SpikeSourceArray"

#: 1/ms: the rate of a cell where none is known.
ASSUMED_RATE = 0.01

#: Drift of a weight, as a part of its range, below which nothing is seen.
UNSEEN = 0.05

#: PyNN's default of w_max, in the receptor's unit, and how many times the weights it may be.
DEFAULT_BOUND, BEYOND = 1.0, 20.0


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    names = {p.synapse for p in subject.network.projections} | {p.cell for p in subject.cells.values()}
    homeostatic = bool(names & HOMEOSTATIC)
    for projection in subject.plastic:
        yield from _bounds(rule, subject, projection)
        if {"A_plus", "A_minus", "tau_plus", "tau_minus"} <= projection.parameters.keys():
            if subject.sign(projection) >= 0 and not homeostatic and not _is_protocol(subject, projection):
                yield from _stability(rule, projection)
            yield from _too_short(rule, subject, projection)


def _is_protocol(subject: Subject, projection: Projection) -> bool:
    """Whether given spike times, of the sources or of all sources there are, probe a rule at a few synapses."""
    populations = subject.network.populations
    sources = [populations[projection.pre_population]]
    if not sources[0].is_source:
        sources = [population for population in populations if population.is_source]
    return projection.size < LEARNING and bool(sources) and all(source.cell == GIVEN_TIMES for source in sources)


def _stability(rule: Rule, projection: Projection) -> Iterator[Finding]:
    """The drift under uncorrelated spikes, and what stops it."""
    up, down = _area(projection, "plus"), _area(projection, "minus")
    evidence = f"A_plus tau_plus = {up:.3g} ms, A_minus tau_minus = {down:.3g} ms."
    additive = projection.synapse == SPIKE_PAIR_ADDITIVE.name
    if projection.synapse.startswith("SpikePair") and not additive:
        return  # the dependence on the weight gives each a fixed point
    if down <= up:
        yield rule.finding(
            Severity.WARNING,
            "Potentiation is at least as strong as depression: spikes that follow those of inputs drive weights up.",
            evidence,
            "Choose A_minus so that A_minus tau_minus is some 5 % above A_plus tau_plus, or a weight dependence "
            "(MultiplicativeWeightDependence, GutigWeightDependence).",
            projection.label,
            source=PAIRS,
        )
    elif additive and projection.size >= LEARNING:
        yield rule.finding(
            Severity.NOTE,
            "The pair rule has neither weight dependence nor homeostasis: weights gather at both bounds.",
            evidence,
            "This is right where inputs are to compete. Else take a weight dependence, SynapticScaling, or inhibitory "
            "plasticity (Vogels2011Rule).",
            projection.label,
            source=f"{WEIGHT_DEPENDENCE}; {HOMEOSTASIS}",
        )


def _area(projection: Projection, side: str) -> float:
    """The area under one side of the learning window, as a part of ``w_max`` times ms."""
    amplitude, tau = (float(np.mean(projection.parameters[f"{name}_{side}"])) for name in ("A", "tau"))
    return amplitude * tau


def _bounds(rule: Rule, subject: Subject, projection: Projection) -> Iterator[Finding]:
    """A bound that no weight meets, a weight beyond its bound, and a rule without one."""
    largest = float(np.max(np.abs(projection.weight)))
    unit = subject.weight_unit(projection)
    if "w_max" not in projection.parameters:
        if projection.definition and "min(" not in projection.model.on_post + projection.model.on_pre:
            yield rule.finding(
                Severity.WARNING,
                "Nothing bounds the weights from above: the rule has no w_max.",
                f"Spikes of the target change weights of up to {largest:.3g} {unit}.",
                "Add a parameter w_max, as in 'weight = min(weight + ..., w_max)'.",
                projection.label,
            )
        return
    bound = float(np.min(projection.parameters["w_max"]))
    if bound == DEFAULT_BOUND and 0 < largest < bound / BEYOND:
        yield rule.finding(
            Severity.WARNING,
            "w_max has its default and is far above the weights.",
            f"w_max = {bound:g} {unit}, the largest weight is {largest:.3g} {unit}; each step of the rule is a part "
            f"of w_max.",
            f"Set w_max to what a synapse may reach, some two or three times the weight ({3 * largest:.2g} {unit}).",
            projection.label,
            source=REVIEW,
        )
    elif largest > bound * (1 + 1e-9):
        yield rule.finding(
            Severity.WARNING,
            "Initial weights are above w_max.",
            f"The largest is {largest:.3g} {unit}, w_max = {bound:.3g} {unit}: the first potentiation cuts it down.",
            "Raise w_max, or start below it.",
            projection.label,
            source=REVIEW,
        )


def _too_short(rule: Rule, subject: Subject, projection: Projection) -> Iterator[Finding]:
    """The drift that uncorrelated spikes can cause within the run."""
    if projection.size < LEARNING:
        return
    rates = subject.source_rates.get(projection.pre_population)
    known = rates is not None
    rate = float(rates[projection.pre].mean()) if rates is not None else ASSUMED_RATE
    drift = max(_area(projection, "plus"), _area(projection, "minus")) * rate * ASSUMED_RATE * subject.longest
    if rate and drift < UNSEEN:
        needed = subject.longest * 2 * UNSEEN / drift / 1000
        yield rule.finding(
            Severity.WARNING,
            "The run is too short for the weights to change visibly.",
            f"In {subject.longest:g} ms, with sources at {rate * 1000:.3g} Hz{'' if known else ' (assumed)'} and cells "
            f"at {ASSUMED_RATE * 1000:g} Hz (assumed), potentiation and depression each move a weight by at most "
            f"{drift:.1%} of its range.",
            f"Run for {max(needed, 10):.2g} s or longer; runs that show learning take 10 to 100 s.",
            projection.label,
            source=REVIEW,
        )


RULE = Rule(
    "plasticity",
    "Plastic weights have bounds, something that stabilises them, and time to change.",
    f"{PAIRS}; {WEIGHT_DEPENDENCE}; {REVIEW}; {HOMEOSTASIS}",
    _check,
)
