"""Populations, views and assemblies: what a script says about cells is what the Network holds."""

import numpy as np
import pytest
from pyNN import space
from pyNN.errors import InvalidParameterValueError, NonExistentParameterError, RecordingError
from pyNN.parameters import Sequence
from pyNN.random import NumpyRNG, RandomDistribution

import unisono.models.pynn as sim
from unisono.models.cells import CELLS, SOURCES
from unisono.models.errors import CaptureError, NetworkError


def only(session):
    sim.run(1.0)
    (population,) = session.network().populations
    return population


VALUES = {
    "number": (12.5, [12.5] * 4),
    "list": ([10.0, 11.0, 12.0, 13.0], [10.0, 11.0, 12.0, 13.0]),
    "array": (np.array([10.0, 11.0, 12.0, 13.0]), [10.0, 11.0, 12.0, 13.0]),
    "function": (lambda i: 10.0 + i, [10.0, 11.0, 12.0, 13.0]),
    "integer": (20, [20.0] * 4),
}


@pytest.mark.parametrize("how", ["at creation", "set", "view", "cells"])
@pytest.mark.parametrize("kind", VALUES)
def test_parameters(session, kind, how):
    value, wanted = VALUES[kind]
    cells = sim.Population(4, sim.IF_cond_exp(**({"tau_m": value} if how == "at creation" else {})))
    if how == "set":
        cells.set(tau_m=value)
    elif how == "view":
        cells[:].set(tau_m=value)
    elif how == "cells":
        for cell, number in zip(cells, wanted, strict=True):
            cell.tau_m = number
    assert cells.get("tau_m", simplify=False).tolist() == wanted
    assert [cell.tau_m for cell in cells] == wanted
    np.testing.assert_array_equal(np.broadcast_to(only(session).parameters["tau_m"], 4), wanted)


DISTRIBUTIONS = {
    "binomial": {"n": 5, "p": 0.5},
    "gamma": {"k": 2.0, "theta": 3.0},
    "exponential": {"beta": 2.0},
    "lognormal": {"mu": 1.0, "sigma": 0.2},
    "normal": {"mu": 5.0, "sigma": 0.1},
    "normal_clipped": {"mu": 5.0, "sigma": 3.0, "low": 4.0, "high": 6.0},
    "normal_clipped_to_boundary": {"mu": 5.0, "sigma": 3.0, "low": 4.0, "high": 6.0},
    "poisson": {"lambda_": 5.0},
    "uniform": {"low": 1.0, "high": 2.0},
    "uniform_int": {"low": 1, "high": 9},
    "vonmises": {"mu": 0.0, "kappa": 1.0},
}


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_distribution(session, name, native):
    rng = sim.NativeRNG(seed=7) if native else NumpyRNG(seed=7)
    sim.Population(6, sim.IF_cond_exp(v_rest=RandomDistribution(name, rng=rng, **DISTRIBUTIONS[name])))
    wanted = NumpyRNG(seed=7).next(6, name, DISTRIBUTIONS[name])
    np.testing.assert_array_equal(only(session).parameters["v_rest"], np.asarray(wanted, float))


def test_native_generators_follow_the_seed_of_the_network():
    def drawn(seed):
        with sim.capturing() as session:
            sim.setup(rng_seed=seed)
            distribution = RandomDistribution("uniform", (0, 1), rng=sim.NativeRNG())
            sim.Population(3, sim.IF_curr_exp(v_rest=distribution))
            return only(session).parameters["v_rest"].tolist()

    assert drawn(1) == drawn(1) != drawn(2)


def test_every_cell_type_has_the_defaults_of_its_equations(session):
    for name in sim.list_standard_models():
        sim.Population(2, getattr(sim, name)(), label=name)
    sim.run(1.0)
    network = session.network()
    assert [p.cell for p in network.populations] == [*CELLS, *SOURCES]
    for population in network.populations:
        if not population.is_source:
            model = CELLS[population.cell]
            assert {n: float(v) for n, v in population.parameters.items()} == {
                n: p.default for n, p in model.parameters.items()
            }
            drawn = set(model.random)
            initial = {n: float(v) for n, v in population.initial.items() if n not in drawn}
            assert initial == {n: v for n, v in model.initial.items() if n not in drawn}


def test_initial_values(session):
    cells = sim.Population(4, sim.IF_cond_exp(), initial_values={"v": -61.0})
    cells[1:3].initialize(v=RandomDistribution("uniform", (-70.0, -60.0), rng=NumpyRNG(seed=1)))
    cells[3].set_initial_value("v", -55.0)
    with pytest.warns(DeprecationWarning):
        sim.initialize(cells, gsyn_exc=0.001)
    drawn = np.random.RandomState(1).uniform(-70, -60, 2)
    assert cells[2].get_initial_value("v") == drawn[1]
    population = only(session)
    assert population.initial["v"].tolist() == [-61.0, *drawn, -55.0]
    assert float(population.initial["gsyn_exc"]) == 0.001


