"""A whole study on real simulators: pilots, protocol, runs, verdict."""

from __future__ import annotations

import json

import numpy as np
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import UnisonoError, UnknownName
from unisono.models.library import build_network
from unisono.validation.ensembles.rows import Case, Row, RunTable, Side
from unisono.validation.ensembles.study import Protocol, Study, study
from unisono.validation.statistics.statistics import Statistic

SOURCE = ModelSource("vogels_abbott", {"n": 60, "duration": 100.0, "p": 0.2})
NEST, NEURON = Side("nest"), Side("neuron")


@pytest.fixture(scope="module")
def said() -> list[str | Protocol]:
    return []


@pytest.fixture(scope="module")
def found(said) -> Study:
    """Few runs on two simulators that give the same spikes."""
    heard = {"announce": said.append, "planned": said.append}
    return study(SOURCE, [NEST, NEURON], pilot=4, runs=4, first_seed=10, transient=20, **heard)


def test_the_protocol_is_told_before_the_runs_and_no_seed_is_used_twice(found, said):
    protocol = found.protocol
    assert said[-1] is protocol and said[0].startswith("Pilot runs: 4 seeds from 10 on nest")
    assert protocol.pilot_seeds == (10, 11, 12, 13)
    assert protocol.seeds == {"nest": (14, 16, 18, 20), "neuron": (15, 17, 19, 21)}
    assert protocol.runs == 4 and protocol.rule.startswith("given; ")
    assert protocol.base == "nest" and protocol.sides["neuron"]["simulator"] == "neuron"
    asked = [(row.side, row.case.seed) for row in found.table.rows]
    assert asked == [(label, seed) for label, seeds in protocol.seeds.items() for seed in seeds]


def test_same_spikes_on_the_pilot_seeds_are_said(found):
    (pair,) = found.pairs
    assert (pair.identical_pilots, pair.paired_pilots) == (3, 3)
    assert "every spike was the same: they are identical there" in pair.reason
    assert pair.verdict == found.verdict != "different"
    assert found.exit_status == {"equivalent": 0, "cannot tell": 2}[found.verdict]


def test_plain_data_has_the_shape_that_is_promised(found, tmp_path):
    data = json.loads(found.to_json(tmp_path / "s.json"))
    assert data == json.loads((tmp_path / "s.json").read_text())
    assert {*data} == {"verdict", "protocol", "pairs", "runs", "pilots", "curves", "distributions"}
    (pair,) = data["pairs"]
    row = pair["rows"][0]
    assert {"statistic", "population", "unit", "scale", "margin", "difference", "low", "high", "verdict"} <= {*row}
    assert len(data["runs"]) == 8 and "rate of excitatory" in data["runs"][0]["figures"]
    assert {curve["name"] for curve in data["curves"]["nest"]} >= {"power spectrum", "hazard"}
    curve = data["curves"]["nest"][0]
    assert len(curve["x"]) == len(curve["y"]) == len(curve["sd"]) and curve["runs"] == 4
    assert len(data["distributions"]["neuron"]["rate of excitatory"]) == 101
    assert {d["quantity"] for d in pair["distances"]} <= {"rate", "CV of ISI"}
    margin = data["protocol"]["margins"][0]
    assert margin["value"] > 0 and margin["rule"] and margin["runs"] >= 3
    assert found.to_csv(tmp_path / "s.csv").count("\n") == 9
    found.to_html(tmp_path / "s.html", "unisono ensemble vogels_abbott")
    assert "unisono ensemble vogels_abbott" in (tmp_path / "s.html").read_text()


@pytest.mark.slow
def test_another_network_is_different_and_statistics_with_fixed_margins_see_it():
    heavy = Side("nest", fault="weights + 2 %")
    found = study(SOURCE, [NEST, heavy], pilot=4, runs=4, first_seed=10, transient=20)
    rows = {row.margin.key: row for row in found.pairs[0].rows if row.margin.statistic == "PSP ratio"}
    assert rows and all(row.verdict == "different" for row in rows.values())
    assert found.verdict == "different" and found.exit_status == 1
    assert found.pairs[0].identical_pilots == 0
    assert "PSP ratio" in found.pairs[0].reason


def test_what_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(UnisonoError, match="two or more different sides"):
        study(SOURCE, [NEST])
    with pytest.raises(UnisonoError, match="two or more different sides"):
        study(SOURCE, [NEST, Side("nest")])
    with pytest.raises(UnknownName, match=r"Unknown side 'brian2'\. Choose one of: nest, neuron"):
        study(SOURCE, [NEST, NEURON], base="brian2")
    with pytest.raises(UnisonoError, match="At least 3"):
        study(SOURCE, [NEST, NEURON], runs=2)
    with pytest.raises(UnisonoError, match="a network file holds one"):
        study(ModelSource("network.h5"), [NEST, NEURON])


def test_a_side_that_cannot_run_the_model_ends_the_study():
    with pytest.raises(UnisonoError, match=r"No pilot run on nest:single gave a result\..*double precision only"):
        study(SOURCE, [NEST, Side("nest", Settings(precision="single"))], pilot=4, transient=20)


def rows_by_hand(shift: float, lost: int = 0):
    """Stands for an ensemble: figures drawn by seed, every other side shifted."""

    def run(source: ModelSource, cases, **_: object) -> RunTable:
        rows = []
        for k, case in enumerate(cases):
            random = np.random.RandomState(case.seed)
            value = random.normal(20.0, 1.0) + (shift if case.side.label != "nest" else 0.0)
            statistic = Statistic("p", 0, "rate", value, "Hz", "", "", 1, 0)
            failed = case.side.label == "neuron" and k >= len(cases) - lost
            rows.append(
                Row(case, error="it crashed") if failed else Row(case, (statistic,), digest=str(case.side.label))
            )
        return RunTable(tuple(rows))

    return run


@pytest.mark.parametrize(("shift", "verdict"), [(0.0, "equivalent"), (4.0, "different")])
def test_the_number_of_runs_is_found_from_the_pilots(monkeypatch, shift, verdict):
    monkeypatch.setattr("unisono.validation.ensembles.study.run_ensemble", rows_by_hand(shift))
    found = study(SOURCE, [NEST, NEURON, Side("brian2")], base="neuron", transient=20)
    assert found.protocol.runs == max(m.runs for m in found.protocol.margins) > 20
    assert [(pair.a, pair.b) for pair in found.pairs] == [("neuron", "nest"), ("neuron", "brian2")]
    assert found.pairs[0].verdict == found.verdict == verdict
    used = [seed for seeds in found.protocol.seeds.values() for seed in seeds] + [*found.protocol.pilot_seeds]
    assert len({*used}) == len(used)


def test_runs_that_fail_in_the_end_keep_from_saying_equivalent(monkeypatch):
    monkeypatch.setattr("unisono.validation.ensembles.study.run_ensemble", rows_by_hand(0.0, lost=1))
    found = study(SOURCE, [NEST, NEURON], transient=20)
    assert found.verdict == "cannot tell" and "1 run gave no result" in found.pairs[0].reason
    assert found.exit_status == 2


def test_a_network_file_and_its_case_are_plain():
    case = Case(NEST, 3, 0.1, {"n": 5})
    assert case.varied == {"n": 5, "seed": 3, "dt": 0.1}
    assert build_network("vogels_abbott", n=50, duration=1.0, dt=case.dt, seed=case.seed).dt == 0.1
