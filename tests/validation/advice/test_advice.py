"""Advice: each phenomenon has a cell that exists, lines that run, figures that were measured."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from unisono.models.cells import CELLS
from unisono.models.cells.parameter_sets import PARAMETER_SETS
from unisono.models.errors import UnisonoError, UnknownName
from unisono.models.library import build_network
from unisono.validation.advice.advice import BUILT_IN_ON_NEST, PLASTICITY, Question, able, advise
from unisono.validation.advice.measured import COSTS, nearest
from unisono.validation.advice.phenomena import PHENOMENA


def choices(**given: object) -> dict[str, str]:
    return {one.topic: one.choice for one in advise(Question(**given)).recommendations}


@pytest.mark.parametrize("name", PHENOMENA)
def test_every_phenomenon_has_a_cell_a_source_and_lines_of_python(name):
    entry = PHENOMENA[name]
    assert entry.cell in CELLS
    assert not entry.parameter_set or PARAMETER_SETS[entry.parameter_set].cell == entry.cell
    for one in advise(Question(name, plasticity="long-term")).recommendations:
        assert one.why and one.source
        if one.topic in ("cell model", "plasticity", "time step"):
            ast.parse(one.line)


@pytest.mark.parametrize("kind", [kind for kind in PLASTICITY if kind != "none"])
def test_the_line_of_a_plastic_synapse_builds_it(kind):
    from unisono.models import pynn as sim

    line = next(
        o.line for o in advise(Question("learning", plasticity=kind)).recommendations if o.topic == "plasticity"
    )
    values = {"sim": sim, "w": 0.1, "d": 1.0, "w_max": 1.0}
    exec(line, values)
    assert values["synapse"].get_schema()["weight"]


def test_a_bursting_cell_bursts():
    entry = PHENOMENA["bursting"]
    assert PARAMETER_SETS[entry.parameter_set].pattern == "bursting"
    assert build_network("single_cell", cell=entry.parameter_set, duration=50.0).populations[0].cell == entry.cell


def test_own_equations_are_written_on_brian2_and_large_networks_run_where_they_cost_least():
    assert choices(phenomenon="rate")["prototype on"] == "nest"
    assert choices(phenomenon="bursting")["prototype on"] == "brian2"
    assert choices(phenomenon="bursting", own_equations=True)["prototype on"] == "brian2"
    assert choices(phenomenon="rate", cells=100_000, gpu=True)["produce on"] == "pygenn-gpu"
    assert choices(phenomenon="rate", cells=100, gpu=True)["produce on"] != "pygenn-gpu"
    assert choices(phenomenon="rate", cells=20_000)["produce on"] in ("genn", "pygenn")
    assert not {"genn-gpu", "pygenn-gpu"} & set(able(Question("rate")))


def test_what_nest_has_built_in_is_what_the_adapter_says():
    from unisono.adapters.nest.models import BUILT_IN

    assert set(BUILT_IN_ON_NEST) == set(BUILT_IN)


def test_figures_are_those_of_the_benchmarks():
    text = Path(__file__).parents[3].joinpath("docs", "benchmarks.md").read_text()
    for cost in COSTS:
        name = "NEST, 2 threads" if cost.simulator == "nest" else f"`{cost.simulator}`"
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} | {cost.cold:.2f} |"))
        assert [cell.strip() for cell in row.split("|")[5:9:2]] == [f"{cost.loop:.2f}", f"{cost.total:.2f}"]
        assert row.endswith(f"| {cost.memory:,} |")
    assert nearest("pygenn", 5_000_000).synapses == 10_000_000
    assert nearest("neuron", 1) is None


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"phenomenon": "burstin"}, UnknownName, "bursting"),
        ({"phenomenon": "rate", "plasticity": "some"}, UnisonoError, "none, short-term, long-term"),
        ({"phenomenon": "rate", "cells": 0}, UnisonoError, "must be 1 or more"),
    ],
)
def test_what_is_not_known_is_named(given, error, says):
    with pytest.raises(error, match=says):
        Question(**given)
