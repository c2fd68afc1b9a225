"""The search: in order, with progress, to the first hypothesis that explains, and no longer than its budget."""

from dataclasses import replace

import pytest
import toy
from suspects import WithFault, run_with

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import TimeLimitExceeded
from unisono.models.network import Network
from unisono.validation.compare.agreement import Agreement, compare
from unisono.validation.diagnose.budget import SECONDS, Budget, BudgetSpent, Limited, _with_limit
from unisono.validation.diagnose.cause import Cause, Search, both
from unisono.validation.diagnose.explain import Diagnosis, explain
from unisono.validation.diagnose.hypotheses import HYPOTHESES, Listed
from unisono.validation.faults.faults import FAULTS, Fault, delay, spike_times, weights
from unisono.validation.verdict import Level


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self) -> None:
        self.now += 3.0


def compared(network: Network, right: Run, fault: Fault, *more: Run) -> Agreement:
    wrong = run_with(network, fault)
    return compare(Runs(network, {r.simulator: r for r in (right, wrong, *more)}), examine=False)


def twin_of(run: Run) -> Run:
    """The same run on a third simulator, so that there is a side of more."""
    return replace(run, simulator="brian2")


@pytest.fixture(autouse=True)
def no_deviations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy has no potentials that a test circuit could show."""
    monkeypatch.setattr("unisono.validation.diagnose.suspicion.examine", lambda *given: ())


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other simulator is installed."""
    monkeypatch.setattr("unisono.validation.diagnose.baseline._others", lambda runs: [])


NAMED = [delay(1), spike_times(2), weights(1.02), FAULTS["no autapses"]]


@pytest.mark.parametrize("fault", NAMED, ids=lambda fault: fault.name)
def test_the_cause_is_the_fault_and_is_checked_to_the_end_of_the_trial(
    toy_network: Network, right: Run, fault: Fault, third: None
) -> None:
    said: list[str] = []
    compared_runs = compared(toy_network, right, fault, twin_of(right))
    agreement = explain(compared_runs, WithFault("neuron", fault), announce=said.append)
    same, *others = sorted(agreement.pairs, key=lambda pair: pair.first_difference is not None)
    assert same.cause is None and same.search is None
    for pair in others:
        assert pair.cause is not None and pair.search is not None
        assert (pair.cause.faults, pair.cause.suspect, pair.cause.proven) == ((fault.name,), "neuron", True)
        assert pair.cause.until_ms_with == pytest.approx(120.0)
        assert f"up to {pair.cause.until_ms_with:g} ms" in pair.cause.sentence
        assert pair.cause.extent == f"shown up to 120 ms, by {pair.cause.spikes} spikes"
        assert pair.verdict.level is Level.DIFFERENT
        assert pair.to_dict()["search"]["of"] == len(HYPOTHESES)
    # What is found of a simulator is found once, whatever the number of its pairs.
    assert sum("hypothesis 1 of" in line for line in said) == 1
    tried = others[0].search.tried
    assert sum("hypothesis" in line for line in said) == tried < len(HYPOTHESES)


def test_the_search_stops_when_its_time_is_spent(toy_network: Network, right: Run, third: None) -> None:
    clock = Clock()
    executor = toy.Toy(hear=clock.wait)
    agreement = compared(toy_network, right, weights(1.02))
    diagnosis = Diagnosis(agreement.runs, executor, Budget(10.0, clock))
    (pair,) = (diagnosis.explained(pair) for pair in agreement.pairs)
    assert pair.cause is None and pair.search is not None and pair.search.spent
    assert 0 < pair.search.tried < pair.search.of
    assert len(executor.asked) == 4  # 3 s each: the fourth began while there was time
    assert pair.verdict.evidence.endswith(
        f"The search for a cause stopped after 12 s; {pair.search.tried} of {len(HYPOTHESES)} hypotheses were tried."
    )


