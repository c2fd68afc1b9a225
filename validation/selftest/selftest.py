"""Self-tests of the gate: faults are injected into the simulators, and each tier is asked whether it sees them.

What a self-test is; the tiers are tested in :mod:`~unisono.validation.selftest.identical`,
:mod:`~unisono.validation.selftest.converged` and :mod:`~unisono.validation.selftest.equivalent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from unisono.adapters import registry
from unisono.adapters.runtime.executor import Executor, installed_version
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import NetworkError
from unisono.validation.faults.faults import Fault
from unisono.validation.selftest.detection import Announce, DetectionRate

#: What is counted over repetitions.
_COUNTS = ("caught", "runs", "examined", "named", "spikes", "synapses")


@dataclass(frozen=True)
class Selftest:
    """What is tested, and how.

    Attributes
    ----------
    source : ModelSource
    simulators : tuple of str
        At least two: each is compared with another one, its baseline.
    faults : tuple of Fault
    seeds : tuple of int
        One repetition each.
    examined : int
        Repetitions whose first differences are explained; the others are only found.
    executor : Executor
        ``executor.jobs`` repetitions run at once.
    announce : callable
    """

    source: ModelSource
    simulators: tuple[str, ...]
    faults: tuple[Fault, ...]
    seeds: tuple[int, ...]
    examined: int = 1
    executor: Executor = field(default_factory=Executor)
    announce: Announce = lambda line: None

    def __post_init__(self) -> None:
        if len(self.simulators) < 2:
            raise NetworkError("A self-test needs at least two simulators.", "Name them with --on.")
        if not self.seeds:
            raise NetworkError("Give at least one seed.", "Repeat the self-test at least once: --repetitions 1.")

    def baseline(self, simulator: str) -> str:
        """The simulator that another one is compared with."""
        return next(name for name in self.simulators if name != simulator)


def label_of(source: ModelSource) -> str:
    """The model with its options, in words."""
    number = [] if source.number is None else [f"(network {source.number})"]
    options = [f"{name}={value}" for name, value in source.options.items()]
    return " ".join([source.model, *number, *options, *source.args])


def versions_of(selftest: Selftest) -> dict[str, str]:
    """Versions of the simulators, by name."""
    adapters = {name: registry.get(name) for name in selftest.simulators}
    return {name: installed_version(adapter, selftest.executor.interpreter(name)) for name, adapter in adapters.items()}


def sum_of(rates: Sequence[DetectionRate]) -> DetectionRate:
    """The rates of all repetitions as one."""
    note = next((e.note for e in rates if e.note), "")
    totals = {name: sum(getattr(e, name) for e in rates) for name in _COUNTS}
    return replace(rates[0], note=note, **totals)


def kept_of(rates: Sequence[DetectionRate]) -> str:
    """How much of what a tier claims it has seen, in words; what it does not claim is no miss."""
    claimed = [rate for rate in rates if rate.claimed and rate.runs]
    if not claimed:
        return "no error that is claimed was run"
    return f"{sum(e.caught for e in claimed)} of {sum(e.runs for e in claimed)} claimed errors seen"
