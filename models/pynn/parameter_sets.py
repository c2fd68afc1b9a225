"""Cells and synapses of PyNN by the name of their parameters."""

from __future__ import annotations

from typing import Any

from unisono.models.cells.parameter_sets import PARAMETER_SETS
from unisono.models.pynn import cells, stdp, synapses
from unisono.models.registry import unknown
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS


def parameter_set(name: str, **overrides: Any) -> Any:
    """A cell, a synapse or a rule of PyNN with the parameters that have that name.

    The sets are in :mod:`unisono.models.cells.parameter_sets` and :mod:`unisono.models.synapses.parameter_sets`.

    Parameters
    ----------
    name : str
        As ``AdEx_adapting``, ``TM_depressing`` or ``STDP_Song_2000``.
    **overrides
        Parameters that differ from the set, and those that it leaves open, such as the weight of a synapse.

    Returns
    -------
    pyNN cell type, synapse type, or timing dependence
        To be given to ``Population``, ``Projection`` or ``STDPMechanism``.

    Raises
    ------
    UnknownName
        If the name is unknown; the message lists the choices.
    """
    if name in SYNAPSE_PARAMETER_SETS:
        entry = SYNAPSE_PARAMETER_SETS[name]
        return {**synapses.AVAILABLE, **stdp.RULES}[entry.owner](**{**entry, **overrides})
    if name not in PARAMETER_SETS:
        raise unknown("parameter set", name, [*PARAMETER_SETS, *SYNAPSE_PARAMETER_SETS])
    found = PARAMETER_SETS[name]
    made = cells.AVAILABLE[found.cell](**{**found.parameters, **overrides})
    made.default_initial_values = {**made.default_initial_values, **found.initial}
    return made
