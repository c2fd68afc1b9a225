"""Current sources, instantiated as currents that are constant between grid points.

A source holds its value at the beginning of a step over that step. The sine of an ACSource is read
at the beginning of each step; a NoisyCurrentSource has one waveform, the same for all cells it is
injected into, drawn from the generator it was given or one seeded from the network's seed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import neo
import numpy as np
import quantities as pq
from numpy.typing import NDArray
from pyNN.common import Assembly as CommonAssembly
from pyNN.common.populations import BasePopulation
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.standardmodels import StandardCurrentSource, build_translations, electrodes

from unisono.models.errors import CaptureError, NetworkError
from unisono.models.grid import to_step, to_steps
from unisono.models.growing import Growing
from unisono.models.network import CurrentInput
from unisono.models.pynn.courses import Course
from unisono.models.pynn.simulator import ID, simulator
from unisono.models.pynn.values import check_values, one_error

Floats = NDArray[np.float64]

#: Steps of which a sine is computed together.
GROUP = 64


class Source(StandardCurrentSource, ABC):  # type: ignore[misc]
    """What the four sources share: parameters in force from some step on, and the cells they go to."""

    def __init__(self, **parameters: Any) -> None:
        self.capture = capture = simulator.state
        self.index = len(capture.current_sources)
        #: (trial, step, parameters): what is in force from when on.
        self.settings: list[tuple[int, int, dict[str, Any]]] = []
        self._courses: dict[int, Course] = {}
        #: (population, cells, trial, step): where it goes to from when on.
        self.injections: list[tuple[Any, NDArray[np.uint32], int, int]] = []
        self.recorded_from: tuple[int, int] | None = None
        check_values(type(self).__name__, parameters)
        space = ParameterSpace(self.default_parameters, self.get_schema(), shape=(1,), component=type(self))
        with one_error():
            space.update(**parameters)
        self.set_native_parameters(self.translate(space))
        capture.current_sources.append(self)

    # -- PyNN's interface ---------------------------------------------------

    def set_parameters(self, copy: bool = True, **parameters: Any) -> None:
        """Set parameters by name, from now on."""
        check_values(type(self).__name__, parameters)
        super().set_parameters(copy, **parameters)

    def set_native_parameters(self, parameters: ParameterSpace) -> None:
        """Set parameters, from now on."""
        parameters.evaluate(simplify=True)
        values = {**(self.settings[-1][2] if self.settings else {}), **parameters.as_dict()}
        self.check(values)
        capture = self.capture
        if not capture.started:
            self.settings.clear()
            self._courses.clear()
        when = (capture.trial, capture.step) if self.settings else (0, 0)
        self.settings.append((*when, values))
        capture.version += 1

    def get_native_parameters(self) -> ParameterSpace:
        """The parameters in force now."""
        return ParameterSpace(dict(self.settings[-1][2]), self.get_schema(), shape=(1,))

    def get_parameters(self) -> dict[str, Any]:
        """The parameters in force now, as plain values."""
        return dict(self.settings[-1][2])

    def inject_into(self, cells: Any, location: Any = None) -> None:
        """Inject the current into a population, a view, an assembly, or some cells."""
        if location is not None:
            raise CaptureError("A current cannot be injected at a location of a cell.", "Leave the location out.")
        parts = cells.populations if isinstance(cells, CommonAssembly) else [cells]
        for part in parts:
            if isinstance(part, BasePopulation):
                self._inject(part._root, part._cells if part._cells is not None else np.arange(part.size))
            else:
                chosen = [part] if isinstance(part, ID) else list(part)
                for root in dict.fromkeys(cell.parent for cell in chosen):
                    self._inject(root, [root.id_to_index(c) for c in chosen if c.parent is root])

    def _inject(self, population: Any, cells: Any) -> None:
        if not population.celltype.injectable:
            raise TypeError("Can't inject current into a spike source.")
        capture = self.capture
        self.injections.append((population, np.asarray(cells, np.uint32), capture.trial, capture.step))
        capture.version += 1

    def record(self) -> None:
        """Record the current, from now on."""
        self.recorded_from = (self.capture.trial, self.capture.step)

    def get_data(self) -> neo.AnalogSignal:
        """The recorded current of the present trial: at each grid point the amplitude that holds from there on."""
        if self.recorded_from is None:
            raise CaptureError("The current was not recorded.", "Call record() of the current source before the run.")
        capture = self.capture
        trial, begin = self.recorded_from
        begin = begin if trial == capture.trial else 0
        course = self.course(capture.trial)
        values = np.append(course.values(begin, capture.step), course.next(capture.step))
        return neo.AnalogSignal(
            values, units="nA", t_start=capture.time(begin) * pq.ms, sampling_period=capture.dt * pq.ms
        )

    # -- instantiation --------------------------------------------------------

    def extend(self, trial: int, end: int) -> None:
        """Called with every run, so that random numbers are drawn in the order of the runs."""

    def check(self, values: dict[str, Any]) -> None:
        """Refuse parameters that make no sense."""
        for name, value in values.items():
            if isinstance(value, (int, float)) and not np.isfinite(value):
                raise NetworkError(f"{type(self).__name__}: {name} is not a finite number.")

    @abstractmethod
    def held(self, values: dict[str, Any], steps: NDArray[np.int64], trial: int) -> Floats:
        """Amplitude, nA, held over the steps that begin at these grid points."""

    def breakpoints(self, values: dict[str, Any], begin: int, end: int) -> NDArray[np.int64]:
        """Steps of [begin, end), in order, outside of which the amplitude is that of the step before."""
        return np.arange(begin, end)

    def course(self, trial: int) -> Course:
        """The current of a trial."""
        if trial not in self._courses:
            self._courses[trial] = Course(self, trial)
        return self._courses[trial]

    def inputs(self, trial: int, begin: int, end: int) -> dict[int, CurrentInput]:
        """What changes in the steps [begin, end) of a trial, by number of the injection; none where nothing does.

        In ascending order of the numbers the currents are those of the Network.
        """
        found = (self._input(injection, trial, begin, end) for injection in self.injections)
        return {self.index << 32 | number: current for number, current in enumerate(found) if current is not None}

    def _input(
        self, injection: tuple[Any, NDArray[np.uint32], int, int], trial: int, begin: int, end: int
    ) -> CurrentInput | None:
        population, cells, since_trial, since_step = injection
        since = 0 if since_trial < trial else since_step if since_trial == trial else end
        steps, amplitudes = self.course(trial).changes(since, begin, end)
        return CurrentInput(population.index, cells, steps, amplitudes, trial) if steps.size else None

    def _between(self, values: dict[str, Any], steps: NDArray[np.int64]) -> tuple[int, NDArray[np.bool_]]:
        """First step of a pulse, and whether each step lies in it."""
        start, stop = to_steps([values["start"], values["stop"]], self.capture.dt).tolist()
        return start, (steps >= start) & (steps < stop)


class DCSource(Source, electrodes.DCSource):  # type: ignore[misc]
    """A constant current from ``start`` to ``stop``."""

    translations = build_translations(*((n, n) for n in electrodes.DCSource.default_parameters))

    def held(self, values: dict[str, Any], steps: NDArray[np.int64], trial: int) -> Floats:
        """A pulse."""
        return np.where(self._between(values, steps)[1], values["amplitude"], 0.0)

    def breakpoints(self, values: dict[str, Any], begin: int, end: int) -> NDArray[np.int64]:
        """Begin and end of the pulse."""
        return _within(to_steps([values["start"], values["stop"]], self.capture.dt), begin, end)


class ACSource(Source, electrodes.ACSource):  # type: ignore[misc]
    """A sine from ``start`` to ``stop``; its phase counts from ``start``."""

    translations = build_translations(*((n, n) for n in electrodes.ACSource.default_parameters))

    def held(self, values: dict[str, Any], steps: NDArray[np.int64], trial: int) -> Floats:
        """A sine, read at the beginning of each step."""
        start, inside = self._between(values, steps)
        # NumPy may treat the rest of an array that fills no register otherwise: whole groups, wherever a run ends
        first = steps[0] // GROUP * GROUP
        whole = np.arange(first, -(-(steps[-1] + 1) // GROUP) * GROUP)
        angle = 2 * np.pi * (values["frequency"] / 1000.0 * (whole - start) * self.capture.dt + values["phase"] / 360.0)
        sine = np.sin(angle)[steps - first]
        return np.where(inside, values["offset"] + values["amplitude"] * sine, 0.0)


class StepCurrentSource(Source, electrodes.StepCurrentSource):  # type: ignore[misc]
    """A current that takes new amplitudes at given times."""

    translations = build_translations(*((n, n) for n in electrodes.StepCurrentSource.default_parameters))

    def check(self, values: dict[str, Any]) -> None:
        """Times and amplitudes must fit together."""
        times, amplitudes = (np.asarray(Sequence(values[n]).value, np.float64) for n in ("times", "amplitudes"))
        where = "StepCurrentSource"
        if times.shape != amplitudes.shape:
            raise NetworkError(f"{where}: {times.size} times and {amplitudes.size} amplitudes.")
        if not (np.isfinite(times).all() and np.isfinite(amplitudes).all()):
            raise NetworkError(f"{where}: a time or an amplitude is not a finite number.")
        if (times < 0).any() or (np.diff(times) <= 0).any():
            raise NetworkError(f"{where}: times must not be negative and must increase.")

    def held(self, values: dict[str, Any], steps: NDArray[np.int64], trial: int) -> Floats:
        """The last amplitude whose time, rounded to the grid, has come."""
        times, amplitudes = (np.asarray(Sequence(values[n]).value, np.float64) for n in ("times", "amplitudes"))
        changes = to_steps(times, self.capture.dt)
        return np.concatenate([[0.0], amplitudes])[np.searchsorted(changes, steps, side="right")]

    def breakpoints(self, values: dict[str, Any], begin: int, end: int) -> NDArray[np.int64]:
        """The times, rounded to the grid."""
        return _within(to_steps(Sequence(values["times"]).value, self.capture.dt), begin, end)


class NoisyCurrentSource(Source, electrodes.NoisyCurrentSource):  # type: ignore[misc]
    """A Gaussian current that takes a new value every ``dt`` ms."""

    translations = build_translations(*((n, n) for n in electrodes.NoisyCurrentSource.default_parameters))

    def __init__(self, rng: Any = None, **parameters: Any) -> None:
        self.rng = rng
        self.drawn: dict[int, Growing] = {}
        self._streams: dict[int, np.random.RandomState] = {}
        self.stream = simulator.state.stream("NoisyCurrentSource")
        parameters.setdefault("dt", simulator.state.dt)
        super().__init__(**parameters)

    def check(self, values: dict[str, Any]) -> None:
        """The interval must be a multiple of the time step."""
        super().check(values)
        ratio = values["dt"] / self.capture.dt
        if not (ratio > 1 - 1e-6 and abs(ratio - round(ratio)) < 1e-6):
            raise NetworkError(f"NoisyCurrentSource: dt must be a multiple of the time step, {self.capture.dt} ms.")

    def extend(self, trial: int, end: int) -> None:
        """Draw standard normal numbers, one for each step a run adds."""
        if trial not in self.drawn:
            self.drawn[trial] = Growing(np.float64)
            self._streams[trial] = np.random.RandomState([*self.stream, trial])
        more = end - len(self.drawn[trial])
        if more > 0 and self.rng is None:
            self.drawn[trial].extend(self._streams[trial].standard_normal(more))
        elif more > 0:
            self.drawn[trial].extend(self.rng.next(more, "normal", {"mu": 0.0, "sigma": 1.0}))

    def held(self, values: dict[str, Any], steps: NDArray[np.int64], trial: int) -> Floats:
        """Independent normal numbers, each held for ``dt``."""
        start, inside = self._between(values, steps)
        drawn = self.drawn[trial].values if trial in self.drawn else np.empty(0)
        every = to_step(values["dt"], self.capture.dt)
        index = np.maximum(steps - max(start, 0), 0) // every
        # only the step after the last run, which get_data() shows, has no number yet
        known = np.where(index < drawn.size, drawn[np.minimum(index, drawn.size - 1)], 0.0) if drawn.size else 0.0
        return np.where(inside, values["mean"] + values["stdev"] * known, 0.0)


def _within(steps: NDArray[np.int64], begin: int, end: int) -> NDArray[np.int64]:
    """Those of the steps that lie in [begin, end), in order, each once."""
    return np.array(sorted({int(step) for step in steps if begin <= step < end}), np.int64)


def native_electrode_type(name: str) -> Any:
    """Refuse a current source that only one simulator has."""
    raise CaptureError(
        f"'{name}' is a native current source of one simulator and cannot be captured.",
        "DCSource, ACSource, StepCurrentSource and NoisyCurrentSource work.",
    )
