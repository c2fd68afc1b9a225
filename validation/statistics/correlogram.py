"""Cross-correlograms over the connections that are known to be there.

Counted is from the arrival of each presynaptic spike to each spike of the target, so that all delays of a
network give one curve. What is shared by all cells, such as a common rhythm, is smooth there; what a connection
does begins with the arrival, and that edge shows a delay that is one step off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording
from unisono.models.network import Network, Projection
from unisono.validation.statistics.activity import Activity, activity
from unisono.validation.statistics.curve import CORRELOGRAM, EXCITATORY, INHIBITORY, Curve
from unisono.validation.statistics.signs import sign_of

#: Lags from arrival, ms.
BEFORE, AFTER = 5.0, 15.0

#: Synapses that are counted, and the seed that draws them: the same in every run of a network.
MAX_SYNAPSES, SEED = 250_000, 20070401

#: Arrivals that are worked on at once.
BLOCK = 1_000_000

#: Larger than any number of steps (:data:`unisono.models.network.elements.MAX_STEPS`), with room for lags.
_CELL = 1 << 40


@dataclass
class _Counts:
    """Pairs of spikes, and pairs expected of cells that know nothing of each other, by lag in steps from ``low``."""

    low: int
    pairs: NDArray[np.int64]
    expected: NDArray[np.float64]

    @property
    def high(self) -> int:
        return self.low + self.pairs.size - 1


@dataclass(frozen=True)
class _Synapses:
    """Synapses sorted by their targets: cells and delays in steps, each of shape (synapses,)."""

    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    delay: NDArray[np.int64]


def correlograms(recording: Recording, network: Network, transient: float) -> Iterator[Curve]:
    """The correlogram of the excitatory and of the inhibitory connections between cells."""
    low, high = -round(BEFORE / recording.dt), round(AFTER / recording.dt)
    for sign, label in ((1, EXCITATORY), (-1, INHIBITORY)):
        chosen = [p for p in network.projections if _between_cells(network, p) and sign_of(network, p) == sign]
        if not chosen:
            continue
        counts = _Counts(low, np.zeros(high - low + 1, np.int64), np.zeros(high - low + 1))
        drawn = [(p, _drawn(p, network)) for p in chosen]
        for trial in range(len(recording.trials)):
            of = {i: activity(recording, i, trial, transient) for p in chosen for i in _ends(p)}
            for projection, synapses in drawn:
                _count(of[projection.pre_population], of[projection.post_population], synapses, counts)
        if counts.expected.any():
            yield _curve(counts, label, recording.dt)


def _ends(projection: Projection) -> tuple[int, int]:
    return projection.pre_population, projection.post_population


def _between_cells(network: Network, projection: Projection) -> bool:
    return bool(projection.size) and not any(network.populations[i].is_source for i in _ends(projection))


def _drawn(projection: Projection, network: Network) -> _Synapses:
    """The synapses that are counted, those of a cell onto itself left out."""
    total = sum(p.size for p in network.projections if _between_cells(network, p))
    pre, post = projection.pre.astype(np.int64), projection.post.astype(np.int64)
    delay = np.broadcast_to(np.asarray(projection.delay, np.int64), pre.shape)
    chosen = np.arange(pre.size)
    if total > MAX_SYNAPSES:
        # Without replacement only nearly: a synapse that is drawn twice is kept once.
        share = max(1, int(MAX_SYNAPSES * pre.size / total))
        chosen = np.unique(np.random.RandomState(SEED).randint(0, pre.size, share))
    if projection.pre_population == projection.post_population:
        chosen = chosen[pre[chosen] != post[chosen]]
    chosen = chosen[np.argsort(post[chosen], kind="stable")]
    return _Synapses(pre[chosen], post[chosen], delay[chosen])


def _count(pre: Activity, post: Activity, synapses: _Synapses, counts: _Counts) -> None:
    """Add the pairs of spikes of all synapses."""
    if pre.is_empty or post.is_empty:
        return
    times, bounds = pre.by_cell
    targets, target_bounds = post.by_cell
    keys = targets + np.repeat(np.arange(post.size), np.diff(target_bounds)) * _CELL
    spikes = np.diff(bounds)[synapses.pre]
    by_chance = spikes * np.diff(target_bounds)[synapses.post] / (post.stop - post.start)
    counts.expected += by_chance.sum()
    # Spikes of both cells in one step are common input, not this connection, and stay where they are
    # whatever the delay: that lag is left out.
    at = -synapses.delay - counts.low
    seen = (at >= 0) & (at < counts.pairs.size)
    counts.expected -= np.bincount(at[seen], by_chance[seen], counts.pairs.size)
    ends = np.cumsum(spikes)
    first = 0
    while first < spikes.size:
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        block = slice(first, last)
        n = spikes[block]
        offset = np.repeat(bounds[:-1][synapses.pre[block]] - (ends[block] - n - done), n)
        delay = np.repeat(synapses.delay[block], n)
        arrivals = times[offset + np.arange(offset.size)] + delay
        _count_from(arrivals + np.repeat(synapses.post[block], n) * _CELL, delay, keys, counts)
        first = last


def _count_from(
    arrivals: NDArray[np.int64], delay: NDArray[np.int64], keys: NDArray[np.int64], counts: _Counts
) -> None:
    """Add the pairs of arrivals and target spikes, both as keys of cell and step."""
    place = np.searchsorted(keys, arrivals + counts.low)
    while place.size:
        inside = place < keys.size
        arrivals, delay, place = arrivals[inside], delay[inside], place[inside]
        lag = keys[place] - arrivals
        near = lag <= counts.high
        arrivals, delay, place, lag = arrivals[near], delay[near], place[near], lag[near]
        counts.pairs += np.bincount(lag[lag != -delay] - counts.low, minlength=counts.pairs.size)
        place = place + 1


def _curve(counts: _Counts, label: str, dt: float) -> Curve:
    expected, total = counts.expected, float(counts.expected.max())
    known = expected > 1e-9 * total
    y = np.full(counts.pairs.size, np.nan)
    y[known] = counts.pairs[known] / expected[known]
    lags = np.arange(y.size)
    y = np.interp(lags, lags[known], y[known])
    return Curve(
        CORRELOGRAM,
        label,
        np.arange(counts.low, counts.high + 1) * dt,
        y,
        "ms",
        "",
        "Spikes of the target by the time since a presynaptic spike arrived, over those expected of cells that do not "
        f"know of each other; at most about {MAX_SYNAPSES:,} connections, drawn once; without connections of a cell to "
        "itself and without spikes of both in one step; silent cells add nothing.",
        "Perkel, Gerstein & Moore (1967)",
        int(counts.pairs.sum()),
    )
