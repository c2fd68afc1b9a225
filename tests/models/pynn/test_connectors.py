"""PyNN's connectors give the very synapses that they give in PyNN's own backends."""

import warnings

import numpy as np
import pytest
from pyNN import mock
from pyNN.core import IndexBasedExpression
from pyNN.errors import ConnectionError
from pyNN.parameters import LazyArray
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import Grid2D

import unisono.models.pynn as sim
from unisono.models.errors import CaptureError, NetworkError
from unisono.models.grid import to_steps

warnings.filterwarnings("ignore", category=DeprecationWarning, module="pyNN")


class Ratio(IndexBasedExpression):
    def __call__(self, i, j):
        return (i + 1) / (i + j + 2.0)


def rng():
    return NumpyRNG(seed=5)


CONNECTORS = {
    "probability": lambda: sim.FixedProbabilityConnector(0.3, rng=rng()),
    "probability without self": lambda: sim.FixedProbabilityConnector(0.3, allow_self_connections=False, rng=rng()),
    "probability, one way": lambda: sim.FixedProbabilityConnector(0.3, allow_self_connections="NoMutual", rng=rng()),
    "probability 0": lambda: sim.FixedProbabilityConnector(0.0, rng=rng()),
    "probability 1": lambda: sim.FixedProbabilityConnector(1.0),
    "all": lambda: sim.AllToAllConnector(),
    "all without self": lambda: sim.AllToAllConnector(allow_self_connections=False),
    "one to one": lambda: sim.OneToOneConnector(),
    "pre": lambda: sim.FixedNumberPreConnector(7, rng=rng()),
    "pre, replaced": lambda: sim.FixedNumberPreConnector(
        7, with_replacement=True, allow_self_connections=False, rng=rng()
    ),
    "pre, drawn": lambda: sim.FixedNumberPreConnector(RandomDistribution("poisson", (5,), rng=rng()), rng=rng()),
    "post": lambda: sim.FixedNumberPostConnector(7, rng=rng()),
    "distance": lambda: sim.DistanceDependentProbabilityConnector("1.0/(1.0+d)", rng=rng()),
    "index": lambda: sim.IndexBasedProbabilityConnector(Ratio(), rng=rng()),
    "displacement": lambda: sim.DisplacementDependentProbabilityConnector(lambda d: abs(d[0]) < 2, rng=rng()),
    "total": lambda: sim.FixedTotalNumberConnector(55, rng=rng()),
    "list": lambda: sim.FromListConnector([(0, 1, 0.2, 0.3), (2, 3, 0.1, 0.2), (1, 1, 0.4, 0.5), (0, 0, 0.3, 0.4)]),
    "list of pairs": lambda: sim.FromListConnector([(0, 1), (2, 3), (1, 1), (0, 0), (3, 1)]),
    "list of weights": lambda: sim.FromListConnector([(0, 1, 0.2), (2, 3, 0.1), (1, 1, 0.4)], column_names=["weight"]),
    "list of delays": lambda: sim.FromListConnector([(0, 1, 0.2), (2, 3, 0.1), (1, 1, 0.4)], column_names=["delay"]),
    "empty list": lambda: sim.FromListConnector([]),
    "array": lambda: sim.ArrayConnector(np.arange(400).reshape(20, 20) % 3 == 0),
    "small world": lambda: sim.SmallWorldConnector(degree=2.0, rewiring=0.1, rng=rng()),
}

SYNAPSES = {
    "constant": lambda: {"weight": 0.1, "delay": 0.5},
    "drawn": lambda: {
        "weight": RandomDistribution("normal", (2.0, 0.1), rng=rng()),
        "delay": RandomDistribution("uniform", (0.1, 1.0), rng=rng()),
    },
    "clipped": lambda: {"weight": RandomDistribution("normal_clipped", (0.5, 1.0, 0.0, 1.0), rng=rng()), "delay": 0.5},
    "distance": lambda: {"weight": "0.1/(1+d)", "delay": "0.1+0.2*d"},
    "index": lambda: {"weight": Ratio(), "delay": 0.5},
}

ENDS = {
    "two": lambda a, b: (a, b),
    "one": lambda a, b: (a, a),
    "views": lambda a, b: (a[2:12], b[::3]),
    "assemblies": lambda a, b: (a + b[3:9], b + a[1:4]),
}


