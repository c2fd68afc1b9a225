"""What changing synapses deliver is what the reference delivers when it runs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plastic
import pytest

from unisono.adapters.contract.recording import Spikes
from unisono.adapters.reference.wiring import Wiring
from unisono.models.network import Network
from unisono.validation.compare.comparators import Mismatch
from unisono.validation.compare.deliveries import deliveries
from unisono.validation.compare.isolated_cell import History, arriving


@pytest.fixture(scope="module")
def network() -> Network:
    """With a projection whose spikes of the target take no time, and one of Tsodyks-Markram synapses."""
    strong = plastic.network(plastic.STRONG)
    drive, behind, divided = strong.projections
    before = replace(divided, label="before", axonal=8, dendritic=0)
    short = replace(
        behind, label="short", synapse="TsodyksMarkramSynapse", parameters={"weight": behind.weight}, initial={}
    )
    return replace(strong, projections=(drive, behind, divided, before, short))


def test_amounts_are_those_of_the_run(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[int, list[tuple[int, int, float]]] = {}
    deliver = Wiring.deliver

    def noted(self: Wiring, index: int, synapses: np.ndarray, now: float) -> np.ndarray:
        amounts = deliver(self, index, synapses, now)
        projection = self.network.projections[index]
        behind = np.broadcast_to(projection.dendritic, projection.size)[synapses]
        for synapse, steps, amount in zip(synapses, behind, np.broadcast_to(amounts, behind.shape), strict=True):
            sent.setdefault(index, []).append((int(now + steps), int(projection.post[synapse]), float(amount)))
        return amounts

    monkeypatch.setattr(Wiring, "deliver", noted)
    recording = plastic.simulate(network)
    spikes = recording.trials[0].spikes
    for index, projection in enumerate(network.projections[1:], 1):
        for cell in range(3):
            own = spikes[2].steps[spikes[2].cells == cell]
            selected = projection.selected(np.flatnonzero(projection.post == cell))
            steps, amounts = deliveries(selected, network.dt, spikes[0], own)
            found = sorted(zip(steps.tolist(), amounts.tolist(), strict=True))
            wanted = sorted((step, amount) for step, post, amount in sent[index] if post == cell)
            found = found[: len(wanted)]  # what arrives after the end was not sent in the run
            assert [step for step, _ in found] == [step for step, _ in wanted]
            assert np.allclose([a for _, a in found], [a for _, a in wanted], rtol=1e-9)


def test_the_input_of_a_cell_is_known_with_plastic_synapses(network: Network) -> None:
    recording = plastic.simulate(network)
    history = History(network, Mismatch(0, 400, 2, 1, True), recording)
    inputs = list(arriving(history, 0))
    assert len(inputs) == len(network.projections)
    assert all(given.steps.max() <= 400 and given.weights.size == given.steps.size for given in inputs)
    assert np.unique(inputs[1].weights).size > 6


def test_no_spike_delivers_nothing(network: Network) -> None:
    nothing = Spikes(np.empty(0, np.uint32), np.empty(0, np.int64))
    steps, amounts = deliveries(network.projections[1], network.dt, nothing, np.empty(0, np.int64))
    assert steps.size == amounts.size == 0
