"""Which deliberate errors are tried as causes, and in which order: what the bench suggests, then the cheap ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from unisono.adapters.contract import Settings
from unisono.models.network import Network
from unisono.validation.diagnose.findings import Finding
from unisono.validation.faults.faults import (
    MUTANTS,
    WEIGHTS,
    Mutant,
    can_run,
    delay,
    label,
    refractory,
    sources,
    weights,
)

#: Errors of what is given back alone: no simulation is needed to try them.
OF_RECORDINGS = (label(1), label(-1), label(2), label(-2))

#: A simulator's own numerics, for a peer that is another way to the same simulator.
OWN_NUMERICS = Mutant(
    "own numerics",
    "it computes with its own method (numerics 'native')",
    "integrator",
    (),
    settings=lambda settings: replace(settings, numerics="native"),
)

#: Those that are drawn at random: as a cause one looks for the very synapse or spike instead.
_DRAWN = ("missing synapse", "lost spikes")

#: Beyond the deliberate errors that are published: what adapters have got wrong.
_MORE = (sources(-1),)

#: How near a measured factor of weights must be to that of a published error to be taken for it, and how near to each
#: other those of all receptors must be to be taken for one, in parts of the error.
_NEAR, _SAME = 0.3, 0.2

#: Kinds of errors in the order in which they are tried; all others come last.
_ORDER = ("label", "delay", "refractoriness", "input", "connection", "synapse", "weight", "integrator", "precision")


def suggested(findings: Sequence[Finding]) -> tuple[Mutant, ...]:
    """Errors that would show on the bench as was found."""
    found = [mutant for finding in findings if (mutant := _of(finding)) is not None]
    factors = [f.measured for f in findings if f.kind.startswith("weight")]
    if factors and max(factors) - min(factors) < _SAME * abs(factors[0] - 1):
        # The same for all receptors. What is small is measured too small where conductances saturate.
        found = [m for m in found if m.kind != "weight"]
        near = [f for f in WEIGHTS if abs(factors[0] - f) < _NEAR * abs(f - 1)]
        found += [weights(f) for f in near or factors[:1]]
    return tuple({mutant.name: mutant for mutant in found}.values())


def together(mutants: Sequence[Mutant]) -> Mutant:
    """All of them at once."""
    return reduce(add, mutants)


def candidates(
    findings: Sequence[Finding], peer: str, network: Network, settings: Settings, made: Sequence[str]
) -> Iterator[Mutant]:
    """Errors to try on a peer, the likely ones first; those ``made`` already are left out, and their opposites."""
    first = suggested(findings)
    rest = [m for m in (*MUTANTS.values(), *_MORE) if m.name not in _DRAWN]
    ordered = {m.name: m for m in (*first, *sorted(rest, key=_rank))}
    taken = {_what(name) for name in made}
    for name, mutant in ordered.items():
        if _what(name) not in taken and not can_run(mutant, peer, network, settings):
            yield mutant


def _what(name: str) -> str:
    """What an error changes, without how much: ``delay`` of ``delay + 1 step`` and of ``delay - 1 step``."""
    return name.split(" + ")[0].split(" - ")[0]


def _of(finding: Finding) -> Mutant | None:
    steps = round(finding.measured - finding.expected)
    match finding.kind:
        case "label":
            return label(steps)
        case "refractoriness":
            return refractory(steps)
        case "delay":
            return delay(steps)
        case "input":
            return sources(steps)
        case "synapse":
            return MUTANTS["tau_syn swapped"]
        case "integrator":
            return MUTANTS["forward Euler"] if "forward Euler" in finding.sentence else None
        case "precision":
            return MUTANTS["float32"]
    if finding.kind.startswith("weight of "):
        return weights(finding.measured, finding.kind.removeprefix("weight of "))
    return None


def _rank(mutant: Mutant) -> int:
    return _ORDER.index(mutant.kind) if mutant.kind in _ORDER else len(_ORDER)
