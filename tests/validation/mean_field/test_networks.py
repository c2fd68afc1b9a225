"""What theory reads from a network, and what it predicts of it: against arithmetic and published numbers."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.models.errors import UnsupportedFeature
from unisono.models.library import build_network
from unisono.models.network import CurrentInput, Epoch, Network, Population, Projection, Trial
from unisono.validation.mean_field.brunel import PUBLISHED, model_a
from unisono.validation.mean_field.equations import equations_of
from unisono.validation.mean_field.first_passage import Cell, irregularity, rate
from unisono.validation.mean_field.rates import response, solutions, states_of
from unisono.validation.mean_field.stability import linear_response, stability

#: Brunel (2000), table 1: rates (Hz) and frequencies of global oscillations (Hz) by theory, at (g, eta).
TABLE = [((6.0, 4.0), 55.8, 190.0), ((5.0, 2.0), 38.0, None), ((4.5, 0.9), 6.5, 29.0)]


def two_populations(**cell: float) -> Network:
    """Three cells, two inhibitory ones, a source for each of the first."""
    lif = {name: np.asarray(v) for name, v in ({"cm": 0.5, "tau_m": 10.0, "tau_refrac": 2.0} | cell).items()}
    populations = (
        Population("E", "IF_curr_exp", 3, lif | {"i_offset": np.float64(0.1)}),
        Population("I", "IF_curr_exp", 2, {name: np.ravel(v)[0] for name, v in lif.items()}),
        Population("drive", "SpikeSourcePoisson", 3, {"rate": np.array([100.0, 200.0, 300.0])}),
    )
    projections = (
        Projection("d", 2, 0, [0, 1, 2], [0, 1, 2], np.float64(0.2), np.array(1)),
        Projection("e", 0, 0, [0, 1], [1, 2], np.array([0.1, 0.3]), np.array([10, 20])),
        Projection("i", 1, 0, [0, 1, 1], [0, 1, 2], np.float64(-0.4), np.array(5), "inhibitory"),
    )
    return Network(dt=0.1, populations=populations, projections=projections, trials=(Trial((Epoch(10),)),))


def test_numbers_weights_delays_and_rates_are_read_from_the_arrays():
    found = equations_of(two_populations(tau_syn_E=2.0, tau_syn_I=4.0))
    assert found.labels == ("E", "I") and found.cells[0] == Cell(10.0, 2.0, 15.0, 0.0)
    # A spike lifts the potential by weight tau_syn/cm: 0.8 mV for 0.2 nA; a cell has one source, 200 Hz on average.
    np.testing.assert_allclose(found.drive, [0.1 * 10 / 0.5 + 10 * 0.8 * 0.2, 0.0])
    np.testing.assert_allclose(found.noise, [10 * 0.8**2 * 0.2, 0.0])
    np.testing.assert_allclose(found.mean, [[10 * (0.4 + 1.2) / 3, -10 * 3.2 * 3 / 3], [0, 0]])
    np.testing.assert_allclose(found.variance, [[10 * (0.4**2 + 1.2**2) / 3, 10 * 3.2**2], [0, 0]])
    np.testing.assert_allclose(found.tau_syn, [[2.0, 4.0], [0, 0]])
    np.testing.assert_allclose(found.delay, [[1.5, 0.5], [0, 0]])
    _, _, taus = found.inputs(np.array([0.0, 0.01]))
    assert 2.0 < taus[0] < 4.0 and taus[1] == 0.0


def test_what_theory_does_not_cover_is_refused_with_the_reason():
    network = two_populations()

    def changed(**parts: object) -> Network:
        fields = {"populations": network.populations, "projections": network.projections} | parts
        return Network(dt=0.1, trials=network.trials, **fields)

    others = (Population("A", "IF_cond_exp", 3), *network.populations[1:])
    arrays = (*network.populations[:2], Population("drive", "SpikeSourceArray", 3))
    depressing = Projection("e", 0, 0, [0], [1], np.float64(0.1), np.array(10), synapse="TsodyksMarkramSynapse")
    for unknown, why in (
        (changed(populations=others, projections=()), "'A' has cells of another model"),
        (changed(populations=arrays), "'drive' is no Poisson source"),
        (changed(currents=(CurrentInput(0, [0], [1], [0.1]),)), "currents are injected"),
        (changed(projections=(depressing,)), "the synapses of 'e' are plastic"),
        (two_populations(tau_m=np.array([10.0, 11.0, 12.0])), "differ in their parameters"),
    ):
        with pytest.raises(UnsupportedFeature, match=f"Mean-field theory does not cover the network.*{why}"):
            equations_of(unknown)


@pytest.mark.parametrize(("point", "published", "frequency"), TABLE)
def test_rates_and_oscillations_are_those_of_brunels_table(point, published, frequency):
    network = model_a(*point, *PUBLISHED)
    (rates,) = solutions(network)
    assert rates[0] == pytest.approx(published, abs=0.06)
    found = stability(network, rates)
    assert found.is_stable is (frequency is None)
    if frequency is not None:
        assert found.frequency == pytest.approx(frequency, abs=2.5) and found.modes == 2


def test_where_excitation_prevails_cells_fire_together_at_saturation():
    network = model_a(3.0, 2.0, *PUBLISHED)
    (rates,) = solutions(network)
    mean, sd, _ = network.inputs(rates / 1000)
    assert rates[0] > 300 and irregularity(network.cells[0], float(mean[0]), float(sd[0])) < 0.5
    assert not stability(network, rates).is_stable


def test_a_network_can_be_silent_or_active():
    network = model_a(2.0, 0.5, *PUBLISHED)
    low, high = solutions(network)
    assert low[0] < 0.01 and high[0] > 300
    for rates in (low, high):
        np.testing.assert_allclose(response(network, rates), rates, rtol=1e-6, atol=1e-9)


def test_a_library_model_gives_the_same_equations():
    network = build_network("brunel", n=500, epsilon=0.2, g=5.0, eta=2.0, duration=1.0, dt=0.5, recorded=0)
    (state,) = states_of(network)
    (rates,) = solutions(model_a(5.0, 2.0, 80, 0.1))
    assert state.rates == pytest.approx({"excitatory": rates[0], "inhibitory": rates[0]}, rel=1e-6)
    assert equations_of(network).delay == pytest.approx(np.full((2, 2), 1.5))


@pytest.mark.parametrize(("mean", "sd"), [(15.0, 5.0), (25.0, 3.0)])
def test_a_slow_change_is_followed_as_the_rate_says(mean, sd):
    cell, h = Cell(20.0, 2.0, 20.0, 10.0), 1e-3
    to_mean, to_variance = linear_response(cell, mean, sd, 0.0, np.array([1e-5]))
    by_mean = (rate(cell, mean + h, sd) - rate(cell, mean - h, sd)) / (2 * h) / 1000
    by_variance = (rate(cell, mean, np.sqrt(sd**2 + h)) - rate(cell, mean, np.sqrt(sd**2 - h))) / (2 * h) / 1000
    assert to_mean[0].real == pytest.approx(by_mean, rel=1e-4)
    assert to_variance[0].real == pytest.approx(by_variance, rel=1e-3)
