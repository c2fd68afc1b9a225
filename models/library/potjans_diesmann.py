"""The cortical microcircuit of Potjans & Diesmann (2014): eight populations in four layers under 1 mm2 of cortex.

The published probability is that of a pair of cells to have one synapse or more. It fixes the number of synapses
between two populations (:func:`synapse_numbers`); each has a source and a target drawn with replacement: some pairs
have several, some cells have one onto themselves.

A network may have fewer cells (``n_scaling``), and each cell fewer synapses (``k_scaling``). Those are stronger by
``1/sqrt(k_scaling)``, which keeps the variance of a cell's input; a current keeps its mean (:func:`offsets`): van
Albada, Helias & Diesmann (2015), PLoS Comput Biol 11:e1004490.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.library.drawn_connector import Block, DrawnConnector
from unisono.models.library.options import Options, option

SUMMARY = "Cortical microcircuit: four layers, 77,169 cells and 299 million synapses at full scale"
SOURCE = (
    "Potjans & Diesmann (2014), Cereb Cortex 24:785-806, tables 4 and 5; scaling of van Albada et al. (2015); "
    "potentials at the beginning and published rates of the reference implementation, INM-6/microcircuit-PD14-model"
)

#: Table 5: names and full sizes of the populations, and the synapses a cell has from outside.
POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])

#: Table 5: probability that a cell of the column's population projects to one of the row's, by one synapse or more.
PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)

#: Table 5: cells.
CELL = {
    "tau_m": 10.0,
    "cm": 0.25,
    "v_rest": -65.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 0.5,
    "tau_syn_I": 0.5,
}

#: Table 5: excitatory postsynaptic potential in mV (87.8 pA), inhibition as a multiple of it, and the standard
#: deviation of weights as a part of their mean. From L4E to L2/3E it is twice as large (p. 801).
PSP, G, WEIGHT_DEVIATION, DOUBLED = 0.15, -4.0, 0.1, (0, 2)

#: Table 5: mean delays of excitatory and inhibitory synapses in ms, and their standard deviation as a part of it.
DELAYS, DELAY_DEVIATION = (1.5, 0.75), 0.5

#: Table 5: rate of each of the synapses from outside, Hz.
RATE = 8.0

#: Rates of the full network, Hz, by which a current stands for synapses left out (``full_mean_rates`` of the reference
#: implementation).
RATES = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])

#: Mean and standard deviation of the potentials at the beginning, mV: of the paper, and those of the reference
#: implementation, with which the network begins without a volley (``V0_type``).
INITIAL = {
    "original": (np.full(8, -58.0), np.full(8, 10.0)),
    "optimised": (
        np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43]),
        np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48]),
    ),
}

#: Synapses drawn at once: what is drawn depends on it.
BLOCK = 1 << 22

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PotjansDiesmann(Options):
    """Options of the network."""

    n_scaling: float = option(0.1, "", "cells, as a part of the published 77,169", least=0.005, most=1)
    k_scaling: float = option(0.1, "", "synapses of a cell, as a part of the published number", least=0.005, most=1)
    input: str = option("poisson", "", "input from outside: spikes or their mean current", choices=("poisson", "dc"))
    initial: str = option("optimised", "", "potentials at the beginning", choices=tuple(INITIAL))
    duration: float = option(1000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=0.5)
    seed: int = option(55, "", "seed of connections, initial potentials and input", least=0, most=2**32 - 1)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Cells of each population."""
        return np.rint(SIZES * self.n_scaling).astype(np.int64)

    @property
    def external(self) -> NDArray[np.int64]:
        """Synapses from outside of a cell of each population."""
        return np.rint(EXTERNAL * self.k_scaling).astype(np.int64)


def synapse_numbers(n_scaling: float = 1.0, k_scaling: float = 1.0) -> NDArray[np.int64]:
    """Synapses between populations, the target's number first.

    ``ln(1 - C)/ln(1 - 1/(N_pre N_post))`` (equation 1 of the paper), scaled by both factors.
    """
    pairs = np.outer(SIZES, SIZES)
    found = np.log1p(-PROBABILITIES) / np.log1p(-1.0 / pairs) * n_scaling * k_scaling
    return np.asarray(np.rint(found), np.int64)


def psc() -> float:
    """The current in nA, decaying with ``tau_syn``, whose potential has its maximum at :data:`PSP`."""
    tau_m, tau_s, cm = CELL["tau_m"], CELL["tau_syn_E"], CELL["cm"]
    peak = math.log(tau_m / tau_s) * tau_m * tau_s / (tau_m - tau_s)
    return PSP * cm * (tau_m - tau_s) / (tau_m * tau_s) / (math.exp(-peak / tau_m) - math.exp(-peak / tau_s))


