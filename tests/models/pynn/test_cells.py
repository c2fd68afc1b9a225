"""The cell types of PyNN in a capture: all standard cells, composed ones, random states."""

from __future__ import annotations

import numpy as np
import pytest
from pyNN import errors

import unisono.models.pynn as sim
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models.cells import CELLS
from unisono.models.dynamics.generator import MODULI, MULTIPLIERS, SPACING
from unisono.models.errors import CaptureError, ModelError
from unisono.models.network import Network
from unisono.models.pynn.simulator import Session, capturing


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_is_captured_with_all_it_can_record(session, name):
    cells = sim.Population(3, getattr(sim, name)(), initial_values={"v": -60.0})
    cells.record([*CELLS[name].recordable, "spikes"])
    for receptor in cells.receptor_types:
        weight = -0.1 if CELLS[name].receptors[receptor].sign < 0 else 0.1
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=weight), receptor_type=receptor)
    sim.run(1.0)
    (population,) = session.network().populations
    assert (population.cell, population.definition) == (name, "")
    assert float(population.initial["v"]) == -60.0
    assert [p.receptor for p in session.network().projections] == list(CELLS[name].receptors)
    assert {r.variable for r in session.network().recordings} == {*CELLS[name].recordable, "spikes"}


def test_kernels_of_the_generalised_cell_are_arrays(session):
    cells = sim.Population(2, sim.GIF_cond_exp(tau_eta=[2.0, 20.0, 200.0], v_t_star=-50.0))
    assert cells.get("tau_eta").value.tolist() == [2.0, 20.0, 200.0]
    cells.set(a_gamma=[(1.0, 2.0, 3.0), (4.0, 5.0, 6.0)])
    sim.run(1.0)
    cells.set(a_eta=[0.1, 0.2, 0.3])
    sim.run(1.0)
    network = session.network()
    (population,) = network.populations
    assert [float(population.parameters[f"tau_eta_{k}"]) for k in (1, 2, 3)] == [2.0, 20.0, 200.0]
    assert [population.parameters[f"a_gamma_{k}"].tolist() for k in (1, 2, 3)] == [[1, 4], [2, 5], [3, 6]]
    assert float(population.initial["v_t"]) == -50.0
    changes = {c.name: float(c.values) for c in network.trials[0].epochs[1].changes}
    assert changes == {"a_eta_1": 0.1, "a_eta_2": 0.2, "a_eta_3": 0.3}


def test_a_kernel_of_two_exponentials_is_refused(session):
    sim.Population(2, sim.GIF_cond_exp(tau_eta=[2.0, 20.0]))
    sim.run(1.0)
    with pytest.raises(CaptureError, match="'tau_eta' has 2 values"):
        session.network()


def _noisy(seed: int, trials: int = 1) -> Network:
    with capturing() as session:
        sim.setup(timestep=0.1, rng_seed=seed)
        for _ in range(2):
            sim.Population(4, sim.GIF_cond_exp())
        for trial in range(trials):
            if trial:
                sim.reset()
            sim.run(1.0)
    return session.network()


def test_seeds_of_escape_noise_are_drawn_with_the_network():
    network = _noisy(7)
    for number, (multiplier, modulus) in enumerate(zip(MULTIPLIERS, MODULI, strict=True), 1):
        first, second = (p.initial[f"draw_{number}"].astype(int).tolist() for p in network.populations)
        for draws in (first, second):
            assert all(1 <= draw < modulus for draw in draws)
            # each cell begins so many numbers behind the one before
            assert draws == [draws[0] * pow(multiplier, SPACING * cell, modulus) % modulus for cell in range(4)]
        assert not set(first) & set(second)
    assert _noisy(7).fingerprint == network.fingerprint != _noisy(8).fingerprint


def test_each_trial_has_noise_of_its_own():
    trials = _noisy(7, 3).trials
    assert not trials[0].epochs[0].changes
    drawn = [[c.values.tolist() for c in trial.epochs[0].changes] for trial in trials[1:]]
    assert all(len(values) == 4 for values in drawn)
    assert drawn[0] != drawn[1]


def test_noise_can_be_given(session):
    cells = sim.Population(2, sim.GIF_cond_exp())
    cells.initialize(draw_1=[5, 6], draw_2=[7, 8])
    sim.run(1.0)
    sim.reset()
    sim.run(1.0)
    assert session.network().populations[0].initial["draw_1"].tolist() == [5.0, 6.0]
    assert not session.network().trials[1].epochs[0].changes


def test_gap_junctions_are_refused(session):
    cells = sim.Population(2, sim.HH_cond_exp())
    with pytest.raises(errors.ConnectionError, match="must be one of: 'excitatory', 'inhibitory'"):
        sim.Projection(
            cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1), receptor_type="source_section.gap"
        )


