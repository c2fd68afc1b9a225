"""States of synapses, sampled and at the end of a trial: whether two simulators have the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.models.cards import brief
from unisono.models.network import Network, Projection
from unisono.models.synapses.model import WEIGHT
from unisono.models.words import with_unit

#: What rounding may come to, as a part of the largest value: simulators carry out the same events by the same formula,
#: with functions that may differ in the last bit.
ROUNDING = 1e-10


@dataclass(frozen=True)
class SynapseCheck:
    """One state of the synapses of a projection, on two simulators: its samples, or its values at the end of a trial.

    Attributes
    ----------
    trial : int
    projection, state, unit : str
    synapses : int
    equal : int
        Those in which it is equal in every bit.
    different : int
        Those in which it differs by more than is allowed; all where one of the two does not show it.
    largest : float
        The largest difference; NaN where a value is no number on one of the two.
    synapse : int
        Where that is.
    pre, post : int
        The cells at its ends.
    allowed : float
    missing : bool
        Whether one of the two does not show it.
    time_ms : float or None
        Of samples, the first at which it differs by more than is allowed, 0 where none does; None at the end.
    """

    trial: int
    projection: str
    state: str
    unit: str
    synapses: int
    equal: int = 0
    largest: float = 0.0
    synapse: int = 0
    pre: int = 0
    post: int = 0
    allowed: float = 0.0
    missing: bool = False
    different: int = 0
    time_ms: float | None = None

    __repr__ = brief

    @property
    def agrees(self) -> bool | None:
        """Whether the difference is one of rounding; None where there is nothing to compare."""
        return None if self.missing else self.largest <= self.allowed

    @property
    def is_hidden(self) -> bool:
        """Whether it is a state behind the weight that one of the two does not show: spikes tell of it."""
        return self.missing and self.time_ms is None and self.state != WEIGHT

    def __str__(self) -> str:
        if self.missing:
            return f"one of the two does not show '{self.state}' of the synapses of '{self.projection}'."
        when = "at the end of the trial" if self.time_ms is None else f"from {self.time_ms:g} ms on"
        return (
            f"'{self.state}' of {self.synapses - self.equal:,} of {self.synapses:,} synapses of '{self.projection}' "
            f"differs {when}, by at most {with_unit(self.largest, self.unit, 3)}: from cell {self.pre} to cell "
            f"{self.post}, where {with_unit(self.allowed, self.unit)} is allowed (rounding)."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "agrees": self.agrees, "text": str(self)}


def synapse_checks(
    a: Recording, b: Recording, network: Network, before: tuple[int, int] | None = None, rounding: float = ROUNDING
) -> Iterator[SynapseCheck]:
    """The states of all synapses that change while spikes are identical: samples, then those at the end.

    Parameters
    ----------
    a, b : Recording
    network : Network
    before : (int, int), optional
        Trial and step of the first spike that only one of the two has; without it there is none.
    rounding : float
        What is allowed of states at the end, as a part of the largest value.
    """
    for trial, (one, other) in enumerate(zip(a.trials, b.trials, strict=True)):
        if before is not None and trial == before[0]:
            yield from _of_samples(trial, one, other, network, before[1])
            return
        yield from _of_samples(trial, one, other, network)
        for index in sorted({*one.synapses, *other.synapses}):
            first, second = (recorded.synapses.get(index, {}) for recorded in (one, other))
            projection = network.projections[index]
            for state in sorted({*first, *second}):
                known = trial, projection.label, state, network.unit_of(index, state), projection.size
                if state not in first or state not in second:
                    yield SynapseCheck(*known, missing=True, different=projection.size)
                    continue
                yield _check(known, first[state][np.newaxis], second[state][np.newaxis], projection, rounding)


def _of_samples(
    trial: int, a: TrialRecording, b: TrialRecording, network: Network, end: int | None = None
) -> Iterator[SynapseCheck]:
    """The samples of a trial, those before a step if one is given."""
    first, second = ({(s.projection, s.state, s.interval): s.values for s in t.samples} for t in (a, b))
    for index, state, interval in sorted({*first, *second}):
        projection, place = network.projections[index], (index, state, interval)
        known = trial, projection.label, state, network.unit_of(index, state), projection.size
        p, q = first.get(place), second.get(place)
        if p is None or q is None or p.shape != q.shape:
            yield SynapseCheck(*known, missing=True, different=projection.size, time_ms=0.0)
            continue
        rows = None if end is None else -(-end // interval)
        p, q = p[:rows], q[:rows]
        found = _check(known, p, q, projection)
        wrong = np.flatnonzero((~(np.abs(p - q) <= found.allowed)).any(axis=1))
        first_wrong = float(wrong[0]) if wrong.size else 0.0
        yield replace(found, time_ms=round(first_wrong * interval * network.dt, 9))


def _check(
    known: tuple[int, str, str, str, int],
    p: NDArray[np.float64],
    q: NDArray[np.float64],
    projection: Projection,
    rounding: float = ROUNDING,
) -> SynapseCheck:
    """Two sets of samples, shape (samples, synapses) each."""
    difference = np.abs(p - q)
    largest = np.where(np.isnan(difference), np.inf, difference).max(axis=0)
    worst = int(np.argmax(largest))
    scale = max(float(np.max(np.abs(x), initial=0.0)) for x in (p, q))
    allowed = rounding * scale
    return SynapseCheck(
        *known,
        equal=int((p == q).all(axis=0).sum()),
        largest=float(difference[:, worst].max()),
        synapse=worst,
        pre=int(projection.pre[worst]),
        post=int(projection.post[worst]),
        allowed=allowed,
        different=int((~(difference <= allowed)).any(axis=0).sum()),
    )
