"""The test circuit: what is wrong with a simulator is measured on single cells, and nothing where nothing is."""

import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.validation.circuit.examine import examine
from unisono.validation.faults.faults import FAULTS, rerun_with_faults

CELLS = {"IF_curr_exp": "linear", "IF_cond_exp": "conductances"}


@pytest.fixture(scope="module", params=CELLS)
def network(request: pytest.FixtureRequest) -> Network:
    return build_network("vogels_abbott", cell=request.param, n=100, p=0.1, duration=20.0, recorded=0)


def examined(network: Network, settings: Settings | None = None, fault: str = ""):
    """Findings on neuron, against nest and the reference."""
    settings = settings or Settings()
    baseline = Executor().run(network, ["nest"])["nest"]
    provenance = {"fault": fault} if fault else {}
    suspect = Run("neuron", network, settings, baseline.recording, provenance)
    execute = rerun_with_faults({"neuron": suspect, "nest": baseline})
    return {f.kind: f for f in examine(network, 0, 0, suspect, baseline, execute, "reference")}


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is_wrong(network: Network) -> None:
    assert examined(network) == {}


@pytest.mark.slow
def test_a_method_is_named_by_what_it_gives(network: Network) -> None:
    found = examined(network, Settings("euler"))
    assert "forward Euler" in found["integrator"].sentence


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "kind", "measured"),
    [
        ("delay + 1 step", "delay", 1),
        ("refractory + 1 step", "refractory period", 1),
        ("spike times - 1 step", "spike time", -1),
    ],
)
def test_steps_are_counted(network: Network, fault: str, kind: str, measured: int) -> None:
    assert fault in FAULTS
    found = examined(network, fault=fault)
    assert set(found) == {kind}, found
    assert found[kind].measured - found[kind].expected == measured


@pytest.mark.slow
def test_swapped_time_constants_are_errors_of_the_synapses(network: Network) -> None:
    assert "synapse" in examined(network, fault="tau_syn swapped")
