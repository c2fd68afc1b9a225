"""Suspicions between runs of a toy simulator, one of them with a fault."""

from collections.abc import Callable, Sequence

import pytest
import toy
from suspects import MATCHED, WithFault, run_with

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Network
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.compare.comparators import first_mismatch
from unisono.validation.diagnose.baseline import Baseline
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.diagnose.window import window_of
from unisono.validation.faults.faults import Fault, rerun_with_faults


@pytest.fixture(scope="session")
def toy_network() -> Network:
    return toy.network()


@pytest.fixture(scope="session")
def right(toy_network: Network) -> Run:
    return toy.Toy().run(toy_network, ["nest"])["nest"]


@pytest.fixture
def suspect(toy_network: Network, right: Run) -> Callable[..., Suspicion]:
    """The suspicion of a simulator with a fault, against one without; the test circuit shows what is given."""

    def made(
        fault: Fault | None = None,
        deviations: Sequence[Deviation] = (),
        name: str = "neuron",
        settings: Settings = MATCHED,
        run: Run | None = None,
    ) -> Suspicion:
        wrong = run or run_with(toy_network, fault, name, settings)
        runs = Runs(toy_network, {"nest": right, name: wrong})
        mismatch = first_mismatch(right.recording, wrong.recording, toy_network)
        again = WithFault(name, fault)
        suspicion = Suspicion(
            runs,
            wrong,
            Baseline(right, False, "It is right."),
            window_of(toy_network, 0, mismatch.step, wrong.recording),
            right.recording.trials[0],
            (mismatch.population, mismatch.cell),
            rerun_with_faults(runs, again),
            rerun_with_faults(runs, again),
        )
        suspicion.__dict__["deviations"] = tuple(deviations)
        return suspicion

    return made
