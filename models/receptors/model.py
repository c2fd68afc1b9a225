"""What a receptor is: equations of its own, and the current that they send into the cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from unisono.models.dynamics.model import Parameter
from unisono.models.errors import ModelError


@dataclass(frozen=True)
class ReceptorModel:
    """A synaptic receptor, to be put on a membrane (:func:`unisono.models.cells.composition.compose`).

    Attributes
    ----------
    name : str
    parameters : mapping of str to Parameter
    equations : str
        As those of a CellModel, of the receptor's own variables; ``v`` is the membrane potential.
    current : str
        The current into the cell, nA; empty for a receptor that moves ``v`` itself.
    state : str
        The variable that a spike adds its weight to.
    sign : int
        Sign a weight must have: +1, -1, or 0 for either.
    recordable : tuple of str
    conductance_based : bool
    source : str
    """

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    equations: str = ""
    current: str = ""
    state: str = "v"
    sign: int = 0
    recordable: tuple[str, ...] = ()
    conductance_based: bool = False
    source: str = ""

    def preset(self, name: str, source: str, **values: float) -> ReceptorModel:
        """The same receptor with other defaults.

        Raises
        ------
        ModelError
            If a value is of no parameter.
        """
        parameters = dict(self.parameters)
        for parameter, value in values.items():
            if parameter not in parameters:
                raise ModelError(
                    f"Receptor '{self.name}' has no parameter '{parameter}'.", f"It has: {', '.join(parameters)}."
                )
            parameters[parameter] = replace(parameters[parameter], default=value)
        return replace(self, name=name, source=source, parameters=parameters)
