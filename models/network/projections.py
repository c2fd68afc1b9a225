"""Projections: the synapses of a Network, as flat arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.models.cards import brief
from unisono.models.errors import NetworkError
from unisono.models.network.arrays import (
    MAX_STEPS,
    Floats,
    Integers,
    check_parameters,
    compact,
    complete,
    indices,
    printable,
)
from unisono.models.network.elements import Modulator
from unisono.models.network.fingerprint import IF_ANY, LABEL
from unisono.models.synapses import SYNAPSES
from unisono.models.synapses.model import WEIGHT, SynapseModel


@dataclass(frozen=True, eq=False, init=False)
class Projection:
    """Synapses from one population to another, as flat arrays.

    Parameters
    ----------
    label : str
    pre_population, post_population : int
        Indices of the populations in the network.
    pre, post : uint32 array, shape (synapses,)
        Indices of the cells in their populations.
    weight : float or float64 array, shape () or (synapses,), optional
        Another way to give ``weight`` of ``parameters``, or of ``initial`` where spikes change it.
    delay : int or int32 array, shape () or (synapses,), optional
        Axonal and dendritic delay together; another way to give ``dendritic``.
    receptor : str
    synapse : str
        Name of a synapse model.
    definition : str
        The whole synapse model as text (:meth:`SynapseModel.to_text`); empty for those of
        :data:`unisono.models.synapses.SYNAPSES`.
    parameters : mapping of str to float64 array, shape () or (synapses,)
        Names and units of the synapse model; a weight has the unit of the receptor (nA, uS or mV). Those left out take
        the model's default.
    initial : mapping of str to float64 array, shape () or (synapses,)
        States of the synapses at t = 0. Those left out take the model's default.
    axonal, dendritic : int32 array, shape () or (synapses,)
        Steps that a spike of the source takes to the synapse, and that what it delivers takes on to the cell, as a
        spike of the target takes back; together at least 1.
    modulators : tuple of Modulator
        The populations whose spikes reach all of the synapses, where the model has ``on_modulator``.
    """

    label: str = field(metadata=LABEL)
    pre_population: int
    post_population: int
    pre: Integers
    post: Integers
    receptor: str
    synapse: str
    definition: str
    parameters: Mapping[str, Floats]
    initial: Mapping[str, Floats]
    axonal: Integers
    dendritic: Integers
    modulators: tuple[Modulator, ...] = field(default=(), metadata=IF_ANY)

    __repr__ = brief

    def __init__(
        self,
        label: str,
        pre_population: int,
        post_population: int,
        pre: ArrayLike,
        post: ArrayLike,
        weight: ArrayLike | None = None,
        delay: ArrayLike | None = None,
        receptor: str = "excitatory",
        synapse: str = "StaticSynapse",
        definition: str = "",
        parameters: Mapping[str, ArrayLike] | None = None,
        initial: Mapping[str, ArrayLike] | None = None,
        axonal: ArrayLike = 0,
        dendritic: ArrayLike | None = None,
        modulators: Iterable[Modulator] = (),
    ) -> None:
        label = printable(label)
        where = f"Projection '{label}'"
        entries: dict[str, Any] = {"label": label, "pre_population": pre_population, "post_population": post_population}
        entries |= {"receptor": receptor, "synapse": synapse, "definition": definition}
        entries["modulators"] = tuple(modulators)
        entries |= {name: indices(value, f"{where}: {name}") for name, value in (("pre", pre), ("post", post))}
        for name, value in entries.items():
            object.__setattr__(self, name, value)
        if self.pre.shape != self.post.shape:
            raise NetworkError(f"{where}: pre and post have different lengths, {self.pre.size} and {self.post.size}.")
        self._set_values(dict(parameters or {}), dict(initial or {}), weight, where)
        self._set_delays(axonal, dendritic, delay, where)

    def _set_values(self, parameters: dict[str, Any], initial: dict[str, Any], weight: Any, where: str) -> None:
        model = self.model
        defaults = {name: parameter.default for name, parameter in model.parameters.items()}
        if weight is not None:
            (parameters if WEIGHT in defaults else initial)[WEIGHT] = weight
        filled = complete(parameters, defaults, set(defaults), self.size, where, f"{self.synapse} has no parameter")
        object.__setattr__(self, "parameters", filled)
        states, lacks = model.begins(filled), f"{self.synapse} has no state variable"
        object.__setattr__(self, "initial", complete(initial, states, set(states), self.size, where, lacks))
        check_parameters(model, self.parameters, where)
        for name in model.shared:
            if self.parameters[name].ndim:
                raise NetworkError(
                    f"{where}: {name} differs between synapses.", "All synapses of a projection share their traces."
                )

    def _set_delays(self, axonal: Any, dendritic: Any, delay: Any, where: str) -> None:
        if delay is None and dendritic is None:
            raise NetworkError(f"{where} has no delay.", "Give its delay in steps.")
        before, after = _steps(axonal, where), _steps(dendritic if delay is None else delay, where)
        # most networks have no axonal delays, and need no arrays for them
        total = after
        if before.any():
            after, total = (after, before + after) if delay is None else (after - before, after)
        if total.size and (total.min() < 1 or total.max() > MAX_STEPS):
            raise NetworkError(
                f"{where}: the smallest delay is {int(total.min())} steps.", "A delay is at least one time step."
            )
        if total.size and (before.min() < 0 or after.min() < 0):
            raise NetworkError(f"{where}: an axonal or dendritic delay is negative.", "They add up to the whole delay.")
        for name, value in (("axonal", before), ("dendritic", after)):
            array = compact(np.asarray(value).astype(np.int32, copy=False), self.size, f"{where}: delay")
            object.__setattr__(self, name, array)

    @property
    def size(self) -> int:
        """Number of synapses."""
        return int(self.pre.size)

    @property
    def model(self) -> SynapseModel:
        """The synapse model.

        Raises
        ------
        UnknownName
            If no model has that name.
        """
        return SynapseModel.from_text(self.definition) if self.definition else SYNAPSES[self.synapse]

    @property
    def values(self) -> Mapping[str, Floats]:
        """Values of the parameters, and of the states at t = 0, by name."""
        return {**self.parameters, **self.initial}

    @property
    def weight(self) -> Floats:
        """The weights, at t = 0 where spikes change them: shape () or (synapses,), in the unit of the receptor."""
        return self.values[WEIGHT]

    @cached_property
    def delay(self) -> Integers:
        """The whole delay, axonal and dendritic, in steps: shape () or (synapses,)."""
        if not self.axonal.any():
            return self.dendritic
        return compact(self.axonal + self.dendritic, self.size, f"Projection '{self.label}': delay")

    @property
    def delivered(self) -> Floats | None:
        """What each spike delivers, in the unit of the receptor; None where spikes change it."""
        if not self.model.is_static:
            return None
        amounts: Floats = np.asarray(self.model.delivered(self.values), np.float64)
        return amounts

    def changed(self, *, delay: ArrayLike | None = None, **values: ArrayLike) -> Projection:
        """The same synapses with other values.

        Parameters
        ----------
        delay : int or int32 array, optional
            The whole delay in steps; what differs passes behind the synapse.
        **values
            Of parameters, and of states at t = 0.
        """
        parameters = {**self.parameters, **{n: v for n, v in values.items() if n not in self.initial}}
        initial = {**self.initial, **{n: v for n, v in values.items() if n in self.initial}}
        result = replace(self, parameters=parameters, initial=initial)  # type: ignore[arg-type]
        return result if delay is None else result._delayed(delay)

    def _delayed(self, delay: ArrayLike) -> Projection:
        whole = np.asarray(delay)
        axonal = np.minimum(self.axonal, whole) if self.axonal.any() else self.axonal
        return replace(self, axonal=axonal, dendritic=whole - axonal)

    def refined(self, factor: int) -> Projection:
        """The same delays on a grid that is ``factor`` times finer."""
        modulators = tuple(replace(m, delay=m.delay * factor) for m in self.modulators)
        return replace(self, axonal=self.axonal * factor, dendritic=self.dendritic * factor, modulators=modulators)

    def selected(self, synapses: NDArray[Any], **ends: Any) -> Projection:
        """Some of the synapses, in the order of the indices; one may come several times.

        Parameters
        ----------
        synapses : array of int or bool
        **ends
            Other fields that change with it: populations, and the cells ``pre`` and ``post``.
        """
        arrays = {name: getattr(self, name) for name in ("pre", "post", "axonal", "dendritic")}
        chosen: dict[str, Any] = {name: _taken(array, synapses) for name, array in arrays.items()}
        for name in ("parameters", "initial"):
            chosen[name] = {key: _taken(array, synapses) for key, array in getattr(self, name).items()}
        return replace(self, **chosen | ends)


def _taken(array: NDArray[Any], chosen: NDArray[Any]) -> NDArray[Any]:
    """The chosen elements; one value stays one."""
    return array[chosen] if array.ndim else array


def _steps(value: Any, where: str) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise NetworkError(f"{where}: delays are counted in steps and must be integers.")
    return array.astype(np.int64, copy=False) if array.dtype.kind == "u" else array
