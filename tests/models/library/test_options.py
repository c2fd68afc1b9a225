"""Options of library models: converted, bounded, named when they are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from unisono.models.errors import NetworkError, UnknownName
from unisono.models.library.options import Options, option


@dataclass(frozen=True)
class Tiny(Options):
    n: int = option(10, "", "cells", least=1)
    rate: float = option(5.0, "Hz", "rate", above=0, most=100)
    kind: str = option("a", "", "kind", choices=("a", "b"))
    name: str = option("", "", "anything")


def test_text_becomes_the_type_of_the_option():
    tiny = Tiny.read({"n": "3", "rate": "2.5", "kind": "b", "name": 7})
    assert (tiny.n, tiny.rate, tiny.kind, tiny.name) == (3, 2.5, "b", "7")
    assert type(Tiny(n=4.0).n) is int and type(Tiny(rate=2).rate) is float


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"n": 0}, NetworkError, "'n' must be at least 1, not 0"),
        ({"n": 1.5}, NetworkError, "'n' must be a whole number"),
        ({"rate": 0}, NetworkError, "'rate' must be above 0, not 0"),
        ({"rate": 101}, NetworkError, "'rate' must be at most 100"),
        ({"rate": "fast"}, NetworkError, "'rate' must be a number, not 'fast'"),
        ({"rate": "inf"}, NetworkError, "finite"),
        ({"kind": "c"}, UnknownName, "'kind' cannot be 'c'. Choose one of: a, b"),
        ({"m": 1}, UnknownName, "Unknown option 'm'. Choose one of: n, rate, kind, name"),
    ],
)
def test_what_is_wrong_is_named(given, error, says):
    with pytest.raises(error, match=says):
        Tiny.read(given)
