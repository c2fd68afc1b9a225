"""The verdict on all simulators: the weakest of the pairs, and a run that is missing leaves it open."""

import pytest

from unisono.validation.compare.overall import overall, titles
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose.cause import Cause
from unisono.validation.verdict import Level


def pair(a: str, b: str, level: Level, until: float = 200.0, **more: object) -> Pair:
    return Pair(a, b, level, f"Seen of {a} and {b}.", 9, 9, until, **more)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (("identical", "identical", "identical"), "identical"),
        (("identical", "identical until a tie", "identical"), "identical until a tie"),
        (("identical until a tie", "not examined", "identical"), "not examined"),
        (("cannot tell", "identical", "not examined"), "cannot tell"),
        (("cannot tell", "different", "identical"), "different"),
    ],
)
def test_the_weakest_pair_counts(make, gathered, levels, expected) -> None:
    runs = gathered(*(make(name, []) for name in ("a", "b", "c")))
    names = (("a", "b"), ("a", "c"), ("b", "c"))
    pairs = [pair(*two, Level(level)) for two, level in zip(names, levels, strict=True)]
    found = overall(runs, pairs)
    assert found.level == expected
    (a, b), *_ = [two for two, level in zip(names, levels, strict=True) if level == expected]
    assert f"Seen of {a} and {b}." in found.evidence


def test_the_first_divergence_of_all_and_the_cause_of_the_worst(make, gathered) -> None:
    runs = gathered(make("a", []), make("b", []), make("c", []))
    cause = Cause("delay", "c delays by a step more.")
    pairs = [
        pair("a", "b", Level.UNTIL_TIE, 50.0),
        pair("a", "c", Level.DIFFERENT, 80.0, cause=cause),
        pair("b", "c", Level.DIFFERENT, 90.0),
    ]
    found = overall(runs, pairs)
    assert (found.level, found.until_ms, found.cause) == ("different", 50.0, "c delays by a step more.")


def test_a_cause_decides_where_the_examination_did_not() -> None:
    found = pair("a", "b", Level.NOT_EXAMINED, cause=Cause("delay", "b delays by a step more.")).verdict
    assert (found.level, found.cause) == ("different", "b delays by a step more.")


def test_a_run_that_is_missing_leaves_it_open_unless_they_differ(make, gathered, crashed) -> None:
    runs = gathered(make("a", []), make("b", []), crashed)
    found = overall(runs, [pair("a", "b", Level.IDENTICAL)])
    assert (found.level, found.exit_status) == ("cannot tell", 2)
    assert found.evidence.startswith("No verdict on all: c gave no result. On a and b: Seen of")
    assert overall(runs, [pair("a", "b", Level.DIFFERENT)]).exit_status == 1


def test_one_simulator_is_nothing_to_compare(make, gathered, crashed) -> None:
    found = overall(gathered(make("a", [])), [])
    assert (found.level, found.next_step) == ("cannot tell", "Name another simulator with --on.")
    assert "c gave no result" in overall(gathered(make("a", []), crashed), []).evidence


def test_simulators_are_named_as_people_write_them() -> None:
    assert titles(["nest", "brian2", "neuron", "mine"]) == "NEST, Brian2, NEURON and mine"
    assert titles([]) == ""