def weights(k_scaling: float = 1.0) -> Floats:
    """Mean weights in nA, the target's number first."""
    found = np.tile([psc(), G * psc()], (8, 4))
    found[DOUBLED] *= 2.0
    return np.asarray(found / np.sqrt(k_scaling))


def offsets(k_scaling: float, poisson: bool) -> Floats:
    """The constant current into the cells of each population, nA.

    It stands for the mean of what synapses would bring: all of the input from outside where no spikes do, and the part
    that the mean loses with fewer synapses, which are stronger: ``1 - sqrt(k_scaling)``.
    """
    lost = 1.0 - np.sqrt(k_scaling)
    inside = (weights() * synapse_numbers() / SIZES[:, None]) @ RATES
    outside = psc() * EXTERNAL * RATE * (lost if poisson else 1.0)
    return np.asarray((lost * inside + outside) * CELL["tau_syn_E"] / 1000.0)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`PotjansDiesmann`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = PotjansDiesmann.read(options)
    sim.setup(timestep=o.dt, min_delay=o.dt, max_delay=10.0, rng_seed=o.seed, native_rng_baseseed=o.seed)
    numbers, means = synapse_numbers(o.n_scaling, o.k_scaling), weights(o.k_scaling)
    currents = offsets(o.k_scaling, o.input == "poisson")
    middle, spread = INITIAL[o.initial]
    populations = []
    for k, (label, size) in enumerate(zip(POPULATIONS, o.sizes.tolist(), strict=True)):
        cells = sim.Population(size, sim.IF_curr_exp(**CELL, i_offset=float(currents[k])), label=label)
        cells.initialize(v=np.random.RandomState([o.seed, k]).normal(middle[k], spread[k], size))
        cells.record("spikes")
        populations.append(cells)
    for target, post in enumerate(populations):
        for source, pre in enumerate(populations):
            if numbers[target, source]:
                draw = partial(drawn, o, (target, source), int(numbers[target, source]), means[target, source])
                kind = "inhibitory" if source % 2 else "excitatory"
                sim.Projection(pre, post, DrawnConnector(draw), sim.StaticSynapse(), receptor_type=kind)
        if o.input == "poisson":
            sources = sim.Population(
                post.size, sim.SpikeSourcePoisson(rate=RATE * int(o.external[target])), label=f"input of {post.label}"
            )
            synapse = sim.StaticSynapse(weight=psc() / np.sqrt(o.k_scaling), delay=DELAYS[0])
            sim.Projection(sources, post, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
    sim.run(o.duration)
    return populations


def drawn(o: PotjansDiesmann, place: tuple[int, int], number: int, mean: float) -> Iterator[Block]:
    """The synapses of a projection, ordered by target, with weights in nA and delays in ms.

    Weights have 24 binary digits, so that they are exact in single precision, too.

    Parameters
    ----------
    o : PotjansDiesmann
    place : (int, int)
        Numbers of the target and the source.
    number : int
        Of synapses.
    mean : float
        Of the weights, nA.
    """
    rng = np.random.RandomState([o.seed, *place])
    n_post, n_pre = (int(o.sizes[k]) for k in place)
    ends = np.cumsum(rng.multinomial(number, np.full(n_post, 1.0 / n_post)))
    delay = DELAYS[place[1] % 2]
    for begin in range(0, number, BLOCK):
        end = min(begin + BLOCK, number)
        targets = np.diff(ends.clip(begin, end), prepend=begin)
        post = np.repeat(np.arange(n_post, dtype=np.uint32), targets)
        pre = rng.randint(0, n_pre, end - begin, dtype=np.uint32)
        sizes = rng.normal(mean, WEIGHT_DEVIATION * abs(mean), end - begin).astype(np.float32)
        sizes = np.maximum(sizes, 0) if mean > 0 else np.minimum(sizes, 0)
        yield pre, post, {"weight": sizes.astype(np.float64), "delay": _delays(rng, delay, o.dt, end - begin)}


def _delays(rng: np.random.RandomState, mean: float, dt: float, size: int) -> Floats:
    """Delays on the grid, ms; those below half a step, which would be none, are drawn again."""
    found = rng.normal(mean, DELAY_DEVIATION * mean, size)
    while (outside := np.flatnonzero((found < 0.5 * dt) | (found > 10.0))).size:
        found[outside] = rng.normal(mean, DELAY_DEVIATION * mean, outside.size)
    return np.asarray(np.maximum(np.floor(found / dt + 0.5), 1.0) * dt)