def test_a_cause_that_was_shown_stands_when_there_is_no_time_to_check_the_whole_trial(
    toy_network: Network, right: Run, third: None
) -> None:
    clock, executor = Clock(), WithFault("neuron", delay(1))
    executor.toy.hear = clock.wait
    agreement = compared(toy_network, right, delay(1), twin_of(right))
    diagnosis = Diagnosis(agreement.runs, executor, Budget(8.0, clock), hypotheses=HYPOTHESES[-3:])
    pair = diagnosis.explained(agreement.pairs[0])
    assert pair.cause is not None
    assert pair.cause.faults == ("delay + 1 step",)
    assert pair.cause.proven and pair.cause.until_ms_with < 60.0


def test_what_nothing_explains_is_said(toy_network: Network, right: Run, third: None) -> None:
    silent = [Listed("nothing", lambda suspicion: None)]
    agreement = compared(toy_network, right, delay(1))
    pair = Diagnosis(agreement.runs, toy.Toy(), Budget(), hypotheses=silent).explained(agreement.pairs[0])
    assert pair.search is not None
    assert pair.search.sentence == "No cause was found: 1 of 1 hypotheses were tried."


def test_a_difference_later_in_the_trial_is_followed(toy_network: Network, right: Run, third: None) -> None:
    """The first fault is proven in the window; another one shows only after it."""
    late = FAULTS["refractory + 1 step"]
    fault = spike_times(1) + late
    agreement = explain(compared(toy_network, right, fault, twin_of(right)), WithFault("neuron", fault))
    cause = agreement.pairs[0].cause
    assert cause is not None
    assert set(cause.faults) == {"spike times + 1 step", late.name}
    assert cause.until_ms_with == pytest.approx(120.0)


def test_runs_get_no_more_time_than_there_is(toy_network: Network) -> None:
    assert _with_limit(Executor(), 5.0).time_limit == 5.0
    assert _with_limit(Executor(time_limit=2.0), 5.0).time_limit == 2.0
    clock = Clock()

    class Slow:
        def run(self, network: Network, on: list[str], settings: Settings | None = None) -> Runs:
            clock.now += 20.0
            error = TimeLimitExceeded("It ran too long.")
            return Runs(network, {n: Run(n, network, Settings(), None, error=error) for n in on})

    with pytest.raises(BudgetSpent):
        Limited(Slow(), Budget(10.0, clock)).run(toy_network, ["nest"])
    with pytest.raises(BudgetSpent):
        Limited(toy.Toy(), Budget(0.0)).run(toy_network, ["nest"])


def test_pairs_without_spikes_and_ties_are_not_searched(toy_network: Network, right: Run) -> None:
    silent = Run("neuron", toy_network, Settings(), lost_all(right), right.provenance)
    agreement = compare(Runs(toy_network, {"nest": right, "neuron": silent}), examine=False)
    (pair,) = explain(agreement, toy.Toy()).pairs
    assert pair.cause is None and pair.search is not None
    assert pair.search.sentence == "No cause was looked for: one of the two has no spikes."


def lost_all(run: Run) -> Recording:
    trial = replace(run.recording.trials[0], spikes={})
    return replace(run.recording, trials=(trial,))


def test_causes_of_both_simulators_are_one() -> None:
    one = Cause("delay", "One.", ("a",), "x", "t", ("m",), 2.0, 9.0, True, spikes=7)
    other = Cause("spike time", "Two.", ("b",), "y", "t", (), 3.0, None, False)
    assert both([]) is None
    assert both([one]) is one
    joint = both([one, other])
    assert joint is not None
    assert (joint.kind, joint.sentence) == ("delay, spike time", "One. Two.")
    assert (joint.suspect, joint.baseline) == ("x, y", "t")
    assert (joint.until_ms_before, joint.until_ms_with, joint.proven, joint.extent) == (2.0, 9.0, False, "")
    assert one.extent == "shown up to 9 ms, by 7 spikes"


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (Search(4, 9, 120.4, spent=True), "The search for a cause stopped after 120 s; 4 of 9 hypotheses were tried."),
        (Search(10, 10, 3.0), "No cause was found: 10 of 10 hypotheses were tried."),
        (Search(0, 0, 0.0, note="weights change."), "No cause was looked for: weights change."),
    ],
)
def test_the_search_in_words(search: Search, said: str) -> None:
    assert search.sentence == said


def test_the_budget_is_two_minutes_by_default() -> None:
    assert SECONDS == 120.0