# -- composed cells -----------------------------------------------------------


def _composed() -> sim.PointNeuron:
    return sim.PointNeuron(
        sim.AdExp(tau_m=10.0),
        NMDA=sim.NMDA(mg=0.5),
        AMPA=sim.AlphaPSR(tau_syn=1.0),
        GABAA=sim.CondBetaPostSynapticResponse(e_syn=-70.0),
    )


def test_a_composed_cell_has_dotted_names(session: Session):
    cells = sim.Population(3, _composed(), initial_values={"AMPA.gsyn": 0.01})
    assert list(cells.receptor_types) == ["AMPA", "GABAA", "NMDA"]
    assert cells.get(["tau_m", "AMPA.tau_syn", "NMDA.mg", "GABAA.e_syn"]) == [10.0, 1.0, 0.5, -70.0]
    cells.set(**{"AMPA.e_syn": [1.0, 2.0, 3.0], "tau_m": 11.0})
    cells[1:].set(**{"GABAA.tau_rise": 0.3})
    assert cells.get("AMPA.e_syn").tolist() == [1.0, 2.0, 3.0]
    cells.record(["v", "w", "AMPA.gsyn"])
    sim.run(1.0)
    cells.set(**{"NMDA.tau_decay": 90.0})
    cells.initialize(**{"NMDA.gsyn": 0.02})
    sim.run(1.0)
    network = session.network()
    (population,) = network.populations
    assert population.model.name == "PointNeuron"
    assert population.parameters["AMPA_e_syn"].tolist() == [1.0, 2.0, 3.0]
    assert population.parameters["GABAA_tau_rise"].tolist() == [0.2, 0.3, 0.3]
    assert float(population.initial["AMPA_gsyn"]) == 0.01
    assert {r.variable for r in network.recordings} == {"v", "w", "AMPA_gsyn"}
    assert [c.name for c in network.trials[0].epochs[1].changes] == ["NMDA_tau_decay", "NMDA_gsyn"]


def test_composed_cells_of_one_name_stay_apart(session):
    sim.Population(1, _composed())
    sim.Population(1, sim.PointNeuron(sim.LIF(), all=sim.DeltaPostSynapticResponse()))
    sim.run(1.0)
    first, second = session.network().populations
    assert first.cell == second.cell == "PointNeuron"
    assert first.model.states != second.model.states == ("v",)


def test_data_come_under_pynns_names(execute):
    with capturing(lambda: live_run(Executor(time_limit=600), "reference", Settings())):
        sim.setup(timestep=0.1)
        cells = sim.Population(1, _composed())
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
        synapse = sim.StaticSynapse(weight=0.02, delay=0.5)
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type="AMPA")
        cells.record(["v", "AMPA.gsyn"])
        sim.run(5.0)
        segment = cells.get_data().segments[0]
    (signal,) = segment.filter(name="AMPA.gsyn")
    assert signal.dimensionality.string == "uS"
    t = (np.arange(51) * 0.1 - 1.5).clip(0)
    np.testing.assert_allclose(signal.magnitude[:, 0], 0.02 * t * np.exp(1 - t), rtol=0, atol=1e-12)


def test_signs_of_mixed_receptors_are_those_of_each(session):
    cells = sim.Population(
        1, sim.PointNeuron(sim.LIF(), c=sim.ExpPSR(e_syn=-70.0), i=sim.CurrExpPostSynapticResponse())
    )
    for receptor, weight in (("c", 0.1), ("i", -0.1), ("i", 0.1)):
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=weight), receptor_type=receptor)
    sim.run(1.0)
    assert [float(p.weight) for p in session.network().projections] == [0.1, -0.1, 0.1]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: sim.PointNeuron(sim.IF_curr_exp(), a=sim.ExpPSR()), CaptureError, "IF_curr_exp is not a membrane"),
        (lambda: sim.PointNeuron(sim.LIF(), a=sim.LIF()), CaptureError, "Receptor 'a': LIF is not a .*AlphaPSR"),
        (lambda: sim.PointNeuron(sim.LIF(), a__b=sim.ExpPSR()), ModelError, "cannot be the name"),
        (lambda: sim.ExpPSR(tau=3.0), errors.NonExistentParameterError, "tau"),
        (lambda: sim.LIF(a=3.0), errors.NonExistentParameterError, "a"),
    ],
)
def test_what_cannot_be_composed(session, make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_pynns_names_of_receptors():
    assert sim.ExpPSR is sim.CondExpPostSynapticResponse
    assert sim.AlphaPSR is sim.CondAlphaPostSynapticResponse
    assert sim.BetaPSR is sim.CondBetaPostSynapticResponse
    assert sim.CurrExpPostSynapticResponse().get_parameter_names() == ["tau_syn"]
