"""What an exploration measures beside the statistics of every run: global oscillations, and what theory predicts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from unisono.adapters.contract.recording import Recording
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Network
from unisono.validation.ensembles.ensemble import ROW_MODULES, Measure, Measured
from unisono.validation.mean_field.equations import equations_of
from unisono.validation.mean_field.rates import solutions, state
from unisono.validation.mean_field.stability import stability
from unisono.validation.statistics.activity import Activity, activity
from unisono.validation.statistics.statistic import LINEAR, LOG, Statistic
from unisono.validation.statistics.statistics import STATISTICS, peak_of

#: Names of what is measured here.
MODULATION, FREQUENCY, SPIKES = "modulation", "oscillation frequency", "spikes a cell"
PREDICTED_RATE, PREDICTED_CV, UPPER_RATE = "mean-field rate", "mean-field CV", "upper mean-field rate"
PREDICTED_MODES, PREDICTED_FREQUENCY = "mean-field growing modes", "mean-field oscillation frequency"

#: Statistics of every run that an exploration needs.
RATE, CV, CHI, CORRELATION = "rate", "CV of ISI", "chi", "pairwise correlation"
USUAL = (RATE, CV, CORRELATION, CHI)

#: Bin of the population's rate, ms, and the highest frequency of a global oscillation that it shows, Hz.
BIN, FASTEST = 0.5, 1000.0

_SOURCE = "Brunel & Hakim (1999); Ginzburg & Sompolinsky (1994)"


def modulation(active: Activity) -> float | None:
    """How much the population's rate varies in time beyond what independent cells would show, relative to its mean.

    The variance of the mean spike count in bins of :data:`BIN`, less the sum of the cells' variances over the
    number of cells squared: the mean covariance of all pairs. Its root over the mean count. 0: asynchronous; 0.71: a
    rate that follows a whole sine wave; larger where cells fire in volleys. None where nothing spikes.
    """
    matrix = active.binned(width=BIN)
    cells, bins = matrix.shape
    if bins < 2 or not matrix.nnz:
        return None
    means = np.asarray(matrix.mean(axis=1)).ravel()
    variances = np.asarray(matrix.multiply(matrix).mean(axis=1)).ravel() - means**2
    together = np.asarray(matrix.mean(axis=0)).ravel()
    covariance = float(together.var() - variances.sum() / cells**2)
    return float(np.sqrt(max(covariance, 0.0)) / together.mean())


def measured(recording: Recording, network: Network, transient: float) -> Measured:
    """What the row of an exploration holds: few statistics of every population, and what theory predicts."""
    found: list[Statistic] = []
    for trial in range(len(recording.trials)):
        for index, population in enumerate(network.populations):
            if not population.is_source:
                active = activity(recording, index, trial, transient)
                found += [STATISTICS[name].of(active, population.label, trial) for name in USUAL]
                found += _oscillation(active, population.label, trial)
    return (*found, *predicted(network)), (), {}


def _oscillation(active: Activity, label: str, trial: int) -> list[Statistic]:
    silent = int((active.counts == 0).sum())

    def statistic(name: str, value: float | None, unit: str, definition: str) -> Statistic:
        return Statistic(label, trial, name, value, unit, definition, _SOURCE, active.size, silent, LINEAR)

    return [
        statistic(
            MODULATION,
            modulation(active),
            "",
            f"Root of the mean covariance of all pairs' spike counts in bins of {BIN:g} ms, over the mean count: "
            "how much the population's rate varies in time beyond what independent cells show.",
        ),
        statistic(
            FREQUENCY,
            peak_of(active, FASTEST, BIN)[0],
            "Hz",
            f"Frequency of the largest power of the population's rate in bins of {BIN:g} ms, by Welch's method, "
            f"up to {FASTEST:g} Hz.",
        ),
        statistic(SPIKES, float(active.counts.mean()), "", "Mean number of spikes of a cell after the transient."),
    ]


def predicted(network: Network) -> tuple[Statistic, ...]:
    """Rates and CVs of the asynchronous states by mean-field theory; nothing where it does not cover the network."""
    try:
        equations = equations_of(network)
    except UnsupportedFeature:
        return ()
    low, *more = (state(equations, rates) for rates in solutions(equations))
    lasting = stability(equations, np.array(list(low.rates.values())))
    definition = "By mean-field theory: diffusion approximation, self-consistent rates of the asynchronous state"
    source = "Siegert (1951); Brunel (2000); Fourcaud & Brunel (2002)"
    sizes = {p.label: p.size for p in network.populations}

    def statistics(name: str, values: Mapping[str, float | None], unit: str, scale: str, how: str) -> list[Statistic]:
        return [
            Statistic(label, 0, name, value, unit, f"{definition}{how}.", source, sizes[label], 0, scale)
            for label, value in values.items()
        ]

    found = statistics(PREDICTED_RATE, low.rates, "Hz", LOG, " that is reached from silence")
    found += statistics(PREDICTED_CV, low.cv, "", LINEAR, " that is reached from silence")
    modes: Mapping[str, float | None] = dict.fromkeys(low.rates, float(lasting.modes))
    found += statistics(PREDICTED_MODES, modes, "", LINEAR, "; modes of its rates that grow, 0 where it is stable")
    frequency: Mapping[str, float | None] = dict.fromkeys(low.rates, lasting.frequency)
    found += statistics(PREDICTED_FREQUENCY, frequency, "Hz", LINEAR, "; of the slowest mode that grows")
    for high in more:
        found += statistics(UPPER_RATE, high.rates, "Hz", LOG, " that is reached from high rates")
    return tuple(found)


#: What an exploration measures of its runs.
MEASURED = Measure(
    measured,
    (
        *ROW_MODULES,
        "exploration/measures",
        "mean_field/equations",
        "mean_field/first_passage",
        "mean_field/rates",
        "mean_field/stability",
    ),
)
