"""Each curve against what it is made of, on spikes and potentials that are known."""

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.statistics import correlogram
from unisono.validation.statistics.curve import EXCITATORY, INHIBITORY, Curve
from unisono.validation.statistics.curves import curves_of

DT, STEPS, DELAY = 0.1, 40_000, 15


def network(pre: np.ndarray, post: np.ndarray, delay: object = DELAY, size: int = 20) -> Network:
    cells = (Population("E", "IF_curr_exp", size), Population("I", "IF_curr_exp", size))
    return Network(
        DT,
        cells,
        (
            Projection("E to I", 0, 1, pre, post, np.float64(0.1), np.asarray(delay)),
            Projection("I to E", 1, 0, post, pre, np.float64(-0.1), np.asarray(delay), "inhibitory"),
        ),
        trials=(Trial((Epoch(STEPS),)),),
    )


def recording(spikes: dict[int, tuple[np.ndarray, np.ndarray]], size: int = 20, *signals: Signal) -> Recording:
    trial = TrialRecording(STEPS, {i: Spikes.sorted(*s) for i, s in spikes.items()}, signals)
    return Recording(DT, ("E", "I"), (size, size), (trial,))


def poisson(seed: int, count: int, size: int = 20) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    pairs = np.unique(np.c_[random.randint(0, size, count), random.randint(1, STEPS + 1, count)], axis=0)
    return pairs[:, 0], pairs[:, 1]


def curves(run: Recording, of: Network) -> dict[str, Curve]:
    return {curve.key: curve for curve in curves_of(run, of)}


def test_correlogram_counts_every_pair_once() -> None:
    random = np.random.RandomState(3)
    pre, post = random.randint(0, 20, 60), random.randint(0, 20, 60)
    delay = random.randint(5, 40, 60).astype(np.int32)
    spikes = {0: poisson(1, 3000), 1: poisson(2, 3000)}
    found = curves(recording(spikes), network(pre, post, delay))[f"cross-correlogram of {EXCITATORY}"]
    low = -50
    pairs, expected = np.zeros(201, int), np.zeros(201)
    trains = [[t[(c == i) & (t > 5000)] for i in range(20)] for c, t in spikes.values()]
    for i, j, d in zip(pre, post, delay, strict=True):
        lags = (trains[1][j][:, None] - trains[0][i][None, :]).ravel()
        lags = lags[lags != 0] - d  # spikes in one step are left out
        kept = lags[(lags >= low) & (lags <= 150)]
        pairs += np.bincount(kept - low, minlength=201)
        of_synapse = np.full(201, trains[0][i].size * trains[1][j].size / 35_000)
        of_synapse[-d - low] = 0.0
        expected += of_synapse
    np.testing.assert_allclose(found.y, pairs / expected, rtol=1e-9)
    assert found.count == pairs.sum()
    assert found.y.mean() == pytest.approx(1.0, abs=0.05)
    np.testing.assert_allclose(found.x, np.arange(-50, 151) * DT)


def test_correlogram_in_blocks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.RandomState(4)
    of = network(random.randint(0, 20, 60), random.randint(0, 20, 60))
    run = recording({0: poisson(1, 3000), 1: poisson(2, 3000)})
    whole = curves(run, of)[f"cross-correlogram of {INHIBITORY}"]
    monkeypatch.setattr(correlogram, "BLOCK", 700)
    np.testing.assert_array_equal(curves(run, of)[f"cross-correlogram of {INHIBITORY}"].y, whole.y)


def test_correlogram_of_many_synapses_takes_the_same_part_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.RandomState(4)
    of = network(random.randint(0, 20, 600), random.randint(0, 20, 600))
    run = recording({0: poisson(1, 3000), 1: poisson(2, 3000)})
    whole = curves(run, of)[f"cross-correlogram of {EXCITATORY}"].count
    monkeypatch.setattr(correlogram, "MAX_SYNAPSES", 200)
    few = [curves(run, of)[f"cross-correlogram of {EXCITATORY}"] for _ in range(2)]
    np.testing.assert_array_equal(few[0].y, few[1].y)
    assert 0.05 < few[0].count / whole < 0.25
    assert few[0].y.mean() == pytest.approx(1.0, abs=0.1)


def test_the_step_of_both_spikes_is_left_out_for_one_delay() -> None:
    at = np.arange(5100, STEPS, 400)
    run = recording({0: (np.zeros(at.size, int), at), 1: (np.zeros(at.size, int), at)})
    found = curves(run, network(np.array([0]), np.array([0])))[f"cross-correlogram of {EXCITATORY}"]
    assert found.count == 0
    assert np.isfinite(found.y).all()


def test_hazard_of_known_intervals() -> None:
    gaps = np.array([60, 60, 100, 100, 100, 400])
    at = 6000 + np.concatenate([[0], np.cumsum(gaps)])
    run = recording({0: (np.zeros(at.size, int), at)})
    found = curves(run, network(np.array([0]), np.array([0])))["hazard of E"]
    ended = np.flatnonzero(found.y) + 1
    np.testing.assert_array_equal(ended, [60, 100])
    np.testing.assert_allclose(found.y[ended - 1] * DT / 1000, [2 / 6, 3 / 4])
    assert found.count == 6
    assert "hazard of I" not in curves(run, network(np.array([0]), np.array([0])))


