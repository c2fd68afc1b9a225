"""The first ``unisono.toml``: whatever a model is called, it can be read."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from networks import driven

from unisono.adapters.runtime.loading import Loaded, ModelSource
from unisono.ci.starting import template
from unisono.models.errors import UnisonoError

NAME = 'a "b"\n[gate]\x1b c'


def test_names_cannot_break_it(tmp_path):
    network = driven(spikes=(1,))
    populations = tuple(replace(population, label=population.label + NAME) for population in network.populations)
    named = replace(network, label=NAME, populations=populations)
    text = template(ModelSource("x.py", {}, (NAME,)), [Loaded(named)], ["reference"], tmp_path)
    found = tomllib.loads(text)
    assert found["gate"]["simulators"] == ["reference"]
    assert found["model"][0]["args"] == [NAME]
    assert '#   cellsa "b"\ufffd[gate]\ufffd c: 1 IF_curr_exp' in text


def test_where_no_simulator_can_run_it_there_is_a_remedy(tmp_path):
    network = driven("IF_curr_exp", 20)
    with pytest.raises(UnisonoError, match="No simulator can run 'x'") as caught:
        template(ModelSource("x.py"), [Loaded(network)], [], tmp_path)
    assert "--on" in caught.value.remedy
