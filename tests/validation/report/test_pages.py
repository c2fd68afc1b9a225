"""The pages of a study, of the detection matrix and of convergence; data as CSV; what the matrix says."""

import csv
import io
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest
from accessible import problems_of

from unisono.validation.compare.agreement import compare
from unisono.validation.compare.first_difference import Explanation, FirstDifference
from unisono.validation.compare.isolated_cell import Input
from unisono.validation.compare.pre_spike import pre_spike_of
from unisono.validation.diagnose.cause import Cause
from unisono.validation.ensembles.margins import said_of_left_out, too_few
from unisono.validation.report.detection import render as detection_page
from unisono.validation.report.downloads import LIMIT, download
from unisono.validation.report.html import render
from unisono.validation.report.study import render as study_page
from unisono.validation.selftest.detection import Detection, DetectionRate, FaultFree
from unisono.validation.verdict import Level


def table_of(uri: str) -> list[list[str]]:
    head, _, body = uri.partition(",")
    assert head == "data:text/csv;charset=utf-8"
    return list(csv.reader(io.StringIO(unquote(body))))


def test_a_table_is_csv() -> None:
    data = download("Rates, over time", ("label", "rate (Hz)"), [('a "quoted", one\n%23', 0.1 + 0.2), ("b", None)])
    assert table_of(data.uri) == [["label", "rate (Hz)"], ['a "quoted", one\n%23', "0.3"], ["b", ""]]
    assert (data.name, data.note) == ("rates-over-time.csv", "")
    assert not set(data.uri) & set(' "<>\n')


def test_a_long_table_is_cut_and_says_so() -> None:
    data = download("x", ("n",), ((i,) for i in range(LIMIT + 5)))
    assert len(table_of(data.uri)) == LIMIT + 1
    assert f"{LIMIT:,} of {LIMIT + 5:,}" in data.note and "unisono run -o" in data.note


@pytest.fixture(scope="module")
def study() -> dict:
    """A study as plain data: one statistic equivalent, one different, one undecided."""
    random = np.random.RandomState(1)
    statistics = [("rate", "log", 0.02), ("CV of ISI", "linear", 0.05), ("delay shift", "linear", 0.25)]
    sides = {s: {"simulator": s, "settings": {}, "fault": ""} for s in ("nest", "brian2")}

    def run(side: str, seed: int) -> dict:
        figures = {"rate of E": 10 + random.randn() / 10, "CV of ISI of E": 0.9 + random.randn() / 50}
        figures["delay shift of connections"] = random.randn() / 20 + (side == "brian2")
        return {"side": side, "simulator": side, "seed": seed, "dt": None, "error": "", "figures": figures}

    margins, rows = [], []
    for (name, scale, margin), verdict, middle in zip(
        statistics, ("equivalent", "cannot tell", "different"), (0.001, 0.05, 1.0), strict=True
    ):
        of = "connections" if name == "delay shift" else "E"
        common = {"statistic": name, "population": of, "unit": "Hz" if name == "rate" else "", "scale": scale}
        margins.append({**common, "value": margin, "rule": "one SD of seeds"})
        rows.append(
            {
                **common,
                **{"margin": margin, "margin_rule": "one SD of seeds", "n_a": 20, "n_b": 20, "mean_a": 1.0},
                **{"mean_b": 1.0 + middle, "sd_a": 0.1, "sd_b": 0.1, "difference": middle, "low": middle - 0.01},
                **{"high": middle + 0.01, "verdict": verdict, "needed": 60, "note": ""},
            }
        )
    x = np.linspace(-5, 15, 81)
    curve = {"name": "cross-correlogram", "population": "excitatory connections", "x": x.tolist(), "x_unit": "ms"}
    curve |= {"y": np.exp(-((x - 2) ** 2)).tolist(), "y_unit": "", "definition": "Of pairs.", "source": "here"}
    return {
        "verdict": "different",
        "protocol": {
            **{"model": "vogels_abbott", "options": {"n": 400}, "transient": 500.0, "base": "nest", "sides": sides},
            **{"pilot_seeds": list(range(1, 21)), "seeds": {s: list(range(21, 41)) for s in sides}, "runs": 20},
            **{"rule": "the formula", "alpha": 0.05, "power": 0.9, "margins": margins},
            **{"left_out": {"PSP ratio": "no potentials"}, "notes": []},
        },
        "pairs": [
            {
                **{"a": "nest", "b": "brian2", "verdict": "different", "reason": "The delay shift differs: <1 step>."},
                **{"rows": rows, "distances": [{"quantity": "rate", "population": "E", "value": 0.1, "p": 0.3}]},
            }
        ],
        "runs": [run(side, seed) for side in sides for seed in range(20)],
        "pilots": [run("nest", seed) for seed in range(20)],
        "curves": {side: [curve] for side in sides},
        "distributions": {side: {"rate of E": list(np.linspace(0, 30, 11))} for side in sides},
    }


