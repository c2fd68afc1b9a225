"""The registry: entries by name, and what is said about a name that no entry has."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from unisono.models.errors import UnknownName
from unisono.models.registry import Lazy, Registry, nearest, registry


@dataclass(frozen=True)
class Fruit:
    name: str


APPLE, PEAR = Fruit("apple"), Fruit("pear")


def test_it_is_a_mapping_in_the_order_of_addition():
    fruits = registry("fruit", PEAR, APPLE)
    assert list(fruits) == ["pear", "apple"]
    assert dict(fruits) == {"pear": PEAR, "apple": APPLE}
    assert len(fruits) == 2 and "apple" in fruits and "plum" not in fruits
    assert fruits["apple"] is APPLE
    assert fruits.get("plum") is None and fruits.get("plum", PEAR) is PEAR and fruits.get("apple") is APPLE
    assert repr(fruits) == "Registry('fruit', ['pear', 'apple'])"


def test_an_unknown_name_is_answered_with_the_choices_and_the_nearest():
    with pytest.raises(UnknownName) as error:
        registry("fruit", PEAR, APPLE)["aple"]
    assert str(error.value) == "Unknown fruit 'aple'. Did you mean 'apple'? Choose one of: pear, apple."
    with pytest.raises(UnknownName) as error:
        registry("fruit", PEAR, APPLE)["x"]
    assert str(error.value) == "Unknown fruit 'x'. Choose one of: pear, apple."


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="The fruit 'pear' is registered twice"):
        registry("fruit", PEAR, APPLE).add("pear", APPLE)
    fruits = registry("fruit", PEAR, PEAR)
    assert list(fruits) == ["pear"]


def test_a_lazy_entry_is_imported_when_it_is_used():
    lazy: Registry[object] = Registry("thing", {"nowhere": Lazy("no.such.module:x"), "pi": Lazy("math:pi"), "one": 1})
    assert list(lazy) == ["nowhere", "pi", "one"] and "nowhere" in lazy
    assert lazy["pi"] == 3.141592653589793
    assert lazy.location("pi") == "math:pi" and lazy.location("one") == ""
    with pytest.raises(ModuleNotFoundError):
        lazy["nowhere"]
    with pytest.raises(UnknownName, match=r"Unknown thing 'nowher'\. Did you mean 'nowhere'"):
        lazy.location("nowher")


def test_the_nearest_name_does_not_go_by_case():
    assert nearest("NEST", ["nest", "neuron"]) == "nest"
    assert nearest("if_curr_exp", ["IF_curr_exp", "IF_cond_exp"]) == "IF_curr_exp"
    assert nearest("zzz", ["nest"]) is None
