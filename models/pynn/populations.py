"""Populations, views and assemblies: PyNN's own, holding their values as arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace

from unisono.models.cells import SOURCES
from unisono.models.cells.model import CellModel
from unisono.models.cells.sharp_threshold import SLOPE, has_slope, with_sharp_threshold
from unisono.models.errors import CaptureError
from unisono.models.pynn.capture import Capture
from unisono.models.pynn.cells import AVAILABLE, EquationsCell
from unisono.models.pynn.recording import Recorder
from unisono.models.pynn.simulator import ID, simulator
from unisono.models.pynn.trains import SourceTrains
from unisono.models.pynn.tuning import POPULATION_CALLS, ignored
from unisono.models.pynn.values import check_increasing, check_values, one_error

Cells = NDArray[np.uint32]


class _Values(ABC):
    """Parameters and initial values of all or some cells of a population, as arrays of its root population."""

    _simulator: Any = simulator

    @property
    @abstractmethod
    def _root(self) -> Population:
        """The population that holds the cells."""

    @property
    @abstractmethod
    def _cells(self) -> Cells | None:
        """Indices in the root population; None for all of it."""

    def set(self, **parameters: Any) -> None:
        """Set parameters of all cells, as PyNN's populations do.

        Raises
        ------
        InvalidParameterValueError
            If a value is of a kind that no parameter has.
        """
        check_values(type(self._root.celltype).__name__, parameters)
        with one_error():
            super().set(**parameters)  # type: ignore[misc]

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        root, cells = self._root, self._cells
        found = {}
        for name in names:
            if name not in root.parameter_values:
                raise errors.NonExistentParameterError(
                    name, root.celltype.__class__.__name__, root.celltype.get_parameter_names()
                )
            value = root.parameter_values[name]
            found[name] = value[cells] if cells is not None and np.ndim(value) else value
        return ParameterSpace(found, root.celltype.get_schema(), shape=(self.size,))  # type: ignore[attr-defined]

    def _get_native_parameters(self, *names: str) -> ParameterSpace:
        return self._get_parameters(*names)

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        parameter_space.evaluate(simplify=True)
        for name, value in parameter_space.as_dict().items():
            self._root.assign(name, value, self._cells)

    def initialize(self, **initial_values: Any) -> None:
        """Set initial values of state variables; after a run, their values from now on."""
        check_values(type(self._root.celltype).__name__, initial_values)
        for variable, value in initial_values.items():
            array = LazyArray(value, shape=(self.size,), dtype=float).evaluate(simplify=True)  # type: ignore[attr-defined]
            self._root.assign_initial(variable, array, self._cells)

    if not TYPE_CHECKING:  # for mypy, a class with this method has every attribute

        def __getattr__(self, name: str) -> Any:
            if name in POPULATION_CALLS:
                return ignored(name)
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def inject(self, current_source: Any, location: Any = None) -> None:
        """Inject a current into all cells."""
        if location is not None:
            raise CaptureError("A current cannot be injected at a location of a cell.", "Leave the location out.")
        if not self._root.celltype.injectable:
            raise TypeError("Can't inject current into a spike source.")
        current_source.inject_into(self)


def _merged(old: Any, new: Any, cells: Cells | None, size: int) -> Any:
    """``old`` with the values of some cells replaced; never changed in place."""
    if cells is None:
        return new
    whole = np.asarray(old)
    result = np.array(np.broadcast_to(whole, size)) if not whole.dtype.hasobject else _objects(old, size)
    if isinstance(new, np.ndarray) and new.ndim:
        result[cells] = new
    else:
        for cell in cells:
            result[cell] = new
    return result


def _objects(value: Any, size: int) -> NDArray[Any]:
    """Sequences, one a cell, as an array of objects."""
    result = np.empty(size, object)
    for index in range(size):
        result[index] = value[index] if isinstance(value, np.ndarray) and value.ndim else value
    return result


class Assembly(common.Assembly):  # type: ignore[misc]
    """Cells of several populations and views."""

    _simulator: Any = simulator

    def __init__(self, *populations: Any, label: str | None = None) -> None:
        capture = simulator.state
        super().__init__(*populations, label=label or f"assembly{capture.assemblies}")
        capture.assemblies += 1

    @property
    def receptor_types(self) -> list[str]:
        """Receptors that all cells have, in the order of the first population.

        PyNN's own order changes from process to process, and with it the receptor of a projection that names none.
        """
        first, *others = (p.celltype.receptor_types for p in self.populations)
        return [name for name in first if all(name in other for other in others)]


class PopulationView(_Values, common.PopulationView):  # type: ignore[misc]
    """Some cells of a population."""

    _assembly_class = Assembly

    @property
    def _root(self) -> Population:
        root: Population = self.grandparent
        return root

    @property
    def _cells(self) -> Cells:
        return np.asarray(self.index_in_grandparent(np.arange(self.size))).astype(np.uint32)

    @property
    def initial_values(self) -> dict[str, LazyArray]:
        """Initial values of the view's cells."""
        cells = self._cells
        return {
            name: LazyArray(value[cells] if np.ndim(value) else value, shape=(self.size,), dtype=float)
            for name, value in self._root.initial_arrays.items()
        }


