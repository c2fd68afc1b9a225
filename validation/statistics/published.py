"""What publications say of the populations of their own models: it counts more than what cortex as a whole does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from unisono.validation.statistics.band import ANY, Band

_POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")

#: Rates at full scale, Hz (``full_mean_rates`` of the reference implementation, INM-6/microcircuit-PD14-model), and
#: coefficients of variation of intervals (Romaro et al. 2021, table A.3, 100 %).
_RATES = (0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829)
_IRREGULARITY = (0.938, 0.916, 0.891, 0.873, 0.847, 0.809, 0.924, 0.819)

_ROMARO = "Romaro et al. (2021), Neural Comput 33:1993-2032"
_RATE_SOURCE = f"INM-6/microcircuit-PD14-model, full_mean_rates; the band is ours: {_ROMARO}, table A.1, scaled to 5 %"
_CV_SOURCE = f"{_ROMARO}, table A.3; the band is ours: scaled to 1 % it differs by 6 % at most"
#: Networks scaled down to a twentieth differ by up to 42 % in their rates, those with fewer spikes and of 10 s more.
_SPREAD_OF_RATES, _SPREAD_OF_CV = 0.45, 0.1

_MICROCIRCUIT = (
    *(
        Band(
            "rate",
            ANY,
            round(value * (1 - _SPREAD_OF_RATES), 3),
            round(value * (1 + _SPREAD_OF_RATES), 3),
            _RATE_SOURCE,
            "few and therefore strong synapses (k_scaling), input too weak, or a run too short for so few spikes",
            "input from outside too strong, or a volley at the beginning that was not cut off",
            population,
        )
        for population, value in zip(_POPULATIONS, _RATES, strict=True)
    ),
    *(
        Band(
            "CV of ISI",
            ANY,
            round(value - _SPREAD_OF_CV, 3),
            round(value + _SPREAD_OF_CV, 3),
            _CV_SOURCE,
            "a run too short for intervals of cells that fire rarely, or input without fluctuations",
            "bursts, or rates that change in time",
            population,
        )
        for population, value in zip(_POPULATIONS, _IRREGULARITY, strict=True)
    ),
)

#: By the name of a library model.
PUBLISHED: Mapping[str, tuple[Band, ...]] = MappingProxyType({"potjans_diesmann": _MICROCIRCUIT})
