"""One vocabulary: every level has an order, an outcome, and the words of every writer."""

import json
from itertools import pairwise

import pytest

from unisono.validation.verdict import ANSWERS, REQUIRABLE, Level, Outcome, Verdict, outcome_of, weakest, worst

AGREE, DISAGREE, OPEN = Outcome.AGREE, Outcome.DISAGREE, Outcome.OPEN

#: Outcome, and what is said of a first divergence at 23.1 ms.
EXPECTED = {
    "identical": (AGREE, "identical"),
    "identical until a tie": (AGREE, "identical until 23.1 ms, a tie"),
    "converged": (AGREE, "converged"),
    "equivalent": (AGREE, "equivalent"),
    "not examined": (OPEN, "identical until 23.1 ms, not examined"),
    "cannot tell": (OPEN, "cannot tell"),
    "different": (DISAGREE, "different"),
}


def test_every_level_is_listed_here_in_the_order_of_strength():
    assert [level.value for level in Level] == list(EXPECTED)
    assert all(strong > weak and weak < strong and strong >= strong for strong, weak in pairwise(Level))
    assert sorted(Level, reverse=True) == list(Level)


@pytest.mark.parametrize("level", Level)
def test_every_level_has_exit_status_colour_sign_and_words(level):
    outcome, headline = EXPECTED[level.value]
    verdict = Verdict(level, "What was seen.", until_ms=23.1)
    assert (verdict.outcome, verdict.exit_status, verdict.headline) == (outcome, outcome.value, headline)
    assert outcome_of(level.value) is outcome
    assert level.heading.lower() == level.value
    assert {level.value: 1}[level] == 1
    assert json.loads(json.dumps({"verdict": level})) == {"verdict": level.value}


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (AGREE, (0, "agree", "met", "green", "✓", "✅", "agree", "passed")),
        (DISAGREE, (1, "disagree", "not met", "red", "✗", "❌", "disagree", "failure")),
        (OPEN, (2, "cannot tell", "cannot tell", "yellow", "?", "❔", "open", "error")),
    ],
)
def test_every_outcome_has_the_words_of_every_writer(outcome, words):
    o = outcome
    assert (int(o), o.word, o.of_requirement, o.colour, o.sign, o.emoji, o.css, o.junit) == words


def test_the_weakest_level_and_the_worst_outcome_count():
    assert weakest([Level.IDENTICAL, Level.CONVERGED]) is Level.CONVERGED
    assert weakest([Level.CANNOT_TELL, Level.DIFFERENT]) is Level.DIFFERENT
    assert weakest([Level.CANNOT_TELL, Level.IDENTICAL]) is weakest([]) is Level.CANNOT_TELL
    assert (worst([AGREE, OPEN, DISAGREE]), worst([OPEN, AGREE]), worst([])) == (DISAGREE, OPEN, AGREE)


@pytest.mark.parametrize("required", REQUIRABLE)
def test_a_demand_is_met_by_its_level_and_by_stronger_ones(required):
    for level in REQUIRABLE:
        assert level.meets(required) is (AGREE if level >= required else DISAGREE)
    assert Level.DIFFERENT.meets(required) is DISAGREE
    assert Level.CANNOT_TELL.meets(required) is OPEN


def test_spikes_that_differ_cannot_turn_out_to_be_identical():
    assert Level.NOT_EXAMINED.meets(Level.IDENTICAL) is DISAGREE
    assert Level.NOT_EXAMINED.meets(Level.UNTIL_TIE) is OPEN
    assert Level.NOT_EXAMINED.meets(Level.EQUIVALENT) is OPEN


def test_words_of_files():
    assert Level.of("identical until t*") is Level.UNTIL_TIE  # baselines of earlier versions
    with pytest.raises(ValueError, match="alike"):
        Level.of("alike")
    assert outcome_of("alike") is OPEN
    assert {outcome_of(word) for word in ANSWERS} == set(Outcome)


def test_all_of_a_verdict_in_sentences():
    verdict = Verdict(Level.CANNOT_TELL, "Nothing to compare.", next_step="Record v.")
    assert (str(verdict), verdict.text) == ("cannot tell", "cannot tell. Nothing to compare. Record v.")
