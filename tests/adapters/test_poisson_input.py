"""Poisson input that cells draw themselves: the same numbers on every simulator, as whole numbers say."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from networks import WEIGHT

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.cells.poisson_input import with_poisson_input
from unisono.models.dynamics.generator import MODULI, MULTIPLIERS, streams
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Epoch, Network, Population, RecordingRequest, Trial

SIZE, STEPS = 3, 300
#: Mean numbers of spikes in a step; exact numerics, input that a cell in its refractory period discards, a membrane
#: with conductances, steps in parts.
MEANS = np.array([0.3, 1.3, 6.0])
CELLS_TESTED = ("IF_curr_exp", "IF_curr_delta", "IF_cond_exp", "HH_cond_exp")


def _population(cell: str) -> Population:
    model = with_poisson_input(CELLS[cell], {"drive": "excitatory", "brake": "inhibitory"})
    model = replace(model, recordable=(*model.recordable, *model.random))
    parameters, initial = {}, {}
    sign = CELLS[cell].receptors["inhibitory"].sign or -1
    for number, (found, factor) in enumerate(zip(model.poisson.values(), (0.1, 0.02 * sign), strict=True)):
        mean = MEANS * (1.0 if factor == 0.1 else 0.5)
        parameters |= {found.weight: WEIGHT[cell] * factor, found.mean: mean, found.none: np.exp(-mean)}
        initial |= dict(zip((found.first, found.second), streams((4, number), SIZE), strict=True))
    return Population(cell, model.name, SIZE, parameters, initial, definition=model.to_text())


@cache
def _network() -> Network:
    populations = tuple(map(_population, CELLS_TESTED))
    recordings = [
        RecordingRequest(index, variable, np.arange(SIZE))
        for index, population in enumerate(populations)
        for variable in ("v", *population.model.random)
    ]
    return Network(0.1, populations, recordings=tuple(recordings), trials=(Trial((Epoch(STEPS),)),))


def _results(recording):
    """Samples by population and variable, and spikes."""
    (trial,) = recording.trials
    samples = {(s.population, s.variable): s.values for s in trial.signals}
    return samples, {i: (s.cells.tolist(), s.steps.tolist()) for i, s in trial.spikes.items()}


@cache
def _truth():
    return _results(Executor().run(_network(), ["reference"])["reference"].recording)


def test_the_reference_draws_what_whole_numbers_say():
    samples, spikes = _truth()
    for number in (1, 2):
        begun = streams((4, 0), SIZE)[number - 1]
        state = [int(x) for x in begun]
        for step in range(STEPS + 1):
            assert samples[0, f"drive_draw_{number}"][step].tolist() == state
            state = [MULTIPLIERS[number - 1] * x % MODULI[number - 1] for x in state]
    assert all(cells for cells, _ in spikes.values())


@pytest.mark.parametrize("simulator", [name for name in registry.names() if name != "reference"])
def test_every_simulator_draws_the_same(simulator, execute):
    (samples, spikes), (right, expected) = _results(execute(simulator, _network())), _truth()
    for (population, variable), values in samples.items():
        if variable == "v":
            # what Runge-Kutta leaves in the upstroke of a spike of Hodgkin and Huxley's
            tolerance = 0.2 if CELLS_TESTED[population] == "HH_cond_exp" else 1e-6
            np.testing.assert_allclose(values, right[population, variable], rtol=0, atol=tolerance)
        else:
            assert (values == right[population, variable]).all()
    assert spikes == expected


def test_a_simulators_own_numerics_and_exact_times_are_refused():
    with pytest.raises(UnsupportedFeature, match="draw their Poisson input"):
        registry.get("neuron").check(_network(), Settings(numerics="native"))
    with pytest.raises(UnsupportedFeature, match="step by step"):
        registry.get("reference").check(_network(), Settings(options={"grid": "off"}))
