"""A balanced network that a modeller would not object to, and what can be changed about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models import pynn
from unisono.models.network import Network
from unisono.models.pynn.simulator import capturing

CURRENT = {
    **{"tau_m": 20.0, "cm": 0.25, "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0, "tau_refrac": 2.0},
    **{"tau_syn_E": 3.0, "tau_syn_I": 6.0, "i_offset": 0.22},
}
CONDUCTANCE = {**CURRENT, "e_rev_E": 0.0, "e_rev_I": -80.0}


def captured(build: Callable[[Any], None]) -> Network:
    """The network that a function builds with PyNN's API."""
    with capturing(label="modelled") as capture:
        build(pynn)
    return capture.network()


def network(
    *,
    n: int = 400,
    share: float = 0.8,
    p: float = 0.1,
    cell: str = "IF_curr_exp",
    parameters: Mapping[str, float] | None = None,
    weight: float = 0.04,
    g: float = 5.0,
    delay: Any = 1.5,
    dt: float = 0.1,
    duration: float = 1500.0,
    plastic: Callable[[Any], Any] | None = None,
    label: str = "excitatory",
    both_signs: bool = False,
) -> Network:
    """A network of excitatory and inhibitory cells with a constant drive; nothing is run.

    Parameters
    ----------
    n, share, p
        Cells, the share of excitatory ones, probability of a connection.
    cell, parameters
        In place of the defaults.
    weight, g
        Excitatory weight, and inhibitory over excitatory one; 0: no inhibition.
    delay, dt, duration
        ms.
    plastic
        Makes the synapse type between excitatory cells.
    label
        Of excitatory synapses.
    both_signs
        Whether excitatory cells also inhibit.
    """
    rng = NumpyRNG(seed=1)

    def build(sim: Any) -> None:
        sim.setup(timestep=dt, min_delay=dt)
        default = CONDUCTANCE if "cond" in cell else CURRENT
        values = {} if cell not in ("IF_curr_exp", "IF_cond_exp") else default
        kind = getattr(sim, cell)(**{**values, **(parameters or {})})
        exc = sim.Population(round(share * n), kind, label="E")
        inh = sim.Population(n - exc.size, kind, label="I")
        sign = 1 if "cond" in cell else -1
        connector = sim.FixedProbabilityConnector(p, rng=rng)
        for post in (exc, inh):
            learns = plastic and post is exc
            synapse = plastic(sim) if learns else sim.StaticSynapse(weight=weight, delay=delay)
            sim.Projection(exc, post, connector, synapse, receptor_type="excitatory", label=label)
            inhibition = sim.StaticSynapse(weight=sign * g * weight, delay=delay)
            if g:
                sim.Projection(inh, post, connector, inhibition, receptor_type="inhibitory", label="inhibition")
            if both_signs:
                sim.Projection(exc, post, connector, inhibition, receptor_type="inhibitory", label="both")
            post.record("spikes")
        sim.run(duration)

    return captured(build)


def spread(mean: float, sd: float) -> RandomDistribution:
    """Delays, ms: a normal distribution that is cut off at a time step of 0.1 ms."""
    rng = NumpyRNG(seed=2)
    return RandomDistribution("normal_clipped_to_boundary", mu=mean, sigma=sd, low=0.1, high=10.0, rng=rng)
