"""Poisson input that cells draw themselves, as the end of a step: after the integration, before other input."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.adapters.codegen.program import ACTIVE, Assignment, Instruction, Loop
from unisono.models.cells.model import CellModel, PoissonInput
from unisono.models.dynamics.generator import chance, following


def poisson_input(model: CellModel) -> tuple[Instruction, ...]:
    """What all Poisson input does in a step."""
    return tuple(instruction for name, found in model.poisson.items() for instruction in _drawn(model, name, found))


def _drawn(model: CellModel, name: str, found: PoissonInput) -> Iterator[Instruction]:
    """Draw a number, find the count at which the cumulated probability reaches it, and add what so many spikes bring.

    It is always reached: the number is at most 1 - 5e-10, and the sum misses 1 by rounding alone.
    """
    yield Assignment(found.first, following(found.first, 0))
    yield Assignment(found.second, following(found.second, 1))
    drawn, count, part, total = (f"{word}__{name}" for word in ("drawn", "count", "part", "total"))
    yield Assignment(drawn, chance(found.first, found.second))
    # what begins with a plain number would be shared by all cells of Brian2
    yield Assignment(count, f"0*{drawn}")
    yield Assignment(part, f"{found.none} + {count}")
    yield Assignment(total, f"{found.none} + {count}")
    body = (
        Assignment(count, f"{count} + 1"),
        Assignment(part, f"{part}*{found.mean}/{count}"),
        Assignment(total, f"{total} + {part}"),
    )
    yield Loop(f"{drawn} - {total}", body)
    receptor = model.receptors[found.receptor]
    jump = f"{found.weight}*{count}"
    if receptor.only_when_active and model.refractory:
        jump = f"{ACTIVE}*({jump})"
    yield Assignment(f"risen__{name}", f"{receptor.state} + {jump}")
    yield Assignment(receptor.state, f"risen__{name}")
