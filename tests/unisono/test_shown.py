"""Every object that the functions of `import unisono` return says in one short line what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any

import pytest

import unisono
from unisono.models.cards import LINE, Carded

#: What a failed run does not have.
OF_RESULTS = ("recorded", "block")

#: Room for a class's name and brackets around a line.
LONGEST = LINE + 40


def parts_of(found: Any) -> Iterator[Any]:
    """What a user reaches from an object by attributes, keys and indices."""
    if isinstance(found, Mapping):
        yield from found.values()
    elif isinstance(found, (tuple, list)):
        yield from found[:3]
    if is_dataclass(found):
        yield from (getattr(found, field.name) for field in fields(found))
    if isinstance(found, Carded):
        cached = [name for name, value in vars(type(found)).items() if isinstance(value, (cached_property, property))]
        yield from (getattr(found, name) for name in cached if name[0] != "_" and name not in OF_RESULTS)


def reached(*roots: Any) -> dict[type, Any]:
    """An object of every class of ours that is reached."""
    left, seen, found = list(roots), set(), {}
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        left += [part for part in parts_of(one) if not isinstance(part, (str, int, float, type(None)))]
        if type(one).__module__.startswith("unisono."):
            found.setdefault(type(one), one)
    return found


@pytest.fixture(scope="module")
def objects() -> dict[type, Any]:
    network = unisono.load("vogels_abbott", n=50, duration=60.0)
    runs = unisono.run(network, "reference,nest")
    failed = unisono.run(network, "reference", time_limit=1e-3, fresh=True)
    plastic = unisono.load("stdp_pairs")
    return reached(
        *(network, plastic, runs, failed, unisono.compare(runs, explain=False)),
        *(unisono.lint(network), unisono.describe(network, runs), unisono.advise("rate")),
        unisono.curve("IF_curr_exp", "reference", [0.5, 1.0], duration=300.0),
        unisono.explore("single_cell", {"amplitude": [0.1, 0.2]}, "reference", duration=50.0),
    )


def test_the_repr_of_every_object_is_one_short_line(objects):
    assert len(objects) > 40
    long = {kind.__name__: repr(one) for kind, one in objects.items()}
    assert not {name: text for name, text in long.items() if len(text) > LONGEST or "\n" in text}


def test_results_have_cards(objects):
    cards = {kind.__name__ for kind, one in objects.items() if isinstance(one, Carded) and one._repr_html_()}
    assert cards >= {"Network", "Runs", "Run", "Agreement", "Statistics", "LintReport", "Description", "Exploration"}
