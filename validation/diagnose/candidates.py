"""Which faults are tried as causes: what the test circuit suggests, and all others in an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.models.network import Network
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.diagnose.budget import BudgetSpent
from unisono.validation.faults.faults import (
    FAULTS,
    PLASTICITY,
    WEIGHTS,
    Fault,
    can_run,
    delay,
    fault_named,
    refractory,
    sources,
    spike_times,
    weights,
)

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

#: Beyond the faults that are published: what adapters have got wrong.
_MORE = (sources(-1),)

#: How near a measured factor of weights must be to that of a published fault to be taken for it, and how near to each
#: other those of all receptors must be to be taken for one, in parts of the deviation.
_NEAR, _SAME = 0.3, 0.2

#: Kinds of faults in the order in which they are tried; all others come last.
_ORDER = (
    "spike time",
    "delay",
    "refractory period",
    "input",
    "connection",
    PLASTICITY,
    "synapse",
    "weight",
    "integrator",
    "precision",
)


def suggested(deviations: Sequence[Deviation]) -> tuple[Fault, ...]:
    """Faults that would show on the test circuit as was measured."""
    found = [fault for deviation in deviations if (fault := _of(deviation)) is not None]
    factors = [d.measured for d in deviations if d.kind.startswith("weight")]
    if factors and max(factors) - min(factors) < _SAME * abs(factors[0] - 1):
        # The same for all receptors. What is small is measured too small where conductances saturate.
        found = [fault for fault in found if fault.kind != "weight"]
        near = [f for f in WEIGHTS if abs(factors[0] - f) < _NEAR * abs(f - 1)]
        found += [weights(f) for f in near or factors[:1]]
    return tuple({fault.name: fault for fault in found}.values())


def known(suspect: str, baseline: str, network: Network, settings: Settings | None = None) -> tuple[Fault, ...]:
    """The faults that a simulator is known to have with a network and that a baseline can be run with."""
    faults = map(fault_named, registry.get(suspect).known_faults(network))
    return tuple(fault for fault in faults if not can_run(fault, baseline, network, settings))


def needed(faults: Sequence[Fault], proves: Callable[[Sequence[Fault]], bool]) -> tuple[Fault, ...]:
    """Of faults that together are a proof, those without which it is none, as far as there is time to find out."""
    kept = tuple(faults)
    try:
        for fault in faults:
            rest = tuple(other for other in kept if other is not fault)
            if rest and proves(rest):
                kept = rest
    except BudgetSpent:
        return kept
    return kept


def together(faults: Sequence[Fault]) -> Fault:
    """All of them at once."""
    return reduce(add, faults)


def runnable(
    hints: Sequence[Fault], baseline: str, network: Network, settings: Settings | None = None
) -> tuple[Fault, ...]:
    """The faults that a baseline can be run with, those that are suggested first."""
    rest = [fault for fault in (*FAULTS.values(), *_MORE) if fault.name not in _DRAWN]
    ordered = {fault.name: fault for fault in (*hints, *sorted(rest, key=_rank))}
    return tuple(fault for fault in ordered.values() if not can_run(fault, baseline, network, settings))


def beside(made: Sequence[Fault], faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults that are neither made already nor the opposite of one that is."""
    taken = {_what(fault.name) for fault in made}
    return tuple(fault for fault in faults if _what(fault.name) not in taken)


def _what(name: str) -> str:
    """What a fault changes, without how much: ``delay`` of ``delay + 1 step`` and of ``delay - 1 step``."""
    return name.split(" + ")[0].split(" - ")[0]


def _of(deviation: Deviation) -> Fault | None:
    steps = round(deviation.measured - deviation.expected)
    match deviation.kind:
        case "spike time":
            return spike_times(steps)
        case "refractory period":
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
