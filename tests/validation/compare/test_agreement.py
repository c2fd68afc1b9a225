"""Verdicts, exit status, and the files a comparison is written to."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from executing import Executing

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Signal
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import OutputError, SimulatorFailed
from unisono.models.network import Network
from unisono.validation.compare.agreement import compare

STEPS = 2000


def late(spikes: list, index: int) -> list:
    population, cell, step = spikes[index]
    return [*spikes[:index], (population, cell, step + 1), *spikes[index + 1 :]]


def potentials(network: Network, make, **v: float):
    """An executor whose probe finds these potentials; spikes before the probed step as in ``make``."""

    def execute(probe: Network, on: list, settings: Settings) -> Runs:
        if not set(on) <= set(v):
            raise SimulatorFailed("The reference is not there.")
        runs = {}
        for name in on:
            of = {"v": v[name]}
            signals = tuple(
                Signal(r.population, r.variable, "", r.cells, 1, np.full((STEPS + 1, 1), of.get(r.variable, 0.0)))
                for r in probe.recordings
            )
            run = make(name, make.spikes)
            trial = replace(run.recording.trials[0], signals=signals)
            runs[name] = replace(run, recording=replace(run.recording, trials=(trial,)))
        return Runs(probe, runs)

    make.spikes = []
    return execute


def test_the_same_spikes_are_identical(make, gathered, spikes) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", spikes), make("c", spikes)))
    assert (agreement.verdict.level, agreement.exit_status) == ("identical", 0)
    assert [(p.a, p.b) for p in agreement.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert all(p.identical_until_ms == 200.0 and p.first_difference is None for p in agreement.pairs)


@pytest.mark.parametrize("index", [0, 20, -1])
def test_one_spike_one_step_late(make, gathered, spikes, index: int) -> None:
    index %= len(spikes)
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, index))), examine=False)
    (pair,) = agreement.pairs
    population, cell, step = spikes[index]
    assert (pair.verdict.level, agreement.verdict.level, agreement.exit_status) == ("not examined",) * 2 + (2,)
    assert pair.identical_until_ms == pytest.approx((step - 1) * 0.1, abs=1e-9)
    first = pair.first_difference
    assert (first.population_index, first.cell, first.step) == (population, cell, step)
    assert (first.spiked, first.silent) == ("a", "b")
    assert not first.is_tie


def test_one_spike_lost(make, gathered, spikes) -> None:
    agreement = compare(gathered(make("a", spikes[:-1]), make("b", spikes)), examine=False)
    (pair,) = agreement.pairs
    assert (pair.spikes_a, pair.spikes_b) == (len(spikes) - 1, len(spikes))
    assert (pair.first_difference.spiked, pair.agrees) == ("b", False)


def first_of_population(spikes: list, population: int) -> int:
    return next(i for i, e in enumerate(spikes) if e[0] == population)


@pytest.mark.parametrize(
    ("population", "distance", "tie"),
    [(0, 0.9e-9, True), (0, -0.9e-9, True), (0, 1.2e-9, False), (1, 0.9e-6, True), (1, 1.1e-6, False), (1, 5.0, False)],
)
def test_a_tie_lies_within_what_the_numerics_promise(
    network, make, gathered, spikes, population: int, distance: float, tie: bool
) -> None:
    index = first_of_population(spikes, population)
    execute = potentials(network, make, a=-50.0, b=-50.0 + distance)
    make.spikes = [s for s in spikes if s[2] < spikes[index][2]]
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, index))), executor=Executing(execute))
    (pair,) = agreement.pairs
    assert pair.first_difference.is_tie is tie
    assert pair.verdict.level == ("identical until a tie" if tie else "different")
    assert agreement.exit_status == (0 if tie else 1)
    assert ("a tie:" in pair.evidence) is tie
    assert pair.first_difference.explanation.distances["b"] == pytest.approx(distance, abs=2e-14)


@pytest.mark.parametrize(
    ("b", "reference", "tie"),
    [
        (-4e-7, -1e-7, True),
        (-4e-7, 2e-7, True),  # off by 2e-7 and 6e-7: the reference may lie outside the two
        (-1e-10, 2e-3, False),  # they agree, and both are wrong
        (-1.5e-6, 0.0, False),  # too far off for exact propagators
    ],
)
def test_the_errors_are_measured_by_the_reference(
    network, make, gathered, spikes, tmp_path, b: float, reference: float, tie: bool
) -> None:
    index = first_of_population(spikes, 0)
    v = {"a": -50.0, "b": -50.0 + b, "reference": -50.0 + reference}
    execute = potentials(network, make, **v)
    make.spikes = [s for s in spikes if s[2] < spikes[index][2]]
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, index))), executor=Executing(execute))
    (pair,) = agreement.pairs
    assert (pair.first_difference.is_tie, agreement.exit_status) == (tie, 0 if tie else 1)
    data = agreement.to_dict()["pairs"][0]["first_difference"]
    assert data["reference_mv"] == v["reference"]
    assert data["errors_mv"] == {name: abs(v[name] - v["reference"]) for name in ("a", "b")}
    assert data["tolerance_mv"] == min(sum(data["errors_mv"].values()), 1e-6)
    assert f"The reference agrees with {'a' if reference >= 0 else 'b'} " in pair.evidence
    agreement.to_html(tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text()
    assert '<th scope="col" class="n">the reference</th>' in html
    assert "Error before" in html
    assert f"{v['reference']:.12f}".replace("-", "−") in html


def test_without_the_reference_the_floor_stays(network, make, gathered, spikes, tmp_path) -> None:
    index = first_of_population(spikes, 0)
    execute = potentials(network, make, a=-50.0, b=-50.0 - 1e-10)
    make.spikes = [s for s in spikes if s[2] < spikes[index][2]]
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, index))), executor=Executing(execute))
    data = agreement.to_dict()["pairs"][0]["first_difference"]
    assert (data["tie"], data["tolerance_mv"], data["reference_mv"], data["errors_mv"]) == (True, 1e-9, None, {})
    assert "The reference is not there" in agreement.pairs[0].evidence
    agreement.to_html(tmp_path / "report.html")
    assert "Error before" not in (tmp_path / "report.html").read_text()


def test_only_where_the_spike_is_the_threshold_is_lifted_and_a_probe_serves_all(
    network, make, gathered, spikes
) -> None:
    asked = []
    inner = potentials(network, make, a=-50.0, b=-50.0, c=-50.0)
    make.spikes = [s for s in spikes if s[2] < spikes[5][2]]

    def execute(probe: Network, on: list, settings: Settings) -> Runs:
        if on != ["reference"]:
            asked.append((tuple(on), len(probe.trials[0].epochs[-1].changes)))
        return inner(probe, on, settings)

    runs = gathered(make("a", spikes), make("b", late(spikes, 5)), make("c", late(spikes, 5)))
    agreement = compare(runs, executor=Executing(execute))
    assert [p.verdict.level for p in agreement.pairs] == ["identical until a tie", "identical until a tie", "identical"]
    assert sorted(asked) == [(("a",), 1), (("b", "c"), 0)]


def test_a_potential_that_is_no_number_is_no_tie(network, make, gathered, spikes) -> None:
    execute = potentials(network, make, a=-50.0, b=float("nan"))
    make.spikes = [s for s in spikes if s[2] < spikes[0][2]]
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, 0))), executor=Executing(execute))
    assert (agreement.pairs[0].verdict.level, agreement.exit_status) == ("different", 1)
    json.dumps(agreement.to_dict(), allow_nan=False)


def test_a_probe_that_does_not_repeat_the_run_shows_nothing(network, make, gathered, spikes) -> None:
    index = len(spikes) // 2
    execute = potentials(network, make, a=-50.0, b=-50.0)
    make.spikes = spikes[1:index]
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, index))), executor=Executing(execute))
    (pair,) = agreement.pairs
    assert (pair.verdict.level, agreement.exit_status) == ("not examined", 2)
    assert "gave other spikes" in pair.evidence


def test_a_probe_that_fails_leaves_the_difference_unexplained(make, gathered, spikes) -> None:
    def execute(probe: Network, on: list, settings: Settings) -> Runs:
        raise SimulatorFailed("b was killed.")

    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, 3))), executor=Executing(execute))
    assert agreement.exit_status == 2
    assert "b was killed" in agreement.pairs[0].evidence


def test_runs_of_different_networks_are_different(make, gathered, spikes) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", spikes, fingerprint="other")))
    assert (agreement.verdict.level, agreement.exit_status) == ("different", 1)
    assert "fingerprints" in agreement.pairs[0].evidence


@pytest.mark.parametrize("change", ["trials", "length"])
def test_recordings_of_another_shape_are_different(make, gathered, spikes, change: str) -> None:
    b = make("b", spikes)
    trial = b.recording.trials[0]
    trials = (trial, trial) if change == "trials" else (replace(trial, steps=STEPS - 1),)
    b = replace(b, recording=replace(b.recording, trials=trials))
    agreement = compare(gathered(make("a", spikes), b))
    assert (agreement.verdict.level, agreement.exit_status) == ("different", 1)
    assert "differ" in agreement.to_dict()["pairs"][0]["first_difference"]["text"]


@pytest.mark.parametrize("both", [False, True])
def test_nan_in_a_signal_is_never_agreement(make, gathered, spikes, both: bool) -> None:
    v = np.zeros((STEPS + 1, 2))
    broken = v.copy()
    broken[700, 1] = np.nan
    agreement = compare(gathered(make("a", spikes, broken if both else v), make("b", spikes, broken)))
    assert (agreement.verdict.level, agreement.exit_status) == ("different", 1)
    assert "not numbers" in agreement.pairs[0].evidence


def test_a_failed_run_leaves_it_open(make, gathered, spikes, crashed) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", spikes), crashed))
    assert (agreement.verdict.level, agreement.exit_status) == ("cannot tell", 2)
    assert agreement.failed == ("c",)
    assert agreement.pairs[0].verdict.level == "identical"


def test_a_failed_run_does_not_hide_a_disagreement(make, gathered, spikes, crashed) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", spikes, fingerprint="other"), crashed))
    assert agreement.exit_status == 1


def test_fewer_than_two_runs_leave_it_open(make, gathered, spikes, crashed) -> None:
    for runs in (gathered(), gathered(make("a", spikes)), gathered(make("a", spikes), crashed)):
        agreement = compare(runs)
        assert (agreement.verdict.level, agreement.exit_status) == ("cannot tell", 2)


def test_the_json_has_the_agreed_keys(make, gathered, spikes, crashed, tmp_path: Path, network) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", late(spikes, 9)), crashed), examine=False)
    agreement.to_json(tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    assert list(data) == [
        *("model", "closed_loop", "runs", "coarse_steps", "pairs", "statistics", "effect"),
        *("characteristics", "excerpt", "verdict", "evidence", "next_step"),
    ]
    assert data["model"] == {
        "name": "by hand",
        "fingerprint": network.fingerprint,
        "neurons": 12,
        "synapses": 6,
        "duration_ms": 200.0,
        "dt_ms": 0.1,
        "inputs_driven_by": None,
    }
    assert list(data["runs"]) == ["a", "b", "c"]
    assert data["runs"]["a"] == {
        "status": "ok",
        "version": "1.0",
        "spikes": len(spikes),
        "seconds": {"start": 0.5, "build": 0.1, "run": 1.25, "collect": 0.01},
        "peak_rss_mb": 100.0,
        "notes": [],
    }
    assert data["runs"]["c"]["status"] == "failed"
    assert "signal 9" in data["runs"]["c"]["error"]
    keys = {"a", "b", "verdict", "evidence", "next_step", "spikes_a", "spikes_b", "identical_until_ms"}
    keys |= {"first_difference", "signals", "synapses", "cause", "search"}
    assert [set(pair) for pair in data["pairs"]] == [keys]
    assert data["pairs"][0]["first_difference"]["cell"] == spikes[9][1]
    assert set(data["statistics"]["populations"]) == {"a", "b"}
    assert data["statistics"]["traces"][0]["variable"] == "v"


def test_junit_has_a_case_for_every_pair(make, gathered, spikes, crashed, tmp_path: Path) -> None:
    other = make("b", late(spikes, 9))
    agreement = compare(gathered(make("a", spikes), other, make("d", spikes), crashed), examine=False)
    agreement.to_junit(tmp_path / "r.xml")
    root = ElementTree.parse(tmp_path / "r.xml").getroot()
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {
        "a and b": ["error"],
        "a and d": ["system-out"],
        "a and c": ["error"],
        "b and d": ["error"],
        "b and c": ["error"],
        "d and c": ["error"],
    }
    assert {k: root.get(k) for k in ("tests", "failures", "errors")} == {"tests": "6", "failures": "0", "errors": "5"}


def test_junit_survives_what_a_log_may_hold(make, gathered, spikes, crashed, tmp_path: Path) -> None:
    broken = replace(crashed, error=SimulatorFailed("c said \x1b[31m<&>\x00 and ended."))
    compare(gathered(make("a", spikes), broken)).to_junit(tmp_path / "r.xml")
    (error,) = ElementTree.parse(tmp_path / "r.xml").getroot().iter("error")
    assert "<&>" in error.get("message")


@pytest.mark.parametrize("write", ["to_json", "to_junit", "to_html"])
def test_where_nothing_can_be_written_nothing_is(make, gathered, spikes, tmp_path: Path, write: str) -> None:
    (tmp_path / "file").write_text("x")
    agreement = compare(gathered(make("a", spikes), make("b", spikes)))
    with pytest.raises(OutputError, match="file"):
        getattr(agreement, write)(tmp_path / "file" / "r")
    assert os.listdir(tmp_path) == ["file"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, unisono.validation; from unisono.validation.compare import agreement; "
        "print(sorted({'neo', 'elephant', 'matplotlib', 'jinja2', 'scipy', 'quantities'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_package_is_found() -> None:
    import unisono.validation

    assert all(getattr(unisono.validation, name) is not None for name in unisono.validation.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = unisono.validation.nothing