class Population(_Values, common.Population):  # type: ignore[misc]
    """Cells of one type.

    Attributes
    ----------
    parameter_values, initial_arrays : dict of str to array or number
        Values in force now.
    first_parameters, first_initial : dict
        Values at the first run.
    settings : list of (trial, step, parameters)
        For spike sources: what was in force from when on.
    trains : SourceTrains
        For spike sources: their spikes.
    stream : tuple of int
        Where its random numbers start from.
    """

    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(
        self,
        size: Any,
        cellclass: Any,
        cellparams: Any = None,
        structure: Any = None,
        initial_values: Any = None,
        label: str | None = None,
    ) -> None:
        capture = simulator.state
        capture.require_unstarted("A population")
        self._simulator = capture.simulator
        self.initial_arrays: dict[str, Any] = {}
        # numbered from the start of the capture, so that a script gives one fingerprint wherever it runs
        number = len(capture.populations)
        self._has_positions = structure is not None or isinstance(size, tuple)
        self._given_label = label
        super().__init__(size, cellclass, cellparams, structure, initial_values or {}, label or f"population{number}")
        self.index = number
        capture.populations.append(self)

    @property
    def _root(self) -> Population:
        return self

    @property
    def _cells(self) -> None:
        return None

    @property
    def model(self) -> CellModel | None:
        """The cell model, for the parameters at the first run; None for spike sources.

        Raises
        ------
        CaptureError
            If some cells have an exponential current and others none.
        """
        if not isinstance(self.celltype, EquationsCell):
            return None
        model = self.celltype.model
        return with_sharp_threshold(model) if has_slope(model) and self._sharp(self.first_parameters) else model

    def _sharp(self, parameters: Mapping[str, Any]) -> bool:
        """Whether the slope factor is 0, where there is one."""
        sharp = np.equal(parameters.get(SLOPE, 1.0), 0.0)
        if sharp.any() and not sharp.all():
            raise CaptureError(
                f"Population '{self.label}': {SLOPE} is 0 in some cells only; they spike at another threshold.",
                f"Make two populations, one with {SLOPE} = 0.",
            )
        return bool(sharp.all())

    @property
    def cell(self) -> str:
        """Name of the cell model or spike source; a script's own subclass counts as what it derives from."""
        if isinstance(self.celltype, EquationsCell):
            return self.celltype.model.name
        for name, kind in AVAILABLE.items():
            if isinstance(self.celltype, kind):
                return name
        raise CaptureError(
            f"The cell type {type(self.celltype).__name__} cannot be captured.",
            f"Choose one of: {', '.join(AVAILABLE)}.",
        )

    @property
    def network_positions(self) -> NDArray[np.float64] | None:
        """Positions, if the script gave any."""
        if not self._has_positions and self._positions is None:
            return None
        try:
            return np.ascontiguousarray(self.positions.T, np.float64)
        except Exception:
            # a grid that the cells do not fill is an error for PyNN only when someone asks for positions
            return None

    def _create_cells(self) -> None:
        capture = simulator.state
        self.is_source = self.cell in SOURCES
        first = capture.id_counter
        capture.id_counter += self.size
        self.all_cells = np.fromiter(map(ID, range(first, first + self.size)), dtype=object, count=self.size)
        for cell in self.all_cells:
            object.__setattr__(cell, "parent", self)
        self._mask_local = np.ones(self.size, bool)
        self.first_parameters: dict[str, Any] = {}
        space = self.celltype.native_parameters
        space.shape = (self.size,)
        space.evaluate(simplify=True)
        self.parameter_values = space.as_dict()
        self._check_times(self.parameter_values)
        self.settings: list[tuple[int, int, dict[str, Any]]] = [(0, 0, dict(self.parameter_values))]
        self.first_parameters = dict(self.parameter_values)
        self.first_initial: dict[str, Any] = {}
        self.stream = capture.stream(f"population {self._given_label}" if self._given_label else self.cell)
        self.trains = SourceTrains(capture, self)
        self._changed_initial: dict[str, Any] = {}

    def assign(self, name: str, value: Any, cells: Cells | None) -> None:
        """Set a parameter, before the first run or between two runs."""
        capture = self._simulator.state
        self._check_times({name: value})
        if capture.started and name == SLOPE and self._sharp({SLOPE: value}) != self._sharp(self.first_parameters):
            raise CaptureError(
                f"Population '{self.label}': {SLOPE} cannot change between 0 and other values after a run.",
                "Set it before the first run.",
            )
        self.parameter_values[name] = _merged(self.parameter_values.get(name), value, cells, self.size)
        if not capture.started:
            self.first_parameters[name] = self.parameter_values[name]
            self.settings = [(0, 0, dict(self.parameter_values))]
        elif self.is_source:
            self.settings.append((capture.trial, capture.step, dict(self.parameter_values)))
            capture.version += 1
        else:
            for parameter, values in self.celltype.model_values(name, value).items():
                capture.change("parameter", self, parameter, values, cells)

    def _check_times(self, values: Mapping[str, Any]) -> None:
        if self.is_source and "spike_times" in values:
            check_increasing(values["spike_times"])

    def assign_initial(self, variable: str, value: Any, cells: Cells | None) -> None:
        """Set a state variable: its initial value, or after a run its value from now on."""
        symbol = self.celltype.symbol(variable) if self.model else variable
        known = self.model.initial if self.model else {}
        if symbol not in known:
            raise CaptureError(
                f"{self.cell} has no state variable '{variable}' to initialize.",
                f"It has: {', '.join(self.celltype.default_initial_values) or 'none'}.",
            )
        capture = self._simulator.state
        merged = _merged(self.initial_arrays.get(variable, known[symbol]), value, cells, self.size)
        self.initial_arrays[variable] = merged
        self.initial_values[variable] = LazyArray(merged, shape=(self.size,), dtype=float)
        if not capture.started:
            self.first_initial[variable] = merged
        else:
            self._changed_initial[variable] = merged
            capture.change("state", self, symbol, value, cells)

    def begin_trial(self, capture: Capture) -> None:
        """After a reset, initial values that were set after the first run hold from the beginning."""
        for variable, value in self._changed_initial.items():
            capture.change("state", self, self.celltype.symbol(variable), value)

    def _set_cell_initial_value(self, cell: ID, variable: str, value: float) -> None:
        self.assign_initial(variable, value, np.array([self.id_to_index(cell)], np.uint32))
