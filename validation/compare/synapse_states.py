"""States of synapses at the end of a trial: whether two simulators have the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unisono.adapters.contract.recording import Recording
from unisono.models.network import Network

#: What rounding may come to, as a part of the largest value: simulators carry out the same events by the same formula,
#: with functions that may differ in the last bit.
ROUNDING = 1e-10


@dataclass(frozen=True)
class SynapseCheck:
    """One state of the synapses of a projection, on two simulators, at the end of a trial.

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

    @property
    def agrees(self) -> bool | None:
        """Whether the difference is one of rounding; None where there is nothing to compare."""
        return None if self.missing else self.largest <= self.allowed

    def __str__(self) -> str:
        if self.missing:
            return f"one of the two does not show '{self.state}' of the synapses of '{self.projection}'."
        unit = f" {self.unit}".removesuffix(" 1")
        return (
            f"'{self.state}' of {self.synapses - self.equal:,} of {self.synapses:,} synapses of '{self.projection}' "
            f"differs at the end of the trial, by at most {self.largest:.3g}{unit}: from cell {self.pre} to cell "
            f"{self.post}, where {self.allowed:.2g}{unit} is allowed (rounding)."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "agrees": self.agrees, "text": str(self)}


def synapse_checks(a: Recording, b: Recording, network: Network) -> Iterator[SynapseCheck]:
    """The states of all synapses that change, where spikes are identical throughout."""
    for trial, (one, other) in enumerate(zip(a.trials, b.trials, strict=True)):
        for index in sorted({*one.synapses, *other.synapses}):
            first, second = (recorded.synapses.get(index, {}) for recorded in (one, other))
            projection = network.projections[index]
            for state in sorted({*first, *second}):
                known = trial, projection.label, state, network.unit_of(index, state), projection.size
                if state not in first or state not in second:
                    yield SynapseCheck(*known, missing=True, different=projection.size)
                    continue
                p, q = first[state], second[state]
                difference = np.abs(p - q)
                worst = int(np.argmax(np.where(np.isnan(difference), np.inf, difference)))
                scale = max(float(np.max(np.abs(x), initial=0.0)) for x in (p, q))
                allowed = ROUNDING * scale
                yield SynapseCheck(
                    *known,
                    equal=int((p == q).sum()),
                    largest=float(difference[worst]),
                    synapse=worst,
                    pre=int(projection.pre[worst]),
                    post=int(projection.post[worst]),
                    allowed=allowed,
                    different=int((~(difference <= allowed)).sum()),
                )
