"""``unisono advise``."""

from __future__ import annotations

import json

from command_line import USAGE, one_sentence, unisono


def test_advice_is_printed_and_written(tmp_path):
    answer = unisono("advise", "--phenomenon", "bursting", "--cells", "1e5", "--json", "a.json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "cell model: EIF_cond_exp_isfa_ista (AdEx_regular_bursting)" in answer.stdout
    assert "cells = sim.Population(100000, sim.EIF_cond_exp_isfa_ista(" in answer.stdout
    assert json.loads((tmp_path / "a.json").read_text())["question"]["cells"] == 100_000


def test_without_a_terminal_the_phenomenon_must_be_given(tmp_path):
    one_sentence(unisono("advise", cwd=tmp_path), "No phenomenon is given. Choose one of: rate, ", USAGE)
    answer = unisono("advise", "--phenomenon", "rate", "--cells", "many", cwd=tmp_path)
    one_sentence(answer, "'many' is no number of cells", USAGE)