def test_views_samples_and_their_way_back(session):
    cells = sim.Population(10, sim.IF_curr_exp(), label="cells")
    mask = np.zeros(10, bool)
    mask[[1, 4, 5, 8]] = True
    view = cells[mask]
    inner = view[1:3]
    assert inner.grandparent is cells
    assert inner.index_in_grandparent([0, 1]).tolist() == [4, 5]
    assert cells[4] in inner and cells[1] not in inner
    assert [int(c) for c in cells[[7, 2]]] == [int(cells[2]), int(cells[7])]
    chosen = cells.sample(3, NumpyRNG(seed=2))
    assert len(chosen) == 3 and set(chosen.all_cells) <= set(cells.all_cells)
    inner.set(tau_m=5.0)
    assert view.get("tau_m").tolist() == [20.0, 5.0, 5.0, 20.0]
    assert [cells.id_to_index(c) for c in inner] == [4, 5]
    assert only(session).parameters["tau_m"].tolist() == [20.0] * 4 + [5.0] * 2 + [20.0] * 4


def test_assemblies(session):
    a = sim.Population(3, sim.IF_curr_exp(), label="a")
    b = sim.Population(2, sim.IF_curr_exp(), label="b")
    c = sim.Population(2, sim.IF_curr_exp(), label="c")
    everyone = a + b
    everyone += c
    assert len(everyone) == everyone.size == 7
    assert everyone[4] == b[1]
    assert [p.label for p in everyone.populations] == ["a", "b", "c"]
    assert everyone.get_population("b") is b
    everyone.set(tau_m=15.0)
    everyone[2:5].set(cm=0.5)
    everyone.initialize(v=-62.0)
    assert everyone.get("cm").tolist() == [1.0, 1.0, 0.5, 0.5, 0.5, 1.0, 1.0]
    assert len(everyone.sample(4)) == 4
    assert "assembly" in everyone.describe()
    sim.run(1.0)
    populations = session.network().populations
    assert [float(p.parameters["tau_m"]) for p in populations] == [15.0] * 3
    assert [float(p.initial["v"]) for p in populations] == [-62.0] * 3


STRUCTURES = {
    "line": lambda: space.Line(dx=2.0),
    "grid": lambda: space.Grid2D(aspect_ratio=3.0),
    "grid in space": lambda: space.Grid3D(aspect_ratioXY=1.5, aspect_ratioXZ=1.5),
    "random": lambda: space.RandomStructure(space.Sphere(radius=10.0), rng=NumpyRNG(seed=3)),
    "cuboid": lambda: space.RandomStructure(space.Cuboid(1, 2, 3), rng=NumpyRNG(seed=3)),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_positions(session, name):
    sim.Population(12, sim.IF_curr_exp(), structure=STRUCTURES[name]())
    np.testing.assert_array_equal(only(session).positions, STRUCTURES[name]().generate_positions(12).T)


def test_positions_by_size_and_by_hand(session, tmp_path):
    grid = sim.Population((2, 3), sim.IF_curr_exp())
    line = sim.Population(2, sim.IF_curr_exp())
    line.positions = np.arange(6.0).reshape(3, 2)
    line[1].position = np.array([9.0, 8.0, 7.0])
    assert grid.nearest((1.0, 2.0, 0.0)) == grid[5]
    grid.save_positions(str(tmp_path / "positions.txt"))
    sim.run(1.0)
    first, second = session.network().populations
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "positions.txt")[:, 1:], first.positions)
    assert second.positions.tolist() == [[0.0, 2.0, 4.0], [9.0, 8.0, 7.0]]


def test_recording_requests(session):
    cells = sim.Population(5, sim.IF_cond_exp())
    cells.record("spikes")
    cells[1:3].record(["v", "gsyn_exc"], sampling_interval=0.5)
    cells[[2, 4]].record("v", sampling_interval=0.5)
    sim.run(1.0)
    requests = {r.variable: r for r in session.network().recordings}
    assert {v: r.cells.tolist() for v, r in requests.items()} == {
        "spikes": [0, 1, 2, 3, 4],
        "v": [1, 2, 4],
        "gsyn_exc": [1, 2],
    }
    assert [requests[v].interval for v in ("spikes", "v")] == [1, 5]


