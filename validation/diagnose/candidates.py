"""Which faults are tried as causes, and in which order: what the test circuit suggests, then the cheap ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from unisono.adapters.contract import Settings
from unisono.models.network import Network
from unisono.validation.diagnose.cause import Deviation
from unisono.validation.faults.faults import (
    FAULTS,
    WEIGHTS,
    Fault,
    can_run,
    delay,
    label,
    refractory,
    sources,
    weights,
)

#: Errors of what is given back alone: no simulation is needed to try them.
OF_RECORDINGS = (label(1), label(-1), label(2), label(-2))

#: A simulator's own numerics, for a baseline that is another way to the same simulator.
OWN_NUMERICS = Fault(
    "own numerics",
    "it computes with its own method (numerics 'native')",
    "integrator",
    (),
    settings=lambda settings: replace(settings, numerics="native"),
)

#: Those that are drawn at random: as a cause one looks for the very synapse or spike instead.
_DRAWN = ("missing synapse", "lost spikes")

#: Beyond the injected faults that are published: what adapters have got wrong.
_MORE = (sources(-1),)

#: How near a measured factor of weights must be to that of a published error to be taken for it, and how near to each
#: other those of all receptors must be to be taken for one, in parts of the error.
_NEAR, _SAME = 0.3, 0.2

#: Kinds of errors in the order in which they are tried; all others come last.
_ORDER = ("label", "delay", "refractoriness", "input", "connection", "synapse", "weight", "integrator", "precision")


def suggested(deviations: Sequence[Deviation]) -> tuple[Fault, ...]:
    """Errors that would show on the test circuit as was found."""
    found = [fault for deviation in deviations if (fault := _of(deviation)) is not None]
    factors = [f.measured for f in deviations if f.kind.startswith("weight")]
    if factors and max(factors) - min(factors) < _SAME * abs(factors[0] - 1):
        # The same for all receptors. What is small is measured too small where conductances saturate.
        found = [m for m in found if m.kind != "weight"]
        near = [f for f in WEIGHTS if abs(factors[0] - f) < _NEAR * abs(f - 1)]
        found += [weights(f) for f in near or factors[:1]]
    return tuple({fault.name: fault for fault in found}.values())


def together(faults: Sequence[Fault]) -> Fault:
    """All of them at once."""
    return reduce(add, faults)


def candidates(
    deviations: Sequence[Deviation], baseline: str, network: Network, settings: Settings, made: Sequence[str]
) -> Iterator[Fault]:
    """Errors to try on a baseline, the likely ones first; those ``made`` already are left out, and their opposites."""
    first = suggested(deviations)
    rest = [m for m in (*FAULTS.values(), *_MORE) if m.name not in _DRAWN]
    ordered = {m.name: m for m in (*first, *sorted(rest, key=_rank))}
    taken = {_what(name) for name in made}
    for name, fault in ordered.items():
        if _what(name) not in taken and not can_run(fault, baseline, network, settings):
            yield fault


def _what(name: str) -> str:
    """What an error changes, without how much: ``delay`` of ``delay + 1 step`` and of ``delay - 1 step``."""
    return name.split(" + ")[0].split(" - ")[0]


def _of(deviation: Deviation) -> Fault | None:
    steps = round(deviation.measured - deviation.expected)
    match deviation.kind:
        case "label":
            return label(steps)
        case "refractoriness":
            return refractory(steps)
        case "delay":
            return delay(steps)
        case "input":
            return sources(steps)
        case "synapse":
            return FAULTS["tau_syn swapped"]
        case "integrator":
            return FAULTS["forward Euler"] if "forward Euler" in deviation.sentence else None
        case "precision":
            return FAULTS["float32"]
    if deviation.kind.startswith("weight of "):
        return weights(deviation.measured, deviation.kind.removeprefix("weight of "))
    return None


def _rank(fault: Fault) -> int:
    return _ORDER.index(fault.kind) if fault.kind in _ORDER else len(_ORDER)