def test_spectrum_is_that_of_elephant() -> None:
    from elephant.spectral import welch_psd

    cells, at = poisson(1, 20_000)
    found = curves(recording({0: (cells, at)}), network(np.array([0]), np.array([0])))["power spectrum of E"]
    rate = np.histogram(at, np.arange(5000, STEPS + 1, 10) + 0.5)[0] / 20 / 0.001
    frequencies, density = welch_psd(rate, len_segment=500, fs=1000.0)
    np.testing.assert_allclose(found.x, frequencies[1:101], rtol=1e-9)
    np.testing.assert_allclose(found.y, density[1:101], rtol=1e-9)


def test_potentials_around_spikes_and_in_refractory_period() -> None:
    at = np.arange(5500, STEPS - 500, 700)
    v = -65.0 + 0.001 * np.arange(STEPS + 1)
    refractory = 20  # 2 ms; the cell is held for one step more than it says
    for spike in at:
        v[spike : spike + refractory + 2] = -65.0
    signal = Signal(0, "v", "mV", np.array([3], np.uint32), 1, v[:, None])
    spikes = {0: (np.full(at.size, 3), at)}
    cells = Population("E", "IF_curr_exp", 20, {"tau_refrac": 2.0})
    of = network(np.array([0]), np.array([0]))
    of = Network(DT, (cells, of.populations[1]), of.projections, trials=of.trials)
    found = curves(recording(spikes, 20, signal), of)
    still = found["share in the refractory period of E"]
    assert dict(zip(np.rint(still.x / DT).astype(int), still.y, strict=True)) == {
        k: 1.0 if k <= 1 else 0.0 for k in range(-19, 21)
    }
    around = found["spike-triggered potential of E"]
    assert around.y[np.argmin(np.abs(around.x))] == -65.0
    np.testing.assert_allclose(around.y[:50], np.mean([v[s - 50 : s] for s in at], axis=0))


def test_the_postsynaptic_potential_of_a_linear_cell_is_exact() -> None:
    """A cell with two exponential currents, stepped exactly; the response is found among random arrivals."""
    tau_m, tau_e, tau_i, cm, w_e, w_i = 20.0, 5.0, 10.0, 0.2, 0.02, 0.09
    random = np.random.RandomState(7)
    arrive_e, arrive_i = random.poisson(0.02, STEPS + 1), random.poisson(0.005, STEPS + 1)

    def step(v: float, e: float, i: float) -> tuple[float, float, float]:
        def kernel(tau: float) -> float:
            return tau * tau_m / (tau - tau_m) / cm * (np.exp(-DT / tau) - np.exp(-DT / tau_m))

        return (
            -60 + (v + 60) * np.exp(-DT / tau_m) + e * kernel(tau_e) + i * kernel(tau_i),
            e * np.exp(-DT / tau_e),
            i * np.exp(-DT / tau_i),
        )

    def course(inputs_e: np.ndarray, inputs_i: np.ndarray) -> np.ndarray:
        state, v = (-60.0, 0.0, 0.0), []
        for e, i in zip(inputs_e, inputs_i, strict=True):
            v.append(state[0])
            state = step(state[0], state[1] + w_e * e, state[2] - w_i * i)
        return np.array(v)

    v = course(arrive_e, arrive_i)
    spikes = {
        i: (np.concatenate([np.arange(n) for n in arrived]), np.repeat(np.arange(STEPS + 1), arrived) - DELAY)
        for i, arrived in ((0, arrive_e), (1, arrive_i))
    }
    spikes = {i: (c[t > 0], t[t > 0]) for i, (c, t) in spikes.items()}
    everyone = np.arange(20)
    target = Population("target", "IF_curr_exp", 1, {"v_thresh": -40.0, "v_reset": -60.0})
    cells = (*network(everyone, everyone).populations, target)
    projections = (
        Projection("E", 0, 2, everyone, np.zeros(20, int), np.float64(w_e), np.array(DELAY)),
        Projection("I", 1, 2, everyone, np.zeros(20, int), np.float64(-w_i), np.array(DELAY), "inhibitory"),
    )
    of = Network(DT, cells, projections, trials=(Trial((Epoch(STEPS),)),))
    signal = Signal(2, "v", "mV", np.array([0], np.uint32), 1, v[:, None])
    trial = TrialRecording(STEPS, {i: Spikes.sorted(*s) for i, s in spikes.items()}, (signal,))
    found = curves(Recording(DT, ("E", "I", "target"), (20, 20, 1), (trial,)), of)
    one = np.zeros(12)
    one[1] = 1
    for sign, expected in ((EXCITATORY, course(one, 0 * one)), (INHIBITORY, course(0 * one, one))):
        response = found[f"postsynaptic potential of {sign} to target"]
        np.testing.assert_allclose(response.y, expected + 60, atol=1e-6 * abs(expected[-1] + 60))
        np.testing.assert_allclose(response.x, np.arange(-1, 11) * DT)


def test_every_curve_states_units_definition_and_source() -> None:
    run = recording({0: poisson(1, 3000), 1: poisson(2, 3000)})
    found = curves(run, network(np.arange(20), np.arange(20)))
    assert len(found) == 6
    for curve in found.values():
        assert curve.definition.endswith(".")
        assert "silent" in curve.definition or "fewer than two" in curve.definition
        assert "(" in curve.source
        assert curve.x.shape == curve.y.shape


def test_silence_has_no_curves() -> None:
    assert not curves(recording({}), network(np.arange(20), np.arange(20)))
