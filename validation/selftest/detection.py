"""Which tier sees which injected fault, on which simulator, and how often.

A comparison that cannot fail proves nothing. Here every fault is put into every simulator and each
tier is asked; and the same tiers are asked about simulators without a fault, where all of them must
raise no alarm. What comes out is the detection matrix and the error rates, with the figures behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from unisono.models.cards import Card
from unisono.validation.faults.faults import CONVERGED, FAULTS
from unisono.validation.verdict import outcome_of
from unisono.validation.written import Written

#: A fault must be caught in at least this share of the runs by a tier that claims it; and simulators without
#: a fault may be called different in at most, and must be called equivalent in at least, these shares.
CAUGHT, FALSE_ALARMS, EQUIVALENT_SHARE = 0.99, 0.05, 0.90

#: Confidence of the intervals of shares.
CONFIDENCE = 0.95

Announce = Callable[[str], None]


def interval_of(successes: int, runs: int) -> tuple[float, float]:
    """Confidence interval of a share (Clopper & Pearson 1934, Biometrika 26:404-413).

    Parameters
    ----------
    successes, runs : int

    Returns
    -------
    tuple of float
        (0, 1) where there are no runs.
    """
    from scipy.stats import binomtest

    if not runs:
        return 0.0, 1.0
    found = binomtest(successes, runs).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)


@dataclass(frozen=True)
class DetectionRate:
    """What one tier said of one fault on one simulator.

    Attributes
    ----------
    fault, simulator, tier : str
    caught, runs : int
        Runs (for ensembles: draws of runs) in which the tier saw it, of how many.
    examined, named : int
        Runs whose first difference was explained, and those in which the fault was named as its cause.
    note : str
        Why there are no runs, or whose runs these are.
    spikes, synapses : int
        Of the tier of identical spikes: runs in which spikes differ, and in which final states of synapses do.
    """

    fault: str
    simulator: str
    tier: str
    caught: int = 0
    runs: int = 0
    examined: int = 0
    named: int = 0
    note: str = ""
    spikes: int = 0
    synapses: int = 0

    @property
    def claimed(self) -> bool:
        """Whether the tier claims to see the fault."""
        return self.tier in FAULTS[self.fault].claimed_by

    @property
    def is_kept(self) -> bool:
        """Whether the claim is kept; so it is where nothing is claimed or nothing could be run."""
        return not self.claimed or not self.runs or self.caught >= CAUGHT * self.runs

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "claimed": self.claimed, "interval": list(interval_of(self.caught, self.runs))}


@dataclass(frozen=True)
class FaultFree:
    """What one tier said of two simulators without a fault (an A/A comparison).

    Attributes
    ----------
    simulators : tuple of str
    tier : str
    equivalent, different, cannot_tell, runs : int
    """

    simulators: tuple[str, ...]
    tier: str
    equivalent: int
    different: int
    cannot_tell: int
    runs: int

    @property
    def is_kept(self) -> bool:
        """Whether both error rates are as small as they must be; undecided orders are no error."""
        rare = self.different <= FALSE_ALARMS * self.runs
        return rare if self.tier == CONVERGED else rare and self.equivalent >= EQUIVALENT_SHARE * self.runs

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"interval_different": list(interval_of(self.different, self.runs))}


@dataclass(frozen=True, repr=False)
class Detection(Written):
    """The detection matrix of a model, and the error rates without a fault.

    Attributes
    ----------
    model : str
        The command's words for it.
    simulators : tuple of str
    rates : tuple of DetectionRate
    fault_free : tuple of FaultFree
    versions : mapping of str to str
    protocol : mapping
        Numbers of runs, seeds, margins, as they were fixed beforehand.
    """

    model: str
    simulators: tuple[str, ...]
    rates: tuple[DetectionRate, ...]
    fault_free: tuple[FaultFree, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    protocol: Mapping[str, Any] = field(default_factory=dict)

    def _card(self) -> Card:
        facts = (", ".join(self.simulators), f"{len(self.broken)} claims not kept")
        return Card("Detection", f"on {self.model}", facts, self.verdict, outcome_of(self.verdict).css)

    @cached_property
    def broken(self) -> tuple[DetectionRate | FaultFree, ...]:
        """Claims that are not kept."""
        items: tuple[DetectionRate | FaultFree, ...] = (*self.rates, *self.fault_free)
        return tuple(item for item in items if not item.is_kept)

    @property
    def exit_status(self) -> int:
        """0: every claim is kept. 1: one is not. 2: nothing could be run."""
        if self.broken:
            return 1
        return 0 if any(rate.runs for rate in self.rates) else 2

    @property
    def verdict(self) -> str:
        """In a word or two."""
        return {0: "every claim is kept", 1: "a claim is not kept", 2: "cannot tell"}[self.exit_status]

    def of(self, fault: str, tier: str) -> tuple[DetectionRate, ...]:
        """What a tier said of a fault, simulator by simulator."""
        return tuple(e for e in self.rates if (e.fault, e.tier) == (fault, tier))

    def to_dict(self) -> dict[str, Any]:
        """As plain data: ``model``, ``faults`` with their ``cells``, ``aa``, ``versions``, ``protocol``."""
        names = dict.fromkeys(rate.fault for rate in self.rates)
        return {
            "model": self.model,
            "simulators": list(self.simulators),
            "verdict": self.verdict,
            "faults": [
                {
                    "name": name,
                    "cause": FAULTS[name].cause,
                    "claimed_by": list(FAULTS[name].claimed_by),
                    "cells": [rate.to_dict() for rate in self.rates if rate.fault == name],
                }
                for name in names
            ],
            "aa": [fault_free.to_dict() for fault_free in self.fault_free],
            "versions": dict(self.versions),
            "protocol": dict(self.protocol),
        }

    @staticmethod
    def joined(parts: Sequence[Detection]) -> Detection:
        """The parts, each of other tiers of the same model, as one."""
        first = parts[0]
        return Detection(
            first.model,
            first.simulators,
            tuple(rate for part in parts for rate in part.rates),
            tuple(fault_free for part in parts for fault_free in part.fault_free),
            {k: v for part in parts for k, v in part.versions.items()},
            {k: v for part in parts for k, v in part.protocol.items()},
        )
