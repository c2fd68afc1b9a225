"""Spike sources that PyNN has no cell type for."""

from __future__ import annotations

from typing import ClassVar

from pyNN.parameters import Sequence
from pyNN.standardmodels import StandardCellType


class SpikeSourceInhPoisson(StandardCellType):  # type: ignore[misc]
    """Spike source, generating spikes according to a Poisson process whose rate varies in time.

    The rate ``rates[i]`` (Hz) holds from ``tbins[i]`` (ms) on, as the parameters of ``SpikeSourceInhGamma`` do. There
    are no spikes before ``tbins[0]``. An extension of Unisono: PyNN has no such cell type.
    """

    default_parameters: ClassVar[dict[str, object]] = {
        "rates": Sequence([1.0]),
        "tbins": Sequence([0.0]),
        "start": 0.0,
        "duration": 1e10,
    }
    recordable: ClassVar[list[str]] = ["spikes"]
    injectable = False
    receptor_types = ()
    units: ClassVar[dict[str, str]] = {"rates": "Hz", "tbins": "ms", "start": "ms", "duration": "ms"}
