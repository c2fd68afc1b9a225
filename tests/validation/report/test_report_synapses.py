"""What the report shows of synapses that change, and that it says nothing where none does."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

import numpy as np
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.compare.agreement import compare
from unisono.validation.report.html import render

SIZE = 400


def network(synapse: str, **options: object) -> Network:
    populations = Population("inputs", "SpikeSourceArray", SIZE), Population("cells", "IF_cond_exp", 2)
    weight = np.linspace(0.2, 0.8, SIZE)
    plastic = Projection("in", 0, 1, np.arange(SIZE), np.zeros(SIZE, int), weight, 5, synapse=synapse, **options)
    return Network(0.1, populations, (plastic,), trials=(Trial((Epoch(3000),)),), label="plastic")


def weights(seed: int = 3) -> np.ndarray:
    """Of competing synapses: most of them at one of the bounds."""
    return np.clip(np.random.RandomState(seed).normal(0.5, 0.6, SIZE), 0, 1)


def page(given: Network, **states: dict[str, np.ndarray]) -> str:
    """The report of simulators with the same spikes and these states of their synapses."""
    spikes = {1: Spikes.sorted(np.array([0, 1, 0, 1]), np.array([300, 700, 900, 2000]))}
    runs = {}
    for name, of in states.items():
        trial = TrialRecording(3000, spikes, (), {0: of} if of else {})
        recording = Recording(0.1, ("inputs", "cells"), (SIZE, 2), (trial,))
        runs[name] = Run(name, given, Settings(), recording, {"fingerprint": given.fingerprint})
    return render(compare(Runs(given, runs), examine=False))


def section(text: str) -> str:
    found = re.search(r'<div id="synapses">.*?</details>', text, re.S)
    return found[0] if found else ""


def table(text: str, name: str) -> list[str]:
    """Lines of what a link of the page saves."""
    found = re.search(rf'download="{name}" href="data:text/csv;charset=utf-8,([^"]*)"', text)
    assert found, name
    return unquote(found[1]).splitlines()


@pytest.fixture(scope="module")
def plastic() -> str:
    given, other = network("SpikePairAdditive"), weights()
    other[7] += 1e-13
    return page(given, nest={"weight": weights()}, brian2={"weight": weights()}, neuron={"weight": other})


def test_weights_before_and_after_are_drawn_on_all_simulators(plastic: str) -> None:
    assert "<h3>Weights before and after</h3>" in section(plastic)
    head, *rows = table(plastic, "weights-before-and-after.csv")
    assert head == "projection,unit,from,to,before (synapses),nest (synapses),brian2 (synapses),neuron (synapses)"
    counts = np.array([row.split(",")[4:] for row in rows], int)
    assert counts.sum(axis=0).tolist() == [SIZE] * 4
    assert counts[0, 1] == (weights() < 1 / len(rows)).sum()
    pictures = [base64.b64decode(uri).decode() for uri in re.findall(r"svg\+xml;base64,([^\"]+)", section(plastic))]
    assert len(pictures) == 2 and "weight (uS)" in pictures[0] and ">before<" in pictures[0]


def test_the_learning_window_is_that_of_the_rule(plastic: str) -> None:
    assert "<h3>Learning window</h3>" in section(plastic)
    rows = [row.split(",") for row in table(plastic, "learning-window.csv")[1:]]
    first = next(row for row in rows if float(row[4]) > 0)
    assert first[:3] == ["in", "SpikePairAdditive", "uS"]
    assert float(first[5]) == pytest.approx(0.01 * np.exp(-float(first[4]) / 20), rel=1e-9)


def test_the_table_says_what_was_compared_of_synapses(plastic: str) -> None:
    rows = {tuple(row.split(",")[:2]): row.split(",")[2:] for row in table(plastic, "states-of-synapses.csv")}
    assert rows["nest", "brian2"] == ["in", "1", "weight", "at the end", "uS", "400", "400", "0", "0", "0", "0"]
    others = rows["nest", "neuron"]
    assert others[6] == "399" and float(others[7]) == pytest.approx(1e-13, rel=0.01) and others[8:] == ["7", "7", "0"]
    assert "Equal in bits" in section(plastic) and "7 (7 → 0)" in section(plastic)


def test_statistics_of_weights_have_a_table_of_their_own(plastic: str) -> None:
    assert "part of weights at w_max" in section(plastic)
    head, *rows = table(plastic, "statistics-of-weights.csv")
    assert head == "projection,trial,statistic,unit,nest,brian2,neuron,synapses"
    assert rows[0].startswith("in,1,mean weight,uS,") and rows[0].endswith(",400")
    assert not any("weight" in row for row in table(plastic, "statistics.csv"))


def test_a_difference_is_marked_and_what_is_missing_said() -> None:
    given = network("SpikePairAdditive")
    text = section(page(given, nest={"weight": weights()}, brian2={"weight": weights(4)}, neuron={}))
    assert "tag disagree" in text and "one of the two does not show it" in text


def test_a_rule_that_a_pair_does_not_move_has_a_sentence() -> None:
    text = section(page(network("BCMSynapse"), nest={"weight": weights()}, brian2={"weight": weights()}))
    assert "One pair of spikes does not change the weights of in (BCMSynapse)." in text
    assert "Learning window" not in text


def test_short_term_states_are_compared_without_weights() -> None:
    states = {name: weights() for name in ("x", "y", "u")}
    text = section(page(network("TsodyksMarkramSynapse"), nest=states, brian2=states))
    assert "Equal in bits" in text and "Weights before" not in text and "Learning window" not in text


def test_a_network_whose_synapses_nothing_changes_has_no_such_section() -> None:
    text = page(network("StaticSynapse"), nest={}, brian2={})
    assert not section(text) and "ynapses that change" not in text and "weights-before" not in text