def test_recording_none_forgets_the_requests(session):
    cells = sim.Population(5, sim.IF_cond_exp())
    cells.record(["v", "spikes"])
    cells.record(None)
    cells.record("gsyn_inh")
    sim.run(1.0)
    assert [r.variable for r in session.network().recordings] == ["gsyn_inh"]


def test_old_functions(session):
    with pytest.warns(DeprecationWarning):
        a = sim.create(sim.IF_curr_exp(), n=2)
        b = sim.create(sim.IF_curr_exp, {"tau_m": 11.0})
        sim.connect(a[0], b, weight=0.5, delay=0.4)
        sim.set(a, cm=0.3)
        sim.record("v", a, "unused.pkl")
    sim.run(1.0)
    network = session.network()
    assert float(network.populations[0].parameters["cm"]) == 0.3
    assert float(network.populations[1].parameters["tau_m"]) == 11.0
    assert (network.projections[0].size, int(network.projections[0].delay)) == (1, 4)


def test_star_import_gives_the_api_and_no_module_of_its_own():
    for name in (
        "setup",
        "run",
        "Population",
        "Projection",
        "OneToOneConnector",
        "Space",
        "NumpyRNG",
        "space",
        "errors",
    ):
        assert name in sim.__all__
    for name in ("HH_cond_exp", "IF_cond_exp", "StaticSynapse", "STDPMechanism", "DCSource", "NativeRNG", "Sequence"):
        assert name in sim.__all__
    assert not {"cells", "synapses", "control", "populations", "capture"} & set(sim.__all__)


def test_own_subclasses_and_annotations(session):
    class Slow(sim.IF_curr_exp):
        """A script's own variant."""

    cells = sim.Population(2, Slow(tau_m=50.0), label="slow")
    cells.annotate(kind="slow")
    assert "slow" in cells.describe()
    assert only(session).cell == "IF_curr_exp"


def test_one_seed_one_network():
    def fingerprint(seed):
        with sim.capturing() as session:
            sim.setup(seed=seed)
            source = sim.Population(3, sim.SpikeSourcePoisson(rate=100.0))
            cells = sim.Population(3, sim.IF_curr_exp())
            sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1))
            sim.run(100.0)
        return session.network().fingerprint

    assert fingerprint(3) == fingerprint(3) != fingerprint(4)


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: sim.setup(timestep=0.0), NetworkError, "time step must be positive"),
        (lambda: sim.setup(timestep=-0.1), NetworkError, "time step"),
        (lambda: sim.setup(seed=-1), NetworkError, "seed is -1"),
        (lambda: sim.setup(num_processes=2), CaptureError, "one process"),
        (lambda: sim.ElectricalSynapse(), CaptureError, "Electrical synapses"),
        (lambda: sim.STDPMechanism(), CaptureError, "needs a rule as its timing_dependence"),
        (lambda: sim.native_cell_type("iaf_psc_exp"), CaptureError, "native cell type"),
        (lambda: sim.native_synapse_type("stdp_synapse"), CaptureError, "native synapse type"),
        (lambda: sim.native_electrode_type("dc_generator"), CaptureError, "native current source"),
        (lambda: sim.Population(2, sim.IF_curr_exp(tau=1.0)), NonExistentParameterError, "tau"),
        (lambda: sim.Population(2, sim.IF_curr_exp(tau_m="long")), InvalidParameterValueError, "tau_m"),
        (lambda: sim.Population(2, sim.IF_curr_exp()).record("w"), RecordingError, "w"),
        (lambda: sim.Population(2, sim.IF_curr_exp()).initialize(w=1.0), CaptureError, "state variable 'w'"),
        (lambda: sim.Population(2, sim.IF_curr_exp()).record("v", sampling_interval=0.25), CaptureError, "multiple"),
        (lambda: sim.Population(2, sim.IF_curr_exp()).get_data(), OSError, "run"),
    ],
)
def test_what_cannot_be_is_named(session, act, error, words):
    with pytest.raises(error, match=words):
        act()


def test_bad_values_are_found_before_anything_runs(session):
    sim.Population(2, sim.IF_curr_exp(tau_m=[10.0, float("nan")]), label="cells")
    sim.run(1.0)
    with pytest.raises(NetworkError, match=r"'cells'.*tau_m"):
        session.network()


def test_spike_times_of_each_cell(session):
    sources = sim.Population(3, sim.SpikeSourceArray(spike_times=[Sequence([0.2]), Sequence([]), Sequence([0.1, 0.4])]))
    sources[1].spike_times = [0.3]
    sim.run(1.0)
    (spikes,) = session.network().spikes
    assert list(zip(spikes.steps.tolist(), spikes.cells.tolist(), strict=True)) == [(1, 2), (2, 0), (3, 1), (4, 2)]
