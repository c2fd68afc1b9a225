"""What a statistic is: one figure of a run, with its unit, definition and source."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.models.cards import brief

LINEAR, LOG = "linear", "log"

#: What entered a statistic.
CELLS, SYNAPSES = "cells", "synapses"


@dataclass(frozen=True)
class Statistic:
    """One figure of one population in one trial, or of the synapses of one projection.

    Attributes
    ----------
    population : str
        Label of the population or projection.
    trial : int
    name : str
    value : float or None
        None where it is not defined, as the CV of cells that never spike.
    unit : str
        Empty where it has none.
    definition, source : str
    n_cells : int
        Cells, or synapses, that entered the figure.
    silent : int
        Cells of the population without a spike after the transient.
    scale : str
        ``linear`` or ``log``: the scale on which two simulators are compared.
    counted : str
        What ``n_cells`` counts: ``cells`` or ``synapses``.
    """

    population: str
    trial: int
    name: str
    value: float | None
    unit: str
    definition: str
    source: str
    n_cells: int
    silent: int
    scale: str = LINEAR
    counted: str = CELLS

    __repr__ = brief

    @property
    def key(self) -> str:
        """Name and population."""
        return f"{self.name} of {self.population}"
