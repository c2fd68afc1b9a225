"""What an author expects of statistics, and what came."""

from __future__ import annotations

import pytest

from unisono.validation.description.plan import Expectation, Plan
from unisono.validation.statistics.statistic import Statistic


def statistic(name: str, population: str, value: float | None, trial: int = 0) -> Statistic:
    return Statistic(population, trial, name, value, "Hz", "", "", 10, 0)


RATES = (statistic("rate", "exc", 5.0), statistic("rate", "inh", 12.0), statistic("CV of ISI", "exc", None))


@pytest.mark.parametrize(
    ("expectation", "held"),
    [
        (Expectation("rate", "", 1.0, 12.0), True),
        (Expectation("rate", "", 1.0, 11.0), False),
        (Expectation("rate", "inh", 12.0, None), True),
        (Expectation("rate", "exc", None, 4.0), False),
        (Expectation("CV of ISI", "exc", None, None), False),
        (Expectation("rate", "nobody", 0.0, 1.0), False),
    ],
)
def test_an_expectation_holds_where_every_value_lies_within_it(expectation, held):
    (judged,) = Plan(expectations=(expectation,)).judged(RATES)
    assert judged.held is held
    assert judged.text.endswith("holds." if held else "does not hold.")


def test_what_is_said_names_bounds_and_values():
    (judged,) = Plan(expectations=(Expectation("rate", "exc", None, 4.0),)).judged(RATES)
    assert judged.text == "Expected rate of exc: at most 4. Found: 5 Hz (exc): does not hold."
    assert judged.to_dict()["low"] is None
