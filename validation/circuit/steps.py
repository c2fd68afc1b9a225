"""What is counted in steps on the test circuit: spike times, resets, refractory periods and arrivals.

Steps are counted against the simulator's own potentials, so that a spike with a wrong time does not look like a
late one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from unisono.validation.circuit.deviation import Deviation
from unisono.validation.circuit.measured import Measured, begins


def initial_values(mine: Measured) -> Iterator[Deviation]:
    """Initial potentials that are not those of the network."""
    expected = mine.circuit.initial(0)["v"]
    measured = float(mine.v[0, 0])
    if abs(measured - expected) > 1e-4:  # single precision leaves less
        yield Deviation(
            "initial value", measured, expected, "mV", f"v begins at {measured:.6g} mV instead of {expected:.6g} mV"
        )


def off_grid(mine: Measured) -> Iterator[Deviation]:
    """Spikes that are not bound to the grid."""
    if mine.off_grid:
        first = min(mine.off_grid)
        text = (
            f"spikes are not bound to the grid: a cell spikes and is reset where v crosses the threshold, as at "
            f"{first:.6g} ms, not at the end of the step"
        )
        yield Deviation("threshold", first, math.ceil(first / mine.circuit.dt) * mine.circuit.dt, "ms", text)


def steps(mine: Measured, right: Measured) -> Iterator[Deviation]:
    """Spike times, resets, refractory periods and arrivals, counted in steps."""
    driven = [c for c in mine.circuit.driven if mine.resets(c).size and right.resets(c).size and mine.spikes[c].size]
    resets = _common(int(mine.resets(c)[0] - right.resets(c)[0]) for c in driven)
    spike_times = _common(int(mine.spikes[c][0] - right.spikes[c][0]) for c in driven)
    after_reset = _common(int(mine.spikes[c][0] - mine.resets(c)[0]) for c in driven)
    sampled = 0
    if after_reset and spike_times == 0 and resets:
        sampled = resets  # its samples lie elsewhere, its spikes do not
    elif after_reset:
        yield _counted(
            "spike time", after_reset, "spike times are", "later", "earlier", "than the resets of its potential"
        )
    elif spike_times:
        yield _counted("threshold", spike_times, "a constant current makes cells spike", "later", "earlier", "")
    clamped = [_common(_clamped(m, c) for c in driven) for m in (mine, right)]
    if driven and None not in clamped and clamped[0] != clamped[1]:
        yield Deviation(
            "refractory period",
            float(clamped[0] or 0),
            float(clamped[1] or 0),
            "steps",
            f"v is clamped for {clamped[0]} steps after a spike instead of {clamped[1]}",
        )
    yield from _reset_values(mine, right, driven)
    yield from _arrivals(mine, right, sampled)


def _reset_values(mine: Measured, right: Measured, driven: Sequence[int]) -> Iterator[Deviation]:
    for c in driven:
        measured, expected = (float(m.v[m.resets(c)[0], c]) for m in (mine, right))
        if abs(measured - expected) > 1e-4:
            text = f"v is {measured:.6g} mV after a spike instead of {expected:.6g} mV"
            yield Deviation("threshold", measured, expected, "mV", text)
            return


def _arrivals(mine: Measured, right: Measured, sampled: int) -> Iterator[Deviation]:
    """Input from sources and from cells that comes at another step."""
    circuit = mine.circuit
    late = _common(_lateness(mine, right, i) for i in range(len(circuit.given)))
    from_sources = None if late is None else late - sampled
    from_cells = None
    if circuit.target is not None and mine.resets(circuit.driven[0]).size and right.resets(circuit.driven[0]).size:
        own = [begins(m.v[:, circuit.target] - m.v[:, 1], m.resets(circuit.driven[0])[0]) for m in (mine, right)]
        if own[0] is not None and own[1] is not None:
            from_cells = own[0] - own[1]
    if from_cells:
        yield _counted("delay", from_cells, "spikes of cells arrive", "later", "earlier", "")
    if not circuit.has_sources:
        return
    if from_sources and from_cells is None:
        yield _counted("delay", from_sources, "spikes of sources arrive", "later", "earlier", "")
    elif from_sources and from_sources != from_cells:
        more = from_sources - (from_cells or 0)
        yield _counted("input", more, "spikes of sources arrive", "later", "earlier", "than their delay says")


def _clamped(measured: Measured, cell: int) -> int:
    """For how many steps the potential stands still after the first reset."""
    at = int(measured.resets(cell)[0])
    moved = np.flatnonzero(np.abs(measured.v[at:, cell] - measured.v[at, cell]) > 1e-9)
    return int(moved[0]) - 1 if moved.size else 0


def _lateness(mine: Measured, right: Measured, index: int) -> int | None:
    starts = [begins(m.response(index), 0) for m in (mine, right)]
    return None if starts[0] is None or starts[1] is None else starts[0] - starts[1]


def _common(values: Iterator[int | None] | Iterator[int]) -> int | None:
    """The value, if there is one and all are the same."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _counted(kind: str, steps: int, what: str, late: str, early: str, than: str) -> Deviation:
    number = f"{abs(steps)} step{'' if abs(steps) == 1 else 's'}"
    text = f"{what} {number} {late if steps > 0 else early} {than}".rstrip()
    return Deviation(kind, float(steps), 0.0, "steps", text)
