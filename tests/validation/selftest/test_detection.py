"""The detection matrix: claims, intervals, what breaks them."""

import json

import pytest

from unisono.validation.selftest.detection import Detection, Entry, Quiet, interval_of


def matrix(*entries, quiet=()):
    return Detection("model", ("nest", "neuron"), entries, tuple(quiet), {"nest": "3"}, {})


def test_the_interval_is_that_of_clopper_and_pearson():
    # 0 of n: upper limit 1 - (alpha/2)^(1/n)
    assert interval_of(0, 10) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert interval_of(10, 10) == pytest.approx((0.025**0.1, 1.0))
    assert interval_of(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("caught", "holds"), [(200, True), (198, True), (197, False)])
def test_a_claim_is_kept_if_99_percent_are_caught(caught, holds):
    entry = Entry("delay + 1 step", "nest", "equivalent", caught, 200)
    assert entry.claimed
    assert entry.holds is holds
    assert matrix(entry).exit_status == int(not holds)


def test_what_is_not_claimed_cannot_break_a_claim():
    entry = Entry("label + 1 step", "nest", "equivalent", 0, 200)
    assert not entry.claimed
    assert matrix(entry).exit_status == 0


@pytest.mark.parametrize(
    ("tier", "counts", "holds"),
    [
        ("equivalent", (190, 10, 0), True),
        ("equivalent", (189, 11, 0), False),
        ("equivalent", (179, 0, 21), False),
        ("identical", (5, 0, 0), True),
        ("identical", (4, 1, 0), False),
        ("converged", (0, 0, 3), True),
        ("converged", (2, 1, 0), False),
    ],
)
def test_without_an_error_alarms_are_rare_and_equivalence_is_found(tier, counts, holds):
    quiet = Quiet(("nest", "neuron"), tier, *counts, sum(counts))
    assert quiet.holds is holds


def test_a_matrix_without_runs_cannot_tell():
    entry = Entry("float32", "nest", "identical", note="nest computes in double precision only.")
    found = matrix(entry)
    assert (found.exit_status, found.verdict) == (2, "cannot tell")


def test_it_is_plain_data_and_a_page(tmp_path):
    found = matrix(
        Entry("delay + 1 step", "nest", "identical", 2, 2, 1, 1),
        Entry("delay + 1 step", "neuron", "identical", 1, 2),
        quiet=[Quiet(("nest", "neuron"), "identical", 2, 0, 0, 2)],
    )
    found.to_json(tmp_path / "drill.json")
    data = json.loads((tmp_path / "drill.json").read_text())
    (mutant,) = data["mutants"]
    assert [cell["caught"] for cell in mutant["cells"]] == [2, 1]
    assert data["verdict"] == "a claim is not kept"
    found.to_html(tmp_path / "drill.html", "unisono drill model")
    page = (tmp_path / "drill.html").read_text()
    assert "delay + 1 step" in page
    assert "unisono drill model" in page
