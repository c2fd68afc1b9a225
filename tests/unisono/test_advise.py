"""``unisono advise``."""

from __future__ import annotations

import json

from click.testing import CliRunner
from command_line import USAGE, one_sentence, unisono

from unisono.commands.advising import asked
from unisono.validation.advice.advice import Question


def test_advice_is_printed_and_written(tmp_path):
    answer = unisono("advise", "--phenomenon", "bursting", "--cells", "1e5", "--json", "a.json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "cell model: EIF_cond_exp_isfa_ista (AdEx_regular_bursting)" in answer.stdout
    assert "cells = sim.Population(100000, sim.EIF_cond_exp_isfa_ista(" in answer.stdout
    assert json.loads((tmp_path / "a.json").read_text())["question"]["cells"] == 100_000


def test_without_a_terminal_the_phenomenon_must_be_given(tmp_path):
    one_sentence(unisono("advise", cwd=tmp_path), "No phenomenon is given. Choose one of: rate, ", USAGE)
    answer = unisono("advise", "--phenomenon", "rate", "--cells", "many", cwd=tmp_path)
    one_sentence(answer, "'many' is not a number of cells", USAGE)


def test_a_question_is_asked_again_until_its_answer_can_be_read():
    with CliRunner().isolation(input="wrong\nrate\n") as (out, *_):
        assert asked("What?", lambda said: Question(said).phenomenon) == "rate"
        assert "Unknown phenomenon 'wrong'. Choose one of: rate, " in out.getvalue().decode()
