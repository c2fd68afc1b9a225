"""Projections: PyNN's connectors make them, flat arrays hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import neo
import numpy as np
from numpy.typing import NDArray
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace
from pyNN.space import Space
from pyNN.standardmodels import check_weights

from unisono.models.errors import CaptureError, NetworkError
from unisono.models.grid import to_steps
from unisono.models.network import MAX_STEPS
from unisono.models.network.checks import check_recorded_state
from unisono.models.pynn.connecting import connect
from unisono.models.pynn.connections import Connection
from unisono.models.pynn.instantiate import synapse_draws
from unisono.models.pynn.off_grid import Moved
from unisono.models.pynn.projection_data import synapse_block
from unisono.models.pynn.simulator import ID, simulator
from unisono.models.pynn.synapses import AVAILABLE, EquationsSynapse, StaticSynapse
from unisono.models.pynn.values import check_values
from unisono.models.synapses.model import WEIGHT


class Projection(common.Projection):  # type: ignore[misc]
    """Synapses between two populations, views or assemblies.

    Attributes
    ----------
    pre_index, post_index : uint32 arrays
        Indices in ``pre`` and ``post``.
    values : dict of str to float64 array, shape () or (synapses,)
        Parameters of the synapse model, and its weight if that is a state.
    delay : int32 array, shape () or (synapses,)
        In steps.
    moved : Moved or None
        The delays that were not on the grid.
    first_values : dict of str to float64 array
        Those at the first run.
    sampled : dict of str to int
        States that are recorded, with the steps between samples.
    """

    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_neurons: Any,
        postsynaptic_neurons: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: str | None = None,
        space: Space | None = None,
        label: str | None = None,
    ) -> None:
        self.capture = simulator.state
        self.capture.require_unstarted("A projection")
        self.stream = self.capture.stream(f"projection {label}" if label else "projection")
        super().__init__(
            presynaptic_neurons,
            postsynaptic_neurons,
            connector,
            synapse_type,
            source,
            receptor_type,
            space or Space(),
            label,
        )
        if not isinstance(self.synapse_type, EquationsSynapse):
            raise CaptureError(
                f"Synapses of type {type(self.synapse_type).__name__} are not supported.",
                f"Choose one of: {', '.join(AVAILABLE)}.",
            )
        self.pre_index, self.post_index = np.empty(0, np.uint32), np.empty(0, np.uint32)
        self._chunks: list[tuple[Any, Any, Mapping[str, Any]]] = []
        self.delay: Any = np.int32(1)
        self.moved: Moved | None = None
        connect(connector, self)
        self.values: dict[str, NDArray[np.float64]] = {}
        self.first_values: dict[str, NDArray[np.float64]] = {}
        self.sampled: dict[str, int] = {}
        self._finish(connector.safe)
        self.index = len(self.capture.projections)
        self.capture.projections.append(self)

    # -- making -------------------------------------------------------------

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: Any,
        location_selector: Any = None,
        **connection_parameters: Any,
    ) -> None:
        """Called by PyNN's connectors: connect several sources to one target."""
        if location_selector not in (None, "all"):
            raise CaptureError("A synapse cannot be placed at a location of a cell.", "Leave `location_selector` out.")
        sources = np.asarray(presynaptic_indices, object if isinstance(presynaptic_indices, list) else None)
        if sources.size and isinstance(sources[0], ID):
            sources = np.atleast_1d(self.pre.id_to_index(sources))
        if isinstance(postsynaptic_index, ID):
            postsynaptic_index = self.post.id_to_index(postsynaptic_index)
        self.add(sources, np.full(sources.size, postsynaptic_index), connection_parameters)

    def add(self, pre: Any, post: Any, values: Mapping[str, Any]) -> None:
        """Add synapses; each of their parameters (PyNN's units) is one value or one a synapse."""
        pre, post = (np.asarray(x).astype(np.uint32, copy=False) for x in (pre, post))
        self._chunks.append((pre, post, values))

    def _finish(self, safe: bool) -> None:
        chunks, self._chunks = self._chunks, []
        space = self.synapse_type.parameter_space
        if not chunks:
            self.values = {name: np.asarray(0.0) for name in self.synapse_type.default_parameters if name != "delay"}
            return
        self.pre_index = np.concatenate([c[0] for c in chunks])
        self.post_index = np.concatenate([c[1] for c in chunks])
        sizes = [c[0].size for c in chunks]
        for name in self.synapse_type.default_parameters:
            joined = _joined([c[2][name] for c in chunks], sizes)
            self.assign(name, joined, name != WEIGHT or (safe and space[WEIGHT] is not None))

    def assign(self, name: str, value: Any, check: bool = True) -> None:
        """Set a parameter of the synapses (PyNN's unit), before the first run or between two runs."""
        if name == "delay":
            self._assign_delay(value)
            return
        value = np.asarray(value, np.float64)
        if not np.isfinite(value).all():
            raise NetworkError(f"Projection '{self.label}': a {name} is not a finite number (NaN or infinite).")
        if check and name == WEIGHT:
            check_weights(value if value.ndim else float(value), self)
        self.values[name] = value
        if self.capture.started:
            self.capture.change("synapse", self, name, value)
        else:
            self.first_values[name] = value

    def _assign_delay(self, delay: Any) -> None:
        """Set the delays (ms), rounded to the grid, before the first run."""
        if self.capture.started:
            raise CaptureError("A delay cannot be changed after a run.", "Set the delays before the first run.")
        delay, dt = np.asarray(delay, np.float64), self.capture.dt
        where = f"Projection '{self.label}'"
        if not np.isfinite(delay).all():
            raise NetworkError(f"{where}: a delay is not a finite number (NaN or infinite).")
        if delay.size and (delay.min() < dt * (1 - 1e-9) or delay.max() > MAX_STEPS * dt):
            raise NetworkError(
                f"{where}: the smallest delay is {delay.min():g} ms.", f"A delay is at least {dt:g} ms, one time step."
            )
        steps = to_steps(delay, dt).astype(np.int32)
        for limit, outside in ((self.capture.given_min_delay, np.less), (self.capture.given_max_delay, np.greater)):
            if not isinstance(limit, str) and outside(steps, self.capture.steps(limit)).any():
                raise NetworkError(f"{where}: a delay is beyond the {limit:g} ms that setup() was given as its limit.")
        self.delay = steps
        self.moved = Moved.of(delay, dt)

    @property
    def delay_range(self) -> tuple[int, int]:
        """Smallest and largest delay in steps."""
        return int(np.min(self.delay)), int(np.max(self.delay))

    # -- PyNN's interface -----------------------------------------------------

    def __len__(self) -> int:
        return int(self.pre_index.size)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [Connection(self, j) for j in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"{i} > {len(self) - 1}")
        return Connection(self, i % len(self))

    @property
    def connections(self) -> Iterator[Connection]:
        """All synapses, one after the other."""
        return iter(self)

    def set(self, **attributes: Any) -> None:
        """Set parameters of the synapses, as PyNN's projections do.

        Raises
        ------
        InvalidParameterValueError
            If a value is of a kind that no parameter has.
        InvalidDimensionsError
            If a list is not as long as there are connected pairs.
        """
        check_values(type(self.synapse_type).__name__, attributes)
        super().set(**attributes)

    def record(self, variables: str | Sequence[str], sampling_interval: float | None = None) -> None:
        """Record states of all synapses, such as ``weight``, from the beginning on; the results have the samples.

        Parameters
        ----------
        variables : str or sequence of str
        sampling_interval : float, optional
            ms; the time step by default.

        Raises
        ------
        CaptureError
            After the first run.
        NetworkError
            If a variable is no state that spikes change, or the interval is no multiple of the time step.
        """
        self.capture.require_unstarted(f"A recording of the synapses of '{self.label}'")
        names = [variables] if isinstance(variables, str) else list(variables)
        model, dt = self.synapse_type.model, self.capture.dt
        interval = self.capture.steps(dt if sampling_interval is None else sampling_interval)
        if interval < 1 or (sampling_interval and abs(interval * dt - sampling_interval) > 1e-9 * sampling_interval):
            raise NetworkError(
                f"Projection '{self.label}': a sampling interval of {sampling_interval} ms is no multiple of {dt:g} ms."
            )
        for name in names:
            check_recorded_state(model, name)
            self.sampled[name] = interval

    def get_data(self, variables: str | Sequence[str] = "all", **annotations: Any) -> neo.Block:
        """The samples of recorded states up to now, as populations give their data.

        Parameters
        ----------
        variables : str or sequence of str
            ``"all"``: everything that was recorded.
        **annotations
            Of the block.

        Returns
        -------
        neo.Block
            One segment for each trial; in it an AnalogSignal for each state, by name, with one column a synapse. Its
            array annotations ``presynaptic_index`` and ``postsynaptic_index`` are indices in ``pre`` and ``post``.

        Raises
        ------
        RecordingError
            If a variable was not recorded.
        NothingToWriteError
            If nothing has run.
        """
        return synapse_block(self, variables, annotations)

    def initialize(self, **initial_values: Any) -> None:
        """Set states of the synapses, before the first run or between two runs.

        Parameters
        ----------
        **initial_values : float, list or array with one value a synapse, RandomDistribution, or function
            By the name of the state; a function takes the index of the synapse.

        Raises
        ------
        NonExistentParameterError
            If the synapses have no such state.
        """
        owner, states = type(self.synapse_type).__name__, self.synapse_type.model.states
        check_values(owner, initial_values)
        for name, value in initial_values.items():
            if name not in states:
                raise errors.NonExistentParameterError(name, owner, list(states))
            self.assign(name, LazyArray(value, shape=(len(self),), dtype=float).evaluate(simplify=True))

    def _value_list_to_array(self, attributes: dict[str, Any]) -> dict[str, Any]:
        flat = [v for v in attributes.values() if isinstance(v, list) or (isinstance(v, np.ndarray) and v.ndim == 1)]
        pairs = len(set(zip(self.pre_index.tolist(), self.post_index.tolist(), strict=True))) if flat else 0
        for values in flat:
            if len(values) != pairs:
                raise errors.InvalidDimensionsError(f"{len(values)} values for {pairs} connected pairs of cells.")
        if not flat:
            return attributes
        connected = np.zeros(self.shape, bool)
        connected[self.pre_index, self.post_index] = True
        return {name: _on_pairs(value, connected) for name, value in attributes.items()}

    def _set_attributes(self, parameter_space: ParameterSpace) -> None:
        parameter_space.evaluate(simplify=True)
        for name, value in parameter_space.as_dict().items():
            flat = value[self.pre_index, self.post_index] if np.ndim(value) == 2 else value
            self.assign(name, flat)

    def column(self, name: str) -> NDArray[Any]:
        """An attribute of all synapses as it is now; whatever shows one reads it here."""
        if name == "presynaptic_index":
            return self.pre_index
        if name == "postsynaptic_index":
            return self.post_index
        model = self.synapse_type.model
        if name in model.states and self.capture.started:
            return self.capture.synapse_states(self, name)
        if name in model.states and name not in self.values:
            begun = synapse_draws(self, 0)[name] if name in model.random else model.begins(self.values)[name]
            return np.broadcast_to(begun, len(self))
        # rounded, so that a delay of 8.2 ms is not read back as 8.200000000000001
        value = np.round(self.delay * self.capture.dt, 12) if name == "delay" else self.values[name]
        return np.broadcast_to(value, len(self))

    def _get_attributes_as_list(self, names: Any) -> list[tuple[Any, ...]]:
        return list(zip(*(self.column(name).tolist() for name in names), strict=True))

    def _get_attributes_as_arrays(self, names: Any, multiple_synapses: str = "sum") -> list[NDArray[np.float64]]:
        pre, post = self.pre_index, self.post_index
        result = []
        for name in names:
            values, array = self.column(name), np.full(self.shape, np.nan)
            if multiple_synapses == "first":
                # copies: NumPy may walk through reversed views in the original order
                array[pre[::-1].copy(), post[::-1].copy()] = values[::-1].copy()
            elif multiple_synapses == "last":
                array[pre, post] = values
            else:
                operation, neutral = _OPERATIONS[multiple_synapses]
                array[pre, post] = neutral
                operation.at(array, (pre, post), values)
            result.append(array)
        return result


_OPERATIONS: dict[str, tuple[Any, float]] = {
    "sum": (np.add, 0.0),
    "min": (np.minimum, np.inf),
    "max": (np.maximum, -np.inf),
}


def _on_pairs(value: Any, connected: NDArray[np.bool_]) -> Any:
    """A flat list as a matrix, source by source, as PyNN reads it; other values as they are."""
    if not (isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim == 1)):
        return value
    matrix = np.full(connected.shape, np.nan)
    matrix[connected] = value
    return matrix


def _joined(values: list[Any], sizes: list[int]) -> Any:
    """One value where all are the same, or one a synapse."""
    first = values[0]
    if all(np.ndim(v) == 0 for v in values) and all(v == first for v in values):
        return first
    return np.concatenate([np.broadcast_to(np.asarray(v, np.float64), n) for v, n in zip(values, sizes, strict=True)])
