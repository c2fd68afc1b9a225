"""Synapses from flat arrays, through PyNN's own classes, and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.connectors import Connector, FromListConnector
from pyNN.errors import NoModelAvailableError

from unisono.adapters.pynn_backends.synapses import RULES, fraction
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Projection
from unisono.models.synapses.common import TAU_PSC
from unisono.models.synapses.model import WEIGHT

Floats = NDArray[np.float64]


def made(sim: Any, backend: str, projection: Projection, dt: float, pre: Any, post: Any) -> Any:
    """PyNN's Projection of one of ours, as a script makes it from a list of connections.

    Parameters
    ----------
    sim : module
        ``pyNN.<backend>``
    backend : str
    projection : Projection
    dt : float
        ms.
    pre, post : Population
        PyNN's.

    Raises
    ------
    UnsupportedFeature
        If the backend does not have the synapse as it is installed.
    """
    values = _values(projection)
    each = {name: value for name, value in values.items() if value.ndim}
    whole = {name for name, parameter in projection.model.parameters.items() if parameter.whole}
    one = {name: int(value) if name in whole else float(value) for name, value in values.items() if not value.ndim}
    kind = _synapse_type(sim, projection, one)
    try:
        found = sim.Projection(
            pre,
            post,
            connector_of(projection, {**each, "delay": np.asarray(projection.delay * dt)}, backend),
            kind,
            receptor_type=projection.receptor,
            label=projection.label,
        )
    except NoModelAvailableError as error:
        raise UnsupportedFeature(
            f"pyNN.{backend}, projection '{projection.label}': it has no {projection.synapse}; PyNN says: {error}",
            "Install PyNN's extension of the simulator, or use another synapse type.",
        ) from error
    if backend == "neuron" and projection.synapse in RULES:
        _set_fixed(found, kind)
    return found


def _set_fixed(projection: Any, kind: Any) -> None:
    """Set the exponents that a rule fixes: PyNN's other connectors do, that from a list does not."""
    fixed = {**kind.timing_dependence.extra_parameters, **kind.weight_dependence.extra_parameters}
    for connection in projection.connections if fixed else ():
        for name, value in fixed.items():
            setattr(connection.weight_adjuster, name, value)


def _values(projection: Projection) -> dict[str, Floats]:
    """Values of a projection under PyNN's names, shape () or (synapses,) each."""
    delivered = projection.delivered
    if delivered is not None:
        return {WEIGHT: np.asarray(delivered)}
    # the time constant of the receptor is PyNN's to find
    values = {name: np.asarray(value) for name, value in projection.parameters.items() if name != TAU_PSC}
    if projection.synapse in RULES:
        values["dendritic_delay_fraction"] = fraction(projection)
    return values | {WEIGHT: np.asarray(projection.weight)}


def _synapse_type(sim: Any, projection: Projection, values: Mapping[str, float]) -> Any:
    """PyNN's synapse type with the values that all synapses share."""
    if projection.model.is_static:
        return sim.StaticSynapse(**values)
    if projection.synapse not in RULES:
        return getattr(sim, projection.synapse)(**values)
    rules = [getattr(sim, name) for name in RULES[projection.synapse]]
    timing, weight = (rule(**{n: v for n, v in values.items() if n in rule.default_parameters}) for rule in rules)
    rest = {name: values[name] for name in (WEIGHT, "dendritic_delay_fraction") if name in values}
    return sim.STDPMechanism(timing_dependence=timing, weight_dependence=weight, **rest)


def connector_of(projection: Projection, values: Mapping[str, Floats], backend: str) -> Connector:
    """A connector that makes the synapses of a projection.

    Parameters
    ----------
    projection : Projection
    values : mapping of str to float64 array, shape () or (synapses,)
        Values of each synapse, by PyNN's names and in its units.
    backend : str
    """
    columns = {name: np.broadcast_to(value, projection.size) for name, value in values.items()}
    if backend == "brian2":
        return Brian2Connector(projection.pre, projection.post, columns)
    rows = np.column_stack([projection.pre, projection.post, *columns.values()])
    return FromListConnector(rows, column_names=tuple(columns))


def weights(made: Any, projection: Projection) -> Floats:
    """Present weights, shape (synapses,), as ``Projection.get`` gives them; no two synapses have the same ends."""
    rows = np.array(made.get("weight", format="list"), np.float64)
    found = np.empty(projection.size)
    found[np.lexsort((projection.pre, projection.post))] = rows[np.lexsort((rows[:, 0], rows[:, 1])), 2]
    return found


class Brian2Connector(Connector):  # type: ignore[misc]
    """The synapses that PyNN's FromListConnector makes in Brian2, in the same order, at once.

    PyNN sets weight and delay of each synapse by a search through all of them: 0.5 ms a synapse in
    ``vogels_abbott``. The search is by cells, so that synapses of one pair all get the values of the
    last; here each gets its own.
    """

    parameter_names = ()

    def __init__(self, pre: Any, post: Any, values: Mapping[str, Any]) -> None:
        super().__init__(safe=False)
        order = np.argsort(post, kind="stable")
        self.pre, self.post = pre[order].astype(int), post[order].astype(int)
        self.values = {name: value[order] for name, value in values.items()}

    def connect(self, projection: Any) -> None:
        """Fill Brian2's Synapses."""
        if not self.pre.size:
            return
        synapses = projection._brian2_synapses[0][0]
        synapses.connect(i=self.pre, j=self.post)
        projection._n_connections += self.pre.size
        kind = projection.synapse_type
        space = deepcopy(kind.parameter_space)
        space.shape = (self.pre.size,)
        space.update(**self.values)
        space = kind.translate(space)
        space.evaluate()
        for name, value in space.items():
            if name == "delay":  # as PyNN rounds it
                step = projection._simulator.state.dt * 1e-3
                value = np.round(np.asarray(value) / step) * step
                synapses.pre.variables["delay"].set_value(value)
            elif name != "dendritic_delay_fraction":  # PyNN leaves it out, too
                setattr(synapses, name, value)
        for name, value in kind.initial_conditions.items():
            if not synapses.variables[name].read_only:
                setattr(synapses, name, value)
