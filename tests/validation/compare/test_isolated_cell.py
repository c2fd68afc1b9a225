"""A cell on its own has the potentials it had in its network, by the reference for both."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_process import simulate

from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.adapters.reference import ReferenceAdapter
from unisono.models.cells import CELLS
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)
from unisono.validation.compare.comparators import Mismatch
from unisono.validation.compare.isolated_cell import History, IsolatedCell, isolated

DT, STEPS, CELL = 0.1, 500, 1

#: Short, so that the isolated cell begins long after the trial.
TIMES = {"tau_m": 0.8, "tau_syn_E": 0.4, "tau_syn_I": 0.3, "tau_refrac": 0.5}


#: Integrate-and-fire cells whose potential alone decides and alone is reset.
SIMPLE = ("IF_curr_exp", "IF_curr_alpha", "IF_curr_delta", "IF_cond_exp", "IF_cond_alpha")

#: Current (nA) and threshold (mV) of the others.
DRIVE = {
    "EIF_cond_exp_isfa_ista": (9.0, -50.4),
    "EIF_cond_alpha_isfa_ista": (9.0, -50.4),
    "IF_cond_exp_gsfa_grr": (60.0, -52.0),
    "Izhikevich": (0.08, 30.0),
    "HH_cond_exp": (6.0, 10.0),
}


def simulated(network: Network, folder: Path) -> TrialRecording:
    return simulate(ReferenceAdapter(), network, cache=folder)


def network(cell: str) -> Network:
    """Three cells that excite and inhibit each other, driven by sources of random weights and by a current."""
    random = np.random.RandomState(7)
    model = CELLS[cell]
    parameters = {name: np.array(value) for name, value in TIMES.items() if name in model.parameters}
    drive, threshold = DRIVE.get(cell, (18.0, -52.0))
    parameters |= {"i_offset": drive * np.array([1.0, 0.97, 0.95]), "v_thresh": np.array(threshold)}
    scale = {"nA": 4.0, "uS": 0.15, "mV": 1.0}[model.weight_unit("excitatory")]
    inhibition = scale if model.conductance_based else -scale
    spikes = np.unique(random.randint(0, [[5], [STEPS]], (2, 300)), axis=1)
    near = np.array([0, 1, 2])
    changed = change("cm", 1.05) if "cm" in model.parameters else change("b", 0.21)
    return Network(
        DT,
        (Population("cells", cell, 3, parameters), Population("input", "SpikeSourceArray", 5)),
        (
            Projection("in", 1, 0, np.repeat(np.arange(5), 3), np.tile(near, 5), scale * random.rand(15), np.array(3)),
            Projection("on", 0, 0, near, near[::-1], np.array(scale), np.array([4, 5, 6])),
            Projection("off", 0, 0, near, (near + 1) % 3, np.array(inhibition), np.array(7), "inhibitory"),
        ),
        spikes=(SpikeInput(1, spikes[0], spikes[1], 1 + np.arange(spikes.shape[1]) % 2),),
        currents=(CurrentInput(0, np.array([1, 2]), np.array([10, 200, 420]), np.array([0.5, 1.0, -0.5])),),
        recordings=(RecordingRequest(0, "v", near),),
        trials=(Trial((Epoch(300), Epoch(STEPS - 300, (changed,)))),),
    )


def change(name: str, value: float, kind: str = "parameter", cell: int = CELL) -> Change:
    return Change(kind, 0, name, np.array([value]), np.array([cell]))


def recording(network: Network, trial: TrialRecording) -> Recording:
    return Recording(DT, tuple(p.label for p in network.populations), (3, 5), (trial,))


def place(step: int) -> Mismatch:
    return Mismatch(0, step, 0, CELL, True)


def alone(network: Network, folder: Path, step: int) -> tuple[IsolatedCell, np.ndarray, np.ndarray]:
    """The isolated cell, its potential, and that of the cell in the network."""
    whole = simulated(network, folder)
    found = isolated(History(network, place(step), recording(network, whole)))
    trial = simulated(found.network, folder)
    assert (trial.spikes[0].steps + found.begin).tolist() == found.spikes.tolist()
    return found, trial.signals[0].values[:, 0], whole.signals[0].values[:, CELL]


@pytest.mark.parametrize("cell", SIMPLE)
def test_its_potential_is_that_in_the_network(cell: str, tmp_path: Path) -> None:
    net = network(cell)
    whole = simulated(net, tmp_path)
    v = whole.signals[0].values[:, CELL]
    spikes = whole.spikes[0].steps[whole.spikes[0].cells == CELL]
    assert spikes.size > 10
    begins = set()
    for index in (0, 3, -2, -1):
        step = int(spikes[index])
        found = isolated(History(net, place(step), recording(net, whole)))
        trial = simulated(found.network, tmp_path)
        mine = trial.signals[0].values[:, 0]
        assert (trial.spikes[0].steps + found.begin).tolist() == found.spikes.tolist()
        assert found.spikes.tolist() == [s for s in spikes[spikes < step] if s > found.begin]
        assert found.first == max([0, *spikes[spikes < step].tolist()[-1:]])
        assert found.error(v, mine) < 1e-11
        assert mine[-1] >= -52.0 > mine[-2]  # not reset: what met the threshold
        begins.add(found.begin)
    assert 0 in begins
    assert max(begins) > 200


@pytest.mark.slow
@pytest.mark.parametrize("cell", DRIVE)
def test_so_it_is_for_cells_with_more_than_a_potential(cell: str, tmp_path: Path) -> None:
    net = network(cell)
    whole = simulated(net, tmp_path)
    spikes = whole.spikes[0].steps[whole.spikes[0].cells == CELL]
    assert spikes.size > 3
    found, mine, v = alone(net, tmp_path, int(spikes[-1]))
    crossing = CELLS[cell].edge_triggered
    assert found.spikes.tolist() == ([] if crossing else [s for s in spikes[:-1] if s > found.begin])
    assert found.error(v, mine) < 1e-9
    threshold = 10.0 if crossing else {"Izhikevich": 30.0, "IF_cond_exp_gsfa_grr": -52.0}.get(cell, -40.0)
    assert mine[-1] >= threshold > mine[-2]


def test_without_a_spike_of_its_own_it_begins_later(tmp_path: Path) -> None:
    net = network("IF_curr_exp")
    still = {**net.populations[0].parameters, "v_thresh": np.array(0.0)}
    net = replace(net, populations=(replace(net.populations[0], parameters=still), net.populations[1]))
    found, mine, whole = alone(net, tmp_path, 480)
    assert found.spikes.size == 0
    assert (found.begin, found.first) == (480 - 200 - 240, 280)  # 20 ms, and 30 times 0.8 ms
    assert found.error(whole, mine) < 1e-11


def test_states_that_are_set_on_the_way_count(tmp_path: Path) -> None:
    net = network("IF_cond_exp")
    set_at = (change("v", -70.0, "state"), change("v", -20.0, "state", 0))
    epochs = (*net.trials[0].epochs[:1], Epoch(146, net.trials[0].epochs[1].changes), Epoch(54, set_at))
    found, mine, whole = alone(replace(net, trials=(Trial(epochs),)), tmp_path, 449)
    assert found.error(whole, mine) < 1e-11
    without, unset, _ = alone(net, tmp_path, 449)
    assert without.error(whole, unset) > 5.0


def test_an_input_less_makes_an_error_that_is_found(tmp_path: Path) -> None:
    net = network("IF_cond_exp")
    found, mine, whole = alone(net, tmp_path, 449)
    assert found.error(whole, mine) < 1e-11
    (spikes,) = net.spikes
    keep = (spikes.steps < 439) | (spikes.steps > 444)
    assert not keep.all()
    fewer = replace(spikes, cells=spikes.cells[keep], steps=spikes.steps[keep], counts=spikes.counts[keep])
    wrong = isolated(History(replace(net, spikes=(fewer,)), place(449), recording(net, simulated(net, tmp_path))))
    v = simulated(wrong.network, tmp_path).signals[0].values[:, 0]
    assert wrong.error(whole, v) > 1e-3


def test_the_end_is_no_part_of_the_error() -> None:
    cell = IsolatedCell(network("IF_curr_exp"), 10, 15, 12, np.empty(0, np.int64))
    theirs = np.arange(20.0)
    ours = np.array([90.0, 90.0, 12.0, 13.5, 14.25, 99.0])  # steps 10 to 15
    assert cell.error(theirs, ours) == 0.5


def test_weights_that_change_on_the_way_are_refused() -> None:
    net = network("IF_curr_exp")
    weights = Change("synapse", 0, "weight", np.array(0.1))
    empty = Recording(DT, ("cells", "input"), (3, 5), (TrialRecording(STEPS, {}),))
    with pytest.raises(UnsupportedFeature, match="change during the trial"):
        isolated(History(replace(net, trials=(Trial((Epoch(100), Epoch(400, (weights,)))),)), place(200), empty))
    for epochs in ((Epoch(300), Epoch(200, (weights,))), (Epoch(500, (weights,)),)):
        assert isolated(History(replace(net, trials=(Trial(epochs),)), place(200), empty)).end == 200
