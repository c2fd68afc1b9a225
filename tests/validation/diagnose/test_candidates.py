"""Which faults are tried: what the test circuit suggests, the likely ones first, none twice."""

import pytest

from unisono.models.network import Network
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.diagnose.candidates import beside, runnable, suggested, together
from unisono.validation.faults.faults import FAULTS, delay, refractory, spike_times, weights


def deviation(kind: str, measured: float, expected: float = 0.0, sentence: str = "") -> Deviation:
    return Deviation(kind, measured, expected, "steps", sentence)


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (
            [deviation("delay", 3), deviation("refractory period", 49, 50)],
            ["delay + 3 steps", "refractory - 1 step"],
        ),
        ([deviation("spike time", -1)], ["spike times - 1 step"]),
        ([deviation("input", 1)], ["sources + 1 step"]),
        ([deviation("synapse", 2.0, 5.0)], ["tau_syn swapped"]),
        ([deviation("precision", 1e-5)], ["float32"]),
        ([deviation("integrator", 0.1, sentence="the forward Euler method")], ["forward Euler"]),
        ([deviation("integrator", 0.1, sentence="the backward Euler method")], []),
        (
            [deviation("weight of excitatory", 1.0195, 1.0), deviation("weight of inhibitory", 1.0193, 1.0)],
            ["weights + 2 %"],
        ),
        (
            [deviation("weight of excitatory", 1.1, 1.0), deviation("weight of inhibitory", 1.0, 1.0)],
            ["excitatory weights + 10 %", "inhibitory weights - 0 %"],
        ),
    ],
)
def test_deviations_suggest_faults(found: list[Deviation], names: list[str]) -> None:
    assert [fault.name for fault in suggested(found)] == names


def test_what_cannot_be_run_is_not_tried(toy_network: Network) -> None:
    found = [fault.name for fault in runnable([weights(1.1)], "nest", toy_network)]
    assert found[0] == "weights + 10 %"
    assert "float32" not in found and "no multapses" not in found and "missing synapse" not in found
    assert found.index("delay + 1 step") < found.index("weights + 2 %") < found.index("forward Euler")


def test_no_fault_beside_its_opposite() -> None:
    left = beside([delay(1)], [delay(-1), delay(2), refractory(1), spike_times(1)])
    assert [fault.name for fault in left] == ["refractory + 1 step", "spike times + 1 step"]


def test_faults_at_once() -> None:
    both = together([delay(1), FAULTS["no autapses"]])
    assert (both.name, both.kind) == ("delay + 1 step and no autapses", "delay, connection")