def test_the_page_of_a_study(study: dict) -> None:
    page = study_page(study, "unisono ensemble vogels_abbott")
    for said in (
        *("Different", "1 to 20", "21 to 40", "no potentials", "60 runs a side would decide", "&lt;1 step&gt;"),
        *("Cross-correlogram", "unisono ensemble vogels_abbott", "Wasserstein", "Left out: PSP ratio"),
    ):
        assert said in page
    assert page.count("<img") == 1 + 3 + 1 + 1  # intervals, three statistics, a curve, a distribution
    assert page.count("<img") + 1 == page.count("download=")
    assert page == study_page(study, "unisono ensemble vogels_abbott")
    assert problems_of(page) == []


def test_too_few_pilot_seeds_are_said_once(study: dict) -> None:
    """What nineteen statistics have in common is one sentence, with the command that helps."""
    why = too_few(5)
    left_out = {f"statistic {i} of E": why for i in range(19)}
    protocol = {**study["protocol"], "left_out": left_out, "pilot_seeds": [1, 2, 3, 4, 5]}
    page = study_page(study | {"protocol": protocol}, "unisono ensemble m --pilot 5 --report r.html")
    assert page.count("5 pilot seeds are too few") == 1 and "Left out: 19 statistics" in page
    assert "unisono ensemble m --pilot 20 --report r.html" in page
    assert said_of_left_out(left_out).startswith(
        "Not tested: statistic 0 of E, statistic 1 of E, statistic 2 of E and 16"
    )


def test_figures_have_the_digits_that_a_decision_needs(study: dict) -> None:
    row = {**study["pairs"][0]["rows"][0], "low": 0.0187, "high": 0.0199997, "margin": 0.02, "difference": 0.0195}
    page = study_page(study | {"pairs": [{**study["pairs"][0], "rows": [row]}]})
    assert "0.0187 to 0.0199997" in page


def test_a_study_without_any_result(study: dict) -> None:
    empty = study | {"verdict": "cannot tell", "pairs": [], "runs": [], "curves": {}, "distributions": {}}
    assert "Cannot tell" in study_page(empty)


@pytest.fixture(scope="module")
def matrix() -> dict:
    def cell(simulator: str, tier: str, caught: int, runs: int, note: str = "") -> dict:
        named = {"examined": caught, "named": caught} if tier == "identical" else {}
        found = {"simulator": simulator, "tier": tier, "caught": caught, "runs": runs, "note": note, **named}
        return found | {"interval": [0.5, 1.0] if runs else [0.0, 1.0]}

    delay = [cell("nest", "identical", 3, 3), cell("neuron", "identical", 3, 3), cell("nest", "converged", 0, 1)]
    euler = [cell("nest", "identical", 2, 3), cell("neuron", "identical", 0, 0, "NEURON has no Euler")]
    return {
        "model": "vogels_abbott",
        "faults": [
            {"name": "delay + 1 step", "cause": "delays are longer", "claimed_by": ["identical"], "cells": delay},
            {"name": "forward Euler", "cause": "Euler", "claimed_by": ["identical", "converged"], "cells": euler},
        ],
        "aa": [
            {
                **{"simulators": ["nest", "neuron"], "tier": "equivalent", "different": 2, "equivalent": 95},
                **{"cannot_tell": 3, "runs": 100},
            }
        ],
        "versions": {"nest": "3.8"},
        "protocol": {"seeds": "1 to 3"},
    }


