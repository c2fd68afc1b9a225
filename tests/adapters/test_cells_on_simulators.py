"""Every cell under every drive on every simulator: the same spikes, the same voltages."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from networks import TRUNCATION, separated, side_by_side

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.library import build_network
from unisono.models.library.single_cell import SingleCell
from unisono.models.network import Epoch, Network, Population, Trial

SIMULATORS = ("nest", "brian2", "neuron")

#: mV. All simulators compute the same operations in the same order, so they differ by rounding: some 1e-16 of 65 mV a
#: step, over thousands of steps, and an upstroke makes more of it.
ROUNDING = 1e-9

#: What one input spike adds, mV: as much as makes a cell fire at 1,500 Hz, 1 mV where it is not said.
PSP = {
    "IF_cond_exp_gsfa_grr": 2.0,
    "IF_facets_hardware1": 3.0,
    "EIF_cond_exp_isfa_ista": 3.0,
    "EIF_cond_alpha_isfa_ista": 3.0,
    "Izhikevich": 8.0,
    "HH": 6.0,
    "GIF_cond_exp": 4.0,
}


#: What drives the cells.
CURRENTS = ("dc", "step", "spikes", "poisson")


@pytest.mark.slow
def test_every_cell_spikes_at_the_same_steps_under_every_drive():
    cases = list(itertools.product(CELLS, CURRENTS))
    parts = [single_cell(*case) for case in cases]
    # side by side, so that each simulator starts and compiles once
    runs = Executor(fresh=True, jobs=2).run(side_by_side(parts), (*SIMULATORS, "reference"), Settings())
    found = {name: [one.trials[0] for one in separated(run.recording, parts)] for name, run in runs.items()}
    for k, (cell, current) in enumerate(cases):
        trials = {name: every[k] for name, every in found.items()}
        assert trials["nest"].spikes[0].size >= 2, f"{cell}, {current}"
        for a, b in itertools.combinations(trials, 2):
            case = f"{cell}, {current}: {a} and {b}"
            assert trials[a].spikes[0].steps.tolist() == trials[b].spikes[0].steps.tolist(), case
            tolerance = TRUNCATION[cell] if b == "reference" else ROUNDING
            difference = np.abs(trials[a].signals[0].values - trials[b].signals[0].values).max()
            assert difference <= tolerance, case


def single_cell(cell: str, current: str) -> Network:
    amplitude = 1.5 * SingleCell(cell=cell).strength
    return build_network(
        "single_cell",
        cell=cell,
        current=current,
        duration=200.0,
        amplitude=amplitude,
        psp=PSP.get(cell, 1.0),
        rate=1500.0,
    )


def test_intrinsic_plasticity_brings_cells_to_their_target_rate():
    drive, target = np.array([0.5, 0.7, 0.9, 1.2]), np.array([10.0, 10.0, 5.0, 20.0])
    parameters = {"i_offset": drive, "rho": target, "eta": np.array(2e-6)}
    network = Network(0.5, (Population("cells", "IF_cond_exp_ip", 4, parameters),), trials=(Trial((Epoch(52000),)),))
    spikes = Executor().run(network, ["neuron"], Settings())["neuron"].recording.trials[0].spikes[0]

    def rates(begin: int, end: int) -> np.ndarray:
        counted = spikes.cells[(spikes.steps > begin) & (spikes.steps <= end)]
        return np.bincount(counted, minlength=4) / (end - begin) * 2000.0

    first, last = rates(0, 2000), rates(44000, 52000)
    assert first[0] == first[1] == 0 and first[2] > 20 and first[3] > 40
    np.testing.assert_allclose(last, target, atol=0.75)
