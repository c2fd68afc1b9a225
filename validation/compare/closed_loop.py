"""Closed loops: a script that reads data drives another network on each simulator; where two of them part, and why.

A script is captured once a simulator. The networks that come of it are the same up to the first input that differs: a
spike of a source, an injected current, a parameter, state or weight set between two runs, or the end of a trial. Before
it lie data that the script read, and those are compared, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.models.cards import brief
from unisono.models.network import Change, CurrentInput, Network, Trial
from unisono.validation.compare.read_data import Loop, differences, first_of_one


@dataclass(frozen=True)
class Event:
    """An input that differs.

    Attributes
    ----------
    trial, step : int
        When it acts, in steps of the trial; before step 0 where the networks themselves differ.
    what : str
        ``network``, ``schedule``, ``parameter``, ``state``, ``weight``, ``current`` or ``source spike``.
    where : str
        The population or projection, with the cell or synapse where it is one.
    a, b : float or None
        The two values: a parameter, an amplitude in nA, a number of spikes, a time in ms; None if it is missing.
    """

    trial: int
    step: int
    what: str
    where: str
    a: float | None = None
    b: float | None = None


@dataclass(frozen=True)
class Divergence:
    """Where two loops diverge.

    Attributes
    ----------
    a, b : str
        The simulators.
    trial : int
    time : float
        Of the first input that differs, ms; the end of the step for a spike of a source, its beginning for the rest.
    what, where, value_a, value_b
        As :class:`Event` has them.
    read : str
        What the script last read before it.
    data : str
        Where the data that it had read by then differ first.
    """

    a: str
    b: str
    trial: int
    time: float
    what: str
    where: str
    value_a: float | None
    value_b: float | None
    read: str
    data: str

    __repr__ = brief

    @property
    def text(self) -> str:
        """One paragraph."""
        a, b = registry.title(self.a), registry.title(self.b)
        values = f"{_shown(self.value_a)} in the loop of {a}, {_shown(self.value_b)} in that of {b}"
        when = f"at {self.time:g} ms" + (f" of trial {self.trial + 1}" if self.trial else "")
        if self.what == "network":
            when = "before the first run"
        found = f"The loops of {a} and {b} diverge {when}: {self.what} of {self.where} ({values})."
        return " ".join(filter(None, (found, self.read, self.data)))

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "text": self.text}


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.10g}"


def first_divergence(a: Loop, b: Loop) -> Divergence | None:
    """The first input in which two loops differ.

    Parameters
    ----------
    a, b : Loop
        One script on two simulators.

    Returns
    -------
    Divergence or None
        None if both networks receive the same.
    """
    events = [*_structure(a.network, b.network), *_schedule(a.network, b.network)]
    events += [*_changes(a.network, b.network), *_currents(a.network, b.network), *_spikes(a.network, b.network)]
    if not events:
        return None
    event = min(events, key=lambda found: (found.trial, found.step))
    read = max(
        (r for r in a.reads if (r.trial, r.step) <= (event.trial, event.step)),
        key=lambda r: (r.trial, r.step),
        default=None,
    )
    dt, labels = a.network.dt, [p.label for p in a.network.populations]
    said = data = ""
    if read is not None:
        what = "spikes" if read.variable == "spikes" else f"'{read.variable}'"
        whose = f"the synapses '{read.synapses}'" if read.synapses else f"'{labels[read.population]}'"
        said = f"Before it, at {read.step * dt:g} ms, the script read {what} of {whose}."
        data = differences(a, b, read)
    time = round(max(event.step, 0) * dt, 9)
    return Divergence(
        a.simulator, b.simulator, event.trial, time, event.what, event.where, event.a, event.b, said, data
    )


def compare_loops(loops: Sequence[Sequence[Loop]]) -> list[tuple[Divergence, ...]]:
    """Where the loops of a script diverge from those of the first simulator.

    Parameters
    ----------
    loops : sequence of sequence of Loop
        By simulator: a loop for each network that the script runs.

    Returns
    -------
    list of tuple of Divergence
        For each network of the first simulator.
    """
    first, *others = loops
    found = []
    for index, loop in enumerate(first):
        parted = [first_divergence(loop, other[index]) for other in others if index < len(other)]
        if index == len(first) - 1:
            parted += [_of_numbers(first, other) for other in others if len(other) != len(first)]
        found.append(tuple(divergence for divergence in parted if divergence is not None))
    return found


def _of_numbers(a: Sequence[Loop], b: Sequence[Loop]) -> Divergence:
    names, numbers = (a[0].simulator, b[0].simulator), (float(len(a)), float(len(b)))
    return Divergence(*names, 0, 0.0, "network", "the number of networks", *numbers, "", "")


# -- what does not change in time ---------------------------------------------


def _structure(a: Network, b: Network) -> Iterator[Event]:
    """Differences of the networks at their first run: a later setup() may depend on data of an earlier network."""
    for title, p_size, q_size in (
        ("the number of populations", len(a.populations), len(b.populations)),
        ("the number of projections", len(a.projections), len(b.projections)),
        ("the time step", a.dt, b.dt),
    ):
        if p_size != q_size:
            yield Event(0, -1, "network", title, p_size, q_size)
    for p, q in zip(a.populations, b.populations, strict=False):
        if (p.size, p.cell) != (q.size, q.cell):
            yield Event(0, -1, "network", f"the size or cells of '{p.label}'", p.size, q.size)
            continue
        one, other = ({**x.parameters, **x.initial} for x in (p, q))
        for name in sorted({*one, *other}):
            if found := _unequal(one.get(name), other.get(name), p.size):
                yield Event(0, -1, "network", f"{name}, cell {found[0]} of '{p.label}'", *found[1:])
    for s, t in zip(a.projections, b.projections, strict=False):
        if not (np.array_equal(s.pre, t.pre) and np.array_equal(s.post, t.post)):
            yield Event(0, -1, "network", f"the synapses of '{s.label}'", s.size, t.size)
            continue
        one, other = ({**x.parameters, **x.initial, "delay": x.axonal + x.dendritic} for x in (s, t))
        for name in sorted({*one, *other}):
            if found := _unequal(one.get(name), other.get(name), s.size):
                yield Event(0, -1, "network", f"{name}, synapse {found[0]} of '{s.label}'", *found[1:])


def _unequal(a: Any, b: Any, size: int) -> tuple[int, float | None, float | None] | None:
    """The first of some cells or synapses for which two values differ, and the values."""
    if a is None or b is None:
        first, second = (None if v is None else float(np.broadcast_to(v, size)[0]) for v in (a, b))
        return None if a is b else (0, first, second)
    one, other = np.broadcast_to(a, size), np.broadcast_to(b, size)
    different = np.flatnonzero(one != other)
    return (int(different[0]), float(one[different[0]]), float(other[different[0]])) if different.size else None


# -- what does ------------------------------------------------------------------


def _schedule(a: Network, b: Network) -> Iterator[Event]:
    for index, (one, other) in enumerate(zip(a.trials, b.trials, strict=False)):
        if one.steps != other.steps:
            ends = (round(trial.steps * a.dt, 9) for trial in (one, other))
            yield Event(index, min(one.steps, other.steps), "schedule", "the end of the trial, ms", *ends)
    if len(a.trials) != len(b.trials):
        fewer = min(len(a.trials), len(b.trials))
        yield Event(fewer, 0, "schedule", "the number of trials", len(a.trials), len(b.trials))


def _changes(a: Network, b: Network) -> Iterator[Event]:
    for trial, (one, other) in enumerate(zip(a.trials, b.trials, strict=False)):
        told, other_told = _told(one), _told(other)
        for index in range(max(len(told), len(other_told))):
            p, q = (found[index] if index < len(found) else None for found in (told, other_told))
            if p is None or q is None or p[0] != q[0] or _target(p[1]) != _target(q[1]):
                yield _only_one(a, trial, p, q)
                break
            size = _size(a, p[1])
            if found := _unequal(p[1].values, q[1].values, size):
                cell = found[0] if p[1].cells is None else int(p[1].cells[found[0]])
                yield Event(trial, p[0], p[1].kind, _name(a, p[1], cell), *found[1:])
                break


def _told(trial: Trial) -> list[tuple[int, Change]]:
    """Changes with the step at which they are made."""
    found, step = [], 0
    for epoch in trial.epochs:
        found += [(step, change) for change in epoch.changes]
        step += epoch.steps
    return found


def _target(change: Change) -> tuple[Any, ...]:
    return change.kind, change.index, change.name, None if change.cells is None else change.cells.tobytes()


def _size(network: Network, change: Change) -> int:
    if change.kind == "synapse":
        return network.projections[change.index].size
    return network.populations[change.index].size if change.cells is None else change.cells.size


def _name(network: Network, change: Change, cell: int) -> str:
    if change.kind == "synapse":
        return f"{change.name}, synapse {cell} of '{network.projections[change.index].label}'"
    return f"{change.name}, cell {cell} of '{network.populations[change.index].label}'"


def _only_one(network: Network, trial: int, p: tuple[int, Change] | None, q: tuple[int, Change] | None) -> Event:
    """A change that is made in one loop only: the earlier of two that differ."""
    first = p is not None and (q is None or p[0] <= q[0])
    step, change = (p if first else q) or (0, None)
    if change is None:
        raise ValueError("there is no change")
    cell = 0 if change.cells is None else int(change.cells[0])
    value = float(np.broadcast_to(change.values, _size(network, change))[0])
    return Event(
        trial, step, change.kind, _name(network, change, cell), value if first else None, None if first else value
    )


def _currents(a: Network, b: Network) -> Iterator[Event]:
    """The sum of the currents into the same cells, since their order may differ between the networks."""
    one, other = _by_target(a.currents), _by_target(b.currents)
    for key in dict.fromkeys([*one, *other]):
        trial, population, _ = key
        currents = [*one.get(key, ()), *other.get(key, ())]
        steps = np.unique(np.concatenate([c.steps for c in currents]))
        sums = [_sum(found.get(key, ()), steps) for found in (one, other)]
        different = np.flatnonzero(sums[0] != sums[1])
        if different.size:
            first = different[0]
            cell = int(currents[0].cells[0])
            where = f"nA, cell {cell} of '{a.populations[population].label}'"
            yield Event(trial, int(steps[first]), "current", where, float(sums[0][first]), float(sums[1][first]))


def _by_target(currents: Sequence[CurrentInput]) -> dict[tuple[int, int, bytes], list[CurrentInput]]:
    found: dict[tuple[int, int, bytes], list[CurrentInput]] = {}
    for current in currents:
        found.setdefault((current.trial, current.population, current.cells.tobytes()), []).append(current)
    return found


def _sum(currents: Sequence[CurrentInput], steps: NDArray[Any]) -> NDArray[np.float64]:
    total = np.zeros(steps.size)
    for current in currents:
        known = np.concatenate([[0.0], current.amplitudes])
        total += known[np.searchsorted(current.steps, steps, side="right")]
    return total


def _spikes(a: Network, b: Network) -> Iterator[Event]:
    other = {(s.population, s.trial): s for s in b.spikes}
    for spikes in a.spikes:
        match = other.get((spikes.population, spikes.trial))
        if match is None:
            continue
        tables = [
            (s.steps.astype(np.int64) << 32 | s.cells, np.broadcast_to(s.counts, s.cells.shape))
            for s in (spikes, match)
        ]
        if found := first_of_one(*tables):
            key, *counts = found
            where = f"cell {key & 0xFFFFFFFF} of '{a.populations[spikes.population].label}'"
            yield Event(spikes.trial, key >> 32, "source spike", where, *counts)
