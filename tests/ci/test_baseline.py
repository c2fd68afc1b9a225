"""The baseline: what has changed is named, and means what it must mean."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from unisono.ci import baseline
from unisono.ci.baseline import Entry
from unisono.models.errors import ConfigurationError
from unisono.validation.verdict import Level

TIE = "identical until a tie"


def entry(tier: str = "identical", until: float = 100.0, **changed: object) -> Entry:
    found = Entry.of(
        Level(tier),
        until,
        "f" * 64,
        {"nest and neuron": (Level(tier), until)},
        {"nest": 120, "neuron": 120},
        {"nest": {"rate of cells": 12.0, "CV of ISI of cells": None}, "neuron": {"rate of cells": 12.0}},
        {"nest": "3.9.0", "neuron": "9.0.1", "unisono": "0.1.0"},
    )
    return replace(found, **changed)


def test_what_is_the_same_has_no_changes():
    found = baseline.compare(entry(), entry())
    assert (found.status, found.changes) == (0, ())


@pytest.mark.parametrize(
    ("now", "before", "what", "status", "says"),
    [
        (entry(TIE), entry(), "tier", 1, "the tier was 'identical' and is 'identical until a tie'"),
        (entry(), entry("equivalent"), "tier", 0, "the tier was 'equivalent' and is 'identical'"),
        (entry(TIE, 50), entry(TIE, 80), "first divergence", 1, "divergence was at 80 ms and is at 50 ms"),
        (entry(TIE, 80), entry(TIE, 50), "first divergence", 0, "divergence was at 50 ms and is at 80 ms"),
        (entry(spikes={"nest": 121}), entry(), "spikes", 1, "NEST: 121 spikes, 120 in the baseline"),
        (
            entry(statistics={"nest": {"rate of cells": 12.06}}),
            entry(),
            "statistic",
            1,
            r"NEST: rate of cells was 12 and is 12.06 \(\+0.500%\)",
        ),
        (
            entry(statistics={"nest": {"CV of ISI of cells": 0.5}}),
            entry(),
            "statistic",
            1,
            "was not defined and is 0.5",
        ),
        (entry(versions={"nest": "3.10.0", "neuron": "9.0.1", "unisono": "0.1.0"}), entry(), "version", 0, "3.9.0"),
        (entry(versions={"nest": "3.9.0", "unisono": "0.1.0"}), entry(), "simulator", 0, "NEURON is not tested any"),
    ],
)
def test_changes_are_named_and_count(now, before, what, status, says):
    found = baseline.compare(now, before)
    assert [change.what for change in found.changes] == [what]
    assert re.search(says, found.changes[0].text), found.changes[0].text
    assert found.status == status


def test_another_network_is_a_change_of_the_model_whatever_else_has_changed():
    now = entry("different", 3.0, fingerprint="e" * 64, spikes={"nest": 1, "neuron": 2})
    found = baseline.compare(now, entry())
    assert (found.status, found.model_changed, found.former_spikes) == (1, True, (120,))
    assert [(change.what, int(change.status)) for change in found.changes] == [
        ("fingerprint", 1),
        ("tier", 0),
        ("spikes", 0),
        ("spikes", 0),
    ]


def test_rounding_is_no_change():
    now = entry(statistics={"nest": {"rate of cells": 12.0 * (1 + 1e-13)}})
    assert baseline.compare(now, entry()).status == 0


def test_the_same_figures_are_the_same_bytes(tmp_path):
    one, other = entry(), entry(spikes={"neuron": 120, "nest": 120})
    baseline.write(tmp_path / "a.json", {"x": one, "y": other})
    baseline.write(tmp_path / "b.json", {"y": one, "x": other})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert baseline.read(tmp_path / "a.json") == {"x": one, "y": one}


def test_a_former_entry_goes_into_the_history(tmp_path):
    first = entry().after(None, "the first")
    second = entry("identical until a tie", 40).after(first, "a slower cell")
    third = entry("converged", 10).after(second, "")
    assert [(h["tier"], h.get("because")) for h in third.history] == [
        ("identical", "the first"),
        ("identical until a tie", "a slower cell"),
    ]
    baseline.write(tmp_path / "b.json", {"x": third})
    kept = baseline.read(tmp_path / "b.json")["x"]
    assert kept == third
    assert [h["tier"] for h in baseline.compare(entry(), kept).history] == [
        "identical",
        "identical until a tie",
        "converged",
    ]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 9, "models": {}}', '{"format": 1, "models": {"x": {}}}'])
def test_a_file_that_cannot_be_used_is_named(text, tmp_path):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"b.json' cannot be used"):
        baseline.read(tmp_path / "b.json")
