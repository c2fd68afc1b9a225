"""Whom to trust: the side that more simulators are on, that the reference is on, or a third simulator."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Network
from unisono.validation.compare.first_difference import Explanation, FirstDifference
from unisono.validation.diagnose.baseline import baseline_of, is_trustworthy

DIFFERENCE = FirstDifference(0, 30, 3.0, "cells", 1, 4, "nest", "neuron")


def explained(reference: float) -> FirstDifference:
    distances = {"nest": 0.1, "neuron": -0.1}
    why = Explanation(-50.0, 1e-9, {}, distances, {}, (), reference=-50.0, reference_distance=reference)
    return replace(DIFFERENCE, explanation=why)


@pytest.fixture
def runs(toy_network: Network, right: Run) -> Callable[..., Runs]:
    def made(*names: str, **settings: Settings) -> Runs:
        found = {n: Run(n, toy_network, settings.get(n, Settings()), right.recording, {}) for n in names}
        return Runs(toy_network, found)

    return made


@pytest.fixture
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisono.validation.diagnose.baseline._others", lambda runs: [])


def no_run(name: str) -> Run:
    raise AssertionError(f"{name} was run")


def test_the_side_of_more_simulators(runs: Callable[..., Runs]) -> None:
    found = baseline_of(runs("nest", "neuron", "brian2"), (["nest"], ["neuron", "brian2"]), DIFFERENCE, no_run)
    assert found is not None
    assert (found.run.simulator, found.alone) == ("neuron", False)
    assert "neuron and brian2" in found.reason


@pytest.mark.parametrize(("reference", "trusted"), [(0.05, "nest"), (-0.05, "neuron")])
def test_the_side_of_the_reference(runs: Callable[..., Runs], reference: float, trusted: str) -> None:
    found = baseline_of(runs("nest", "neuron"), (["nest"], ["neuron"]), explained(reference), no_run)
    assert found is not None
    assert (found.run.simulator, found.reason) == (trusted, f"The reference agrees with {trusted}.")


def test_a_third_simulator(runs: Callable[..., Runs], right: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisono.validation.diagnose.baseline._others", lambda runs: ["brian2"])
    found = baseline_of(
        runs("nest", "neuron"), (["nest"], ["neuron"]), DIFFERENCE, lambda name: replace(right, simulator=name)
    )
    assert found is not None
    assert (found.run.simulator, found.alone) == ("brian2", True)


def test_who_computes_by_an_unstated_method_is_not_trusted(runs: Callable[..., Runs], nobody_else: None) -> None:
    given = runs("nest", "neuron", nest=Settings("native"))
    found = baseline_of(given, (["nest"], ["neuron"]), DIFFERENCE, no_run)
    assert found is not None
    assert (found.run.simulator, found.reason) == ("neuron", "")
    assert not is_trustworthy("reference", given.network, Settings())
    assert not is_trustworthy("nest", given.network, Settings(precision="single"))
    assert is_trustworthy("nest", given.network, Settings())