def test_the_page_of_the_detection_matrix(matrix: dict) -> None:
    page = detection_page(matrix, "unisono selftest")
    assert "A claim is not kept" in page and "3 of 3" in page and "cause named 3 of 3" in page
    assert "Missed: &#39;forward Euler&#39; by the tier &#39;identical&#39; on nest." in page
    assert problems_of(page) == []
    assert "NEURON has no Euler" in page and "silent" in page and "unisono selftest" in page and "1 to 3" in page
    matrix["faults"][1]["cells"][0]["caught"] = 3
    assert "Every claim is kept" in detection_page(matrix)


def test_the_page_says_that_draws_share_runs(matrix: dict) -> None:
    page = detection_page(matrix)
    assert "100 (of them 100 draws that share runs)" in page and page.count("interval is too narrow") == 1
    drawn = {"simulator": "nest", "tier": "equivalent", "caught": 9, "runs": 9, "interval": [0.5, 1.0], "note": ""}
    fault = {"name": "delay + 1 step", "cause": "", "claimed_by": ["equivalent"], "cells": [drawn]}
    page = detection_page(matrix | {"faults": [fault], "aa": []})
    assert "50 to 100 %*" in page and "9 (of them 9 draws that share runs)" in page
    assert page.count("interval is too narrow") == 1


def test_orders_that_cannot_be_told_are_no_alarm_on_the_page() -> None:
    """The page must give the verdict that the matrix gives."""
    fault_free = FaultFree(("nest",), "converged", 0, 0, 3, 3)
    found = Detection("m", ("nest",), (DetectionRate("delay + 1 step", "nest", "converged", 1, 1),), (fault_free,))
    assert found.exit_status == 0
    assert "Every claim is kept" in detection_page(found.to_dict())


def test_an_empty_detection_matrix() -> None:
    assert "Cannot tell" in detection_page({"model": "m", "faults": [], "aa": [], "versions": {}})


def test_the_matrix_the_cause_and_what_preceded_it(make, spikes, gathered, network) -> None:
    """What the report adds to a first difference: its place in the matrix, its cause, its figure, the history."""
    agreement = compare(gathered(make("a", spikes), make("b", spikes[1:])), examine=False)
    (pair,) = agreement.pairs
    steps = np.array([650, 700])
    pre_spike = pre_spike_of(
        710, 0.1, {"a": np.linspace(-60, -49, 712), "b": np.linspace(-60, -51, 712)}, -50.0,
        [Input("excitatory", steps, np.array([0.5, 0.25]))],
    )  # fmt: skip
    assert pre_spike.times.size == 201 and pre_spike.times[-1] == pytest.approx(71.0)
    assert pre_spike.inputs["excitatory"][0].tolist() == pytest.approx([65.0, 70.0])
    why = Explanation(
        -50.0, 1e-9, {"a": -49.0, "b": -51.0}, {"a": 1.0, "b": -1.0}, {"a": {"v": -49.0}, "b": {"v": -51.0}}, (),
        pre_spike=pre_spike,
    )  # fmt: skip
    found = FirstDifference(0, 710, 71.0, "excitatory", 0, 3, "a", "b", why, "")
    cause = Cause(
        "delay", "b delays by one step more.", ("Of 30 spikes 30 are the same.",), until_ms_with=23.0, proven=True
    )
    pairs = (replace(pair, level=Level.DIFFERENT, first_difference=found, cause=cause),)
    history = [{"label": "as it was", "tier": "identical", "until_ms": 200.0, "versions": {"a": "1.0"}, "spikes": 60}]
    page = render(replace(agreement, pairs=pairs), history=history)
    for said in (
        *("b delays by one step more.", "Of 30 spikes 30 are the same.", "shown up to 23\u00a0ms", "until "),
        *("How cell 3 reached the threshold", "History of the baseline", "as it was"),
        'download="first-difference.csv"',
    ):
        assert said in page
    assert problems_of(page) == []
