"""The detection matrix: claims, intervals, what breaks them."""

import json

import pytest

from unisono.validation.selftest.detection import Detection, DetectionRate, FaultFree, interval_of


def matrix(*rates, fault_free=()):
    return Detection("model", ("nest", "neuron"), rates, tuple(fault_free), {"nest": "3"}, {})


def test_the_interval_is_that_of_clopper_and_pearson():
    # 0 of n: upper limit 1 - (alpha/2)^(1/n)
    assert interval_of(0, 10) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert interval_of(10, 10) == pytest.approx((0.025**0.1, 1.0))
    assert interval_of(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("caught", "holds"), [(200, True), (198, True), (197, False)])
def test_a_claim_is_kept_if_99_percent_are_caught(caught, holds):
    rate = DetectionRate("delay + 1 step", "nest", "equivalent", caught, 200)
    assert rate.claimed
    assert rate.is_kept is holds
    assert matrix(rate).exit_status == int(not holds)


def test_what_is_not_claimed_cannot_break_a_claim():
    rate = DetectionRate("spike times + 1 step", "nest", "equivalent", 0, 200)
    assert not rate.claimed
    assert matrix(rate).exit_status == 0


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
    fault_free = FaultFree(("nest", "neuron"), tier, *counts, sum(counts))
    assert fault_free.is_kept is holds


def test_a_matrix_without_runs_cannot_tell():
    rate = DetectionRate("float32", "nest", "identical", note="NEST computes in double precision only.")
    found = matrix(rate)
    assert (found.exit_status, found.verdict) == (2, "cannot tell")


def test_it_is_plain_data_and_a_page(tmp_path):
    found = matrix(
        DetectionRate("delay + 1 step", "nest", "identical", 2, 2, 1, 1),
        DetectionRate("delay + 1 step", "neuron", "identical", 1, 2),
        fault_free=[FaultFree(("nest", "neuron"), "identical", 2, 0, 0, 2)],
    )
    found.to_json(tmp_path / "selftest.json")
    data = json.loads((tmp_path / "selftest.json").read_text())
    (fault,) = data["faults"]
    assert [cell["caught"] for cell in fault["cells"]] == [2, 1]
    assert data["verdict"] == "a claim is not kept"
    found.to_html(tmp_path / "selftest.html", "unisono selftest model")
    page = (tmp_path / "selftest.html").read_text()
    assert "delay + 1 step" in page
    assert "unisono selftest model" in page