def synapses(backend, connector, synapse, ends):
    backend.setup()
    a = backend.Population(30, backend.IF_cond_exp(), structure=Grid2D(aspect_ratio=30 / 1.0), label="a")
    b = backend.Population(36, backend.IF_cond_exp(), structure=Grid2D(), label="b")
    pre, post = ENDS[ends](a, b)
    projection = backend.Projection(
        pre, post, CONNECTORS[connector](), backend.StaticSynapse(**SYNAPSES[synapse]()), receptor_type="excitatory"
    )
    if backend is mock:
        return [(c.presynaptic_index, c.postsynaptic_index, c.WEIGHT, c.DELAY) for c in projection.connections]
    return projection.get(["weight", "delay"], format="list")


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("synapse", SYNAPSES)
@pytest.mark.parametrize("connector", CONNECTORS)
def test_synapses_are_those_of_pynn(connector, synapse, ends):
    with sim.capturing():
        try:
            wanted = np.array(synapses(mock, connector, synapse, ends), float).reshape(-1, 4)
        except Exception as error:
            # what PyNN cannot do, such as one-way connections between views, fails here as well
            with pytest.raises((type(error), CaptureError)):
                synapses(sim, connector, synapse, ends)
            return
        found = np.array(synapses(sim, connector, synapse, ends), float).reshape(-1, 4)
    np.testing.assert_array_equal(found[:, :3], wanted[:, :3])
    np.testing.assert_array_equal(found[:, 3], np.round(to_steps(wanted[:, 3], 0.1) * 0.1, 12))


@pytest.fixture
def pair(session):
    a = sim.Population(5, sim.IF_curr_exp(), label="a")
    b = sim.Population(4, sim.IF_curr_exp(), label="b")
    return session, a, b


def network_of(session):
    sim.run(1.0)
    return session.network()


def test_one_to_one_of_single_cells(pair):
    session, a, b = pair
    sim.Projection(a[:1], b[:1], sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    (projection,) = network_of(session).projections
    assert (projection.pre.tolist(), projection.post.tolist()) == ([0], [0])


def test_array_clone_and_file(pair, tmp_path):
    session, a, b = pair
    chosen = np.arange(20).reshape(5, 4) % 3 == 0
    first = sim.Projection(a, b, sim.ArrayConnector(chosen), sim.StaticSynapse(weight=0.5, delay=0.2))
    first.save("all", str(tmp_path / "synapses.txt"))
    sim.Projection(a, b, sim.CloneConnector(first), sim.StaticSynapse(weight=1.5))
    sim.Projection(a, b, sim.FromFileConnector(str(tmp_path / "synapses.txt")))
    for projection in network_of(session).projections:
        found = np.zeros((5, 4), bool)
        found[projection.pre, projection.post] = True
        np.testing.assert_array_equal(found, chosen)
    assert [float(p.weight) for p in session.network().projections] == [0.5, 1.5, 0.5]
    assert session.network().projections[2].delay == 2


def test_own_connector_and_callbacks(pair):
    session, a, b = pair

    class Diagonal(sim.FixedProbabilityConnector):
        def connect(self, projection):
            self._connect_with_map(projection, LazyArray(lambda i, j: i >= j, shape=projection.shape))

    for connector in (Diagonal(0.5, callback=(levels := []).append), sim.AllToAllConnector(callback=levels.append)):
        levels.clear()
        sim.Projection(a, b, connector, sim.StaticSynapse(weight=1.0))
        assert levels == [0.0, 0.25, 0.5, 0.75]
    own, everyone = network_of(session).projections
    assert (own.pre >= own.post).all() and own.size == 5 + 4 + 3 + 2
    assert everyone.size == 20


def test_connection_set_algebra(pair):
    csa = pytest.importorskip("csa", reason="the Connection Set Algebra is not installed")
    session, a, b = pair
    sim.Projection(a, b, sim.CSAConnector(csa.oneToOne), sim.StaticSynapse(weight=0.5, delay=1.0))
    sim.Projection(a, b, sim.CSAConnector(csa.cset(csa.oneToOne, 0.25, 2.0)), receptor_type="excitatory")
    for projection, weight, delay in zip(network_of(session).projections, (0.5, 0.25), (10, 20), strict=True):
        assert projection.pre.tolist() == projection.post.tolist() == [0, 1, 2, 3]
        assert (float(projection.weight), int(projection.delay)) == (weight, delay)


@pytest.mark.parametrize(
    "make", [sim.FixedNumberPreConnector, sim.FixedNumberPostConnector, sim.FixedTotalNumberConnector]
)
def test_native_generators(pair, make):
    session, a, b = pair
    sim.Projection(a, b, make(3, rng=sim.NativeRNG(seed=1)), sim.StaticSynapse(weight=0.5))
    assert network_of(session).synapses > 0


def test_a_constant_is_stored_once(pair):
    session, a, b = pair
    sim.Projection(a, b, sim.FixedNumberPreConnector(2), sim.StaticSynapse(weight=0.25, delay=1.0))
    (projection,) = network_of(session).projections
    assert projection.weight.shape == projection.delay.shape == ()
    assert (float(projection.weight), int(projection.delay)) == (0.25, 10)


def test_views_and_assemblies_are_split_by_population(pair):
    session, a, b = pair
    everyone = a[1:4] + b
    sim.Projection(everyone, everyone, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    network = network_of(session)
    pairs = {(p.pre_population, p.post_population): p for p in network.projections}
    assert set(pairs) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert network.synapses == 49
    assert set(pairs[0, 1].pre.tolist()) == {1, 2, 3}
    assert set(pairs[0, 1].post.tolist()) == {0, 1, 2, 3}


def test_get_set_and_single_connections(pair):
    session, a, b = pair
    projection = sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.5, delay=0.3))
    assert len(projection) == projection.size() == 20
    assert projection.get("delay", format="list", with_address=False)[0] == pytest.approx(0.3)
    projection.set(weight=np.arange(20.0).reshape(5, 4))
    np.testing.assert_array_equal(projection.get("weight", format="array"), np.arange(20.0).reshape(5, 4))
    projection.set(weight=list(range(20)), delay=0.7)
    connection = next(c for c in projection.connections if (c.presynaptic_index, c.postsynaptic_index) == (2, 1))
    assert (connection.weight, connection.delay) == (9.0, pytest.approx(0.7))
    assert connection.presynaptic_cell == a[2] and connection.postsynaptic_cell == b[1]
    connection.weight = 33.0
    assert projection.get("weight", format="array")[2, 1] == 33.0
    assert "a" in projection.describe()
    projection.set(weight=RandomDistribution("uniform", (0, 1), rng=NumpyRNG(seed=3)))
    drawn = np.random.RandomState(3).uniform(0, 1, 20).reshape(5, 4)
    np.testing.assert_array_equal(projection.get("weight", format="array"), drawn)
    (captured,) = network_of(session).projections
    np.testing.assert_array_equal(captured.weight, drawn[captured.pre, captured.post])


