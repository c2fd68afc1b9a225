"""What mean-field theory reads from a network: cells, numbers of synapses, weights, delays, external rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.models.cells.families import DIFFUSIVE
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Network, Population, Projection
from unisono.validation.mean_field.first_passage import Cell

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Equations:
    """Mean and variance of each population's input as functions of the rates: ``(cells, populations)`` of arrays.

    With rates in spikes a millisecond, the mean input of population a, in mV above rest, is
    ``drive[a] + sum over b of mean[a, b] rate[b]``, its variance ``noise[a] + sum over b of variance[a, b] rate[b]``.

    Attributes
    ----------
    labels : tuple of str
        Of the populations that are no sources.
    cells : tuple of Cell
    drive : float64 array, shape (populations,)
        Mean of the external input, mV.
    noise : float64 array, shape (populations,)
        Variance of the external input, mV².
    mean : float64 array, shape (populations, populations)
        ``tau_m K J``, mV ms: K synapses a cell that each lift the potential by J.
    variance : float64 array, shape (populations, populations)
        ``tau_m K J²``, mV² ms.
    tau_syn, delay : float64 array, shape (populations, populations)
        Means over the synapses, weighted with their J², ms.
    external_tau_syn : float64 array, shape (populations,)
        Of the external synapses, ms.
    """

    labels: tuple[str, ...]
    cells: tuple[Cell, ...]
    drive: Floats
    noise: Floats
    mean: Floats
    variance: Floats
    tau_syn: Floats
    delay: Floats
    external_tau_syn: Floats

    def inputs(self, per_ms: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean (mV), standard deviation (mV) and synaptic time constant (ms) of the input of each population.

        The time constant is the mean over all synapses, weighted with what they add to the variance; the theory is
        exact where they have one.
        """
        variance = self.noise + self.variance @ per_ms
        filtered = self.noise * self.external_tau_syn + (self.variance * self.tau_syn) @ per_ms
        tau = np.divide(filtered, variance, out=np.zeros_like(variance), where=variance > 0)
        return self.drive + self.mean @ per_ms, np.sqrt(variance), tau


def equations_of(network: Network) -> Equations:
    """The equations of a network of leaky integrate-and-fire cells with Poisson sources.

    Raises
    ------
    UnsupportedFeature
        If the theory does not cover the network; the message says why.
    """
    _check(network)
    places = [index for index, p in enumerate(network.populations) if not p.is_source]
    populations = [network.populations[index] for index in places]
    size = len(places)
    drive, noise, external = np.array([_drive(p) for p in populations]), np.zeros(size), np.zeros(size)
    mean, variance, tau_syn, delay = (np.zeros((size, size)) for _ in range(4))
    for projection in network.projections:
        a = places.index(projection.post_population)
        source = network.populations[projection.pre_population]
        first, second, tau = _moments(projection, populations[a])
        if source.is_source:
            per_ms = _rate(source, projection) / 1000.0
            drive[a] += first * per_ms
            noise[a] += second * per_ms
            external[a] += tau * second * per_ms
            continue
        b = places.index(projection.pre_population)
        mean[a, b] += first
        variance[a, b] += second
        tau_syn[a, b] += tau * second
        delay[a, b] += float(np.mean(projection.delay)) * network.dt * second
    for summed, by in ((external, noise), (tau_syn, variance), (delay, variance)):
        np.divide(summed, by, out=summed, where=by > 0)
    cells = tuple(_cell(p) for p in populations)
    labels = tuple(p.label for p in populations)
    return Equations(labels, cells, drive, noise, mean, variance, tau_syn, delay, external)


def _check(network: Network) -> None:
    for reason in _obstacles(network):
        raise UnsupportedFeature(f"Mean-field theory does not cover the network '{network.label}': {reason}.")


def _obstacles(network: Network) -> Iterator[str]:
    """Why the theory does not cover a network."""
    for index, population in enumerate(network.populations):
        sends = any(p.pre_population == index and p.size for p in network.projections)
        if population.is_source:
            if sends and population.cell != "SpikeSourcePoisson":
                yield f"'{population.label}' is no Poisson source ({population.cell})"
        elif population.definition or population.cell not in DIFFUSIVE:
            yield f"'{population.label}' has cells of another model ({population.cell})"
        elif any(values.ndim and np.ptp(values) > 0 for values in population.parameters.values()):
            yield f"the cells of '{population.label}' differ in their parameters"
    if network.currents:
        yield "currents are injected into cells"
    if len(network.trials) != 1 or network.changes():
        yield "it has several trials, or values that change"
    for projection in network.projections:
        if projection.delivered is None:
            yield f"the synapses of '{projection.label}' are plastic"


def _value(population: Population, name: str) -> float:
    return float(np.ravel(population.parameters[name])[0])


def _cell(population: Population) -> Cell:
    rest = _value(population, "v_rest")
    return Cell(
        _value(population, "tau_m"),
        _value(population, "tau_refrac"),
        _value(population, "v_thresh") - rest,
        _value(population, "v_reset") - rest,
    )


def _drive(population: Population) -> float:
    """What the constant current adds to the potential, mV."""
    return _value(population, "i_offset") * _value(population, "tau_m") / _value(population, "cm")


def _moments(projection: Projection, target: Population) -> tuple[float, float, float]:
    """``tau_m K J`` (mV ms), ``tau_m K J²`` (mV² ms) and the synaptic time constant (ms) of a projection."""
    time_constant = target.model.time_constant(projection.receptor)
    tau = _value(target, time_constant) if time_constant else 0.0
    # The charge of an exponential current lifts the potential by weight tau_syn/cm.
    lift = tau / _value(target, "cm") if time_constant else 1.0
    amounts = np.broadcast_to(np.asarray(projection.delivered, np.float64) * lift, (projection.size,))
    each = _value(target, "tau_m") / target.size
    return float(amounts.sum()) * each, float((amounts**2).sum()) * each, tau


def _rate(source: Population, projection: Projection) -> float:
    """Mean rate of the sources at the synapses, Hz."""
    rates = source.parameters["rate"]
    return float(np.mean(rates[projection.pre])) if rates.ndim and projection.size else float(np.mean(rates))
