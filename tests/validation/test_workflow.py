"""Load, run, compare, look for causes: who hears of what, and in which order; nothing is simulated."""

from contextlib import contextmanager

import pytest
from executing import Executing

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import SimulatorFailed
from unisono.validation import workflow as workflows
from unisono.validation.workflow import Workflow


@pytest.fixture
def heard() -> list:
    return []


def test_the_network_is_told_before_the_runs_and_progress_is_shown_while_they_run(make, spikes, network, heard) -> None:
    @contextmanager
    def watch(simulators):
        heard.append(("watch", tuple(simulators)))
        yield lambda simulator, message: heard.append((simulator, message))
        heard.append("done")

    def runner(executor: Executor) -> Executing:
        executor.listener("a", "running")
        return Executing(lambda given, on, settings: {name: make(name, spikes) for name in on})

    workflow = Workflow(
        watch=watch, loaded=lambda net: heard.append(net.label), ran=lambda runs: heard.append(list(runs))
    )
    runs = workflow.run(network, ["a", "b:native"], Settings(), runner)
    assert list(runs) == ["a", "b:native"]
    assert heard == ["by hand", ("watch", ("a", "b")), ("a", "running"), "done", ["a", "b:native"]]


def test_a_model_is_loaded_by_its_source(make, heard) -> None:
    source = ModelSource("single_cell", {"cell": "IF_curr_exp", "duration": 50.0})
    workflow = Workflow(loaded=heard.append)
    workflow.run(source, ["a"], Settings(), lambda _: Executing(lambda network, on, settings: {}))
    assert (heard[0].duration, heard[0].neurons) == (50.0, 1)


def test_the_verdict_is_told_before_causes_are_looked_for(make, gathered, spikes, heard, monkeypatch) -> None:
    population, cell, step = spikes[10]
    late = [*spikes[:10], (population, cell, step + 1), *spikes[11:]]

    def execute(self, network, on, settings=None):
        raise SimulatorFailed("Nothing runs here.")

    def explained(agreement, executor, announce=print):
        heard.append("causes")
        return agreement

    monkeypatch.setattr(Executor, "run", execute)
    monkeypatch.setattr(workflows.causes, "explain", explained)
    workflow = Workflow(compared=lambda agreement: heard.append(agreement.verdict.level))
    agreement = workflow.compare(gathered(make("a", spikes), make("b", late)))
    assert heard == ["not examined", "causes"]
    assert "Nothing runs here" in agreement.pairs[0].evidence
    heard.clear()
    workflow.compare(gathered(make("a", spikes), make("b", late)), explain=False)
    assert heard == ["not examined"]
