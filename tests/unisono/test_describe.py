"""``unisono describe``: a model, a folder of results, a plan."""

from __future__ import annotations

from command_line import one_sentence, unisono

PLAN = """
[gate]
simulators = ["nest", "neuron"]
[[model]]
model = "single_cell"
[model.plan]
question = "Does it spike?"
expect = { rate = [0, 1e9] }
"""


def test_a_model_is_described_on_the_terminal_and_in_files(tmp_path):
    answer = unisono("describe", "single_cell", "--set", "duration=40", "--latex", "d.tex", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "The network consists of 1 cell 'cell' (IF_curr_exp)." in answer.stdout
    assert "11. Software and seeds." in answer.stdout
    assert "for the author: versions of simulators" in answer.stdout
    assert answer.stdout.endswith("LaTeX: d.tex\n")
    assert r"\end{document}" in (tmp_path / "d.tex").read_text()


def test_runs_fill_what_is_open_and_judge_the_plan_beside(tmp_path):
    (tmp_path / "unisono.toml").write_text(PLAN)
    short = ("--set", "duration=20", "--set", "start=0", "--set", "amplitude=1")
    answer = unisono("describe", "single_cell", *short, "--on", "reference", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "Run on reference" in answer.stdout
    assert "Expected rate: 0 to 1e+09." in answer.stdout
    assert "holds." in answer.stdout


def test_a_plan_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "u.toml").write_text(PLAN)
    answer = unisono("describe", "balanced", "--plan", "u.toml", cwd=tmp_path)
    one_sentence(answer, "u.toml has no plan of 'balanced'.")