@pytest.mark.parametrize(
    ("operation", "value"), [("sum", 6.0), ("first", 1.0), ("last", 2.0), ("min", 1.0), ("max", 3.0)]
)
def test_several_synapses_between_two_cells(pair, operation, value):
    _, a, b = pair
    listed = sim.FromListConnector([(0, 0, 1.0, 0.1), (0, 0, 3.0, 0.1), (0, 0, 2.0, 0.1)])
    projection = sim.Projection(a, b, listed)
    array = projection.get("weight", format="array", multiple_synapses=operation)
    assert array[0, 0] == value
    assert np.isnan(array[1:]).all()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"weight": 1.0, "delay": -1.0}, "smallest delay is -1 ms.*at least 0.1 ms"),
        ({"weight": 1.0, "delay": 0.0}, "smallest delay is 0 ms"),
        ({"weight": 1.0, "delay": float("nan")}, "delay is not a finite number"),
        ({"weight": float("nan"), "delay": 1.0}, "weight is not a finite number"),
    ],
)
def test_bad_synapses_are_refused(pair, parameters, words):
    _, a, b = pair
    with pytest.raises(NetworkError, match=words):
        sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(**parameters), receptor_type="excitatory")


@pytest.mark.parametrize(("row", "words"), [((9, 0, 1.0, 0.5), "source index"), ((0, 4, 1.0, 0.5), "target index")])
def test_a_list_beyond_the_populations_is_refused(pair, row, words):
    _, a, b = pair
    with pytest.raises(ConnectionError, match=f"{words} out of range"):
        sim.Projection(a, b, sim.FromListConnector([(1, 1, 1.0, 0.5), row]))


@pytest.mark.parametrize(("delay", "limits"), [(0.2, {"min_delay": 0.5}), (9.0, {"max_delay": 5.0})])
def test_delays_keep_to_the_limits_of_setup(pair, delay, limits):
    sim.setup(timestep=0.1, **limits)
    a = sim.Population(1, sim.IF_curr_exp())
    with pytest.raises(NetworkError, match="limit"):
        sim.Projection(a, a, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=delay))


def test_a_missing_delay_is_the_smallest(pair):
    session, a, b = pair
    sim.Projection(a, b, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    assert network_of(session).projections[0].delay == 1
    sim.setup(timestep=0.1, min_delay=0.4)
    a = sim.Population(1, sim.IF_curr_exp())
    sim.Projection(a, a, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    assert network_of(session).projections[0].delay == 4


def test_what_pynn_does_not_implement_is_named(pair):
    _, a, b = pair
    with pytest.raises(CaptureError, match="SmallWorldConnector"):
        sim.Projection(a, b, sim.SmallWorldConnector(2, 0.1), sim.StaticSynapse(weight=1.0))
