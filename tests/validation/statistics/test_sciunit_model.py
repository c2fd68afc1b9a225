"""Runs as SciUnit models: NetworkUnit's own tests take those of two simulators."""

import sys
from pathlib import Path

import pytest

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import PackageNotInstalled, SimulatorFailed, UnknownName
from unisono.validation.statistics import sciunit_model as module
from unisono.validation.statistics.sciunit_model import sciunit_model
from unisono.validation.statistics.statistics import statistics_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SciUnit writes a configuration file into the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def runs() -> Runs:
    network = ModelSource("vogels_abbott", {"n": 200, "p": 0.1, "duration": 600.0}).network(seed=3)
    return Executor().run(network, ["nest", "neuron"])


@pytest.mark.slow
def test_networkunit_judges_two_simulators(runs: Runs) -> None:
    import sciunit
    from networkunit import scores, tests

    class Rates(sciunit.TestM2M, tests.firing_rate_test):
        score_type = scores.ks_distance

    class Variation(sciunit.TestM2M, tests.isi_variation_test):
        score_type = scores.ks_distance

    models = [sciunit_model(runs[name]) for name in ("nest", "neuron")]
    assert [model.name for model in models] == [f"{runs.network.label} on {name}" for name in ("nest", "neuron")]
    rates = Rates().judge(models)
    assert rates.iloc[0, 1].score == pytest.approx(0.0, abs=0.05)  # the same spikes, or nearly
    assert Variation(variation_measure="cv").judge(models).iloc[0, 1].score == pytest.approx(0.0, abs=0.05)


def test_the_trains_are_those_of_the_run(runs: Runs) -> None:
    model = sciunit_model(runs["nest"])
    groups = model.produce_grouped_spiketrains()
    assert [len(group) for group in groups] == [160, 40]
    trains = model.produce_spiketrains(max_subsamplesize=3)
    assert {(t.t_start.item(), t.t_stop.item()) for t in trains} == {(300.0, 600.0)}
    recording = runs["nest"].recording
    assert recording is not None
    rate = next(s.value for s in statistics_of(recording, runs.network) if s.key == "rate of excitatory")
    assert sum(t.size for t in groups[0]) / 160 / 0.3 == pytest.approx(rate)
    only = sciunit_model(runs["nest"], ["inhibitory"]).produce_spiketrains()
    assert {t.annotations["source_population"] for t in only} == {"inhibitory"}


def test_errors_have_names_and_remedies(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="excitatory, inhibitory"):
        sciunit_model(runs["nest"], ["pyramidal"])
    nest = runs["nest"]
    with pytest.raises(SimulatorFailed, match="crashed"):
        sciunit_model(Run("nest", nest.network, nest.settings, None, error=SimulatorFailed("It crashed.")))
    monkeypatch.setitem(sys.modules, "networkunit.capabilities", None)
    module._model_class.cache_clear()
    with pytest.raises(PackageNotInstalled, match=r"pip install '.*\[sciunit\]'"):
        sciunit_model(nest)
    module._model_class.cache_clear()
