"""The baseline is compared with what was found, and changes only where that is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci import baseline, updating
from unisono.ci.baseline import Entry
from unisono.ci.configuration import Configuration, Requirement
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.validation.verdict import Level, Outcome, Verdict


class Judged(ModelResult):
    """A result whose figures are given."""

    @property
    def entry(self) -> Entry:
        figures = {"nest": {"rate of cells": 12.0}}
        until, pairs = self.until_ms, {p.name: (p.level, p.verdict.until_ms) for p in self.pairs}
        return Entry.of(self.level, until, "f" * 64, pairs, {"nest": 120}, figures, {"nest": "3.9.0"})


def judged(level: Level = Level.IDENTICAL, until: float = 100.0, name: str = "model") -> Judged:
    requirement = Requirement(name, ModelSource("single_cell"), ("nest", "neuron"))
    pair = PairResult("nest", "neuron", Verdict(level, "Seen.", until_ms=until), level.meets(requirement.tier))
    return Judged(requirement, (pair,))


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(tmp_path / "unisono.toml", (judged().requirement,), baseline=tmp_path / "b.json")


def update(configuration: Configuration, *models: Judged, every: bool = True) -> Gate:
    known = updating.recorded(configuration)
    return updating.updated(Gate(configuration.path, models), configuration, known, updating.Update("why"), every)


def test_what_is_new_is_written_and_the_same_again_changes_nothing(configuration):
    assert updating.recorded(configuration) is None
    assert any("new in the baseline (identical," in note for note in update(configuration, judged()).notes)
    before = configuration.baseline.read_bytes()
    assert update(configuration, judged()).notes == ("model: as the baseline has it.", "The baseline is unchanged.")
    assert configuration.baseline.read_bytes() == before


def test_a_weaker_tier_is_a_disagreement(configuration):
    update(configuration, judged())
    gate = Gate(configuration.path, (judged(Level.EQUIVALENT),))
    (model,) = updating.compared(gate, configuration, updating.recorded(configuration)).models
    assert model.baseline.status is Outcome.DISAGREE
    assert "the tier was 'identical' and is 'equivalent'" in model.baseline.sentence


def test_a_model_that_does_not_meet_its_demand_keeps_its_entry(configuration):
    update(configuration, judged())
    notes = update(configuration, judged(Level.DIFFERENT)).notes
    assert "model: not updated, because it does not meet its requirement." in notes
    assert updating.recorded(configuration)["model"].tier is Level.IDENTICAL


def test_a_model_that_is_gone_is_dropped_only_where_all_were_checked(configuration):
    old = replace(configuration, models=(judged(name="old").requirement,))
    update(old, judged(name="old"))
    update(configuration, judged(), every=False)
    assert {*updating.recorded(configuration)} == {"old", "model"}
    assert "old: dropped, as the configuration has no such model." in update(configuration, judged()).notes
    assert {*updating.recorded(configuration)} == {"model"}


@pytest.mark.parametrize(("required", "status"), [(False, None), (True, Outcome.OPEN)])
def test_a_baseline_that_is_not_there(configuration, required, status):
    configuration = replace(configuration, baseline_required=required)
    (model,) = updating.compared(Gate(configuration.path, (judged(),)), configuration, None).models
    assert (model.baseline and model.baseline.status) == status


def test_words_of_earlier_versions_are_read(configuration):
    update(configuration, judged())
    text = configuration.baseline.read_text().replace('"identical"', '"identical until t*"')
    configuration.baseline.write_text(text)
    assert baseline.read(configuration.baseline)["model"].tier is Level.UNTIL_TIE
