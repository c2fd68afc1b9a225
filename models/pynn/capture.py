"""The network a script has built so far: populations, projections, inputs and the schedule of its runs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyNN.common import Assembly

from unisono.models.errors import CaptureError, NetworkError
from unisono.models.grid import to_step
from unisono.models.network import MAX_STEPS
from unisono.models.network.schedule import ChangeKind
from unisono.models.pynn.epochs import EpochRecord, PendingChange
from unisono.models.pynn.instantiate import instantiate
from unisono.models.pynn.live import Driver
from unisono.models.pynn.setting_up import DEFAULT_SEED

if TYPE_CHECKING:
    from unisono.models.network import Network, RecordingRequest
    from unisono.models.pynn.live import LiveSimulation, Simulate
    from unisono.models.pynn.poisson_inside import Inside
    from unisono.models.pynn.recorded import RecordedTrial

#: What PyNN calls the name of the simulator; it is written into Neo's annotations.
NAME = "Unisono"

#: Notified of the simulations that run for a script.
Watch = Callable[["CaptureProgress"], None]


@dataclass(frozen=True)
class CaptureProgress:
    """How far a simulation is that supplies a script with data.

    Attributes
    ----------
    time : float
        Simulated so far, all trials together, ms.
    reads : int
        Requests for data so far.
    """

    time: float
    reads: int


@dataclass(frozen=True)
class Read:
    """A script's request for simulated data.

    Attributes
    ----------
    trial, step : int
        When, in steps of the trial.
    population : int
        Of the targets, where states of synapses are asked for.
    variable : str
        ``spikes`` or a state variable of the cell model, or of the synapse model.
    synapses : str
        Label of the projection whose synapses are asked for; empty for cells.
    """

    trial: int
    step: int
    population: int
    variable: str
    synapses: str = ""


class Capture:
    """The state of one capture, from ``setup()`` on; also what PyNN calls the simulator's state.

    Parameters
    ----------
    dt : float
        Time step, ms.
    min_delay, max_delay : float or 'auto'
        As given to ``setup()``.
    seed : int
        Seed of the Poisson sources, of native generators and of noise without a generator.
    simulate : callable, optional
        Opens a simulation; called at the first request for data.
    watch : callable, optional
        Notified of the simulations that run for the script.

    Attributes
    ----------
    reads : list of Read
        The requests for simulated data.
    driven : bool
        Whether something ran after a request for data, so that what it was told may have come of the data.
    """

    mpi_rank = 0
    num_processes = 1

    def __init__(
        self,
        dt: float = 0.1,
        min_delay: float | str = "auto",
        max_delay: float | str = "auto",
        seed: int = DEFAULT_SEED,
        simulate: Simulate | None = None,
        watch: Watch | None = None,
    ) -> None:
        if not (np.isfinite(dt) and dt > 0):
            raise NetworkError(f"The time step must be positive, not {dt}.")
        self.dt = float(dt)
        self.given_min_delay = min_delay
        self.given_max_delay = max_delay
        self.seed = seed
        self.simulate = simulate
        self.watch = watch
        self.reads: list[Read] = []
        self.driven = False
        #: What PyNN's classes take for their simulator: it stays with this capture after the next setup().
        self.simulator = SimpleNamespace(name=NAME, state=self)
        self.step = 0
        self.running = False
        self.t_start = 0
        self.segment_counter = 0
        self.id_counter = 1
        self.recorders: set[Any] = set()
        self.write_on_end: list[tuple[Any, Any, str]] = []
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.current_sources: list[Any] = []
        self.assemblies = 0
        self.trials: list[list[EpochRecord]] = [[]]
        self.pending: list[PendingChange] = []
        #: What the runs were asked to end at, ms.
        self.run_ends: list[float] = []
        self.version = 0
        #: Populations and parts of projections of the network, once something has run.
        self.static: Any = None
        #: The projections whose Poisson input their targets draw.
        self.inside: Inside = {}
        self._native = 0
        self._namesakes: Counter[str] = Counter()
        self._network: tuple[int, Network] | None = None
        self._driver: Driver | None = None
        #: By projection and state, the trial and step at which it was read, and what was read: a script may ask
        #: connection by connection.
        self._read_states: dict[tuple[int, str], tuple[tuple[int, int], NDArray[np.float64]]] = {}

    # -- time ---------------------------------------------------------------

    @property
    def t(self) -> float:
        """Current time, ms."""
        return self.time(self.step)

    @property
    def trial(self) -> int:
        """Index of the current trial."""
        return len(self.trials) - 1

    @property
    def started(self) -> bool:
        """Whether anything has run."""
        return any(self.trials)

    def time(self, step: int) -> float:
        """The time of a grid point, ms."""
        return step * self.dt

    def steps(self, time: float) -> int:
        """The grid point that a time belongs to."""
        if not (np.isfinite(time) and abs(time / self.dt) <= MAX_STEPS):
            raise NetworkError(f"{time} ms is not a time that can be simulated.")
        return to_step(time, self.dt)

    def run_until(self, time: float) -> None:
        """Extend the schedule up to ``time``."""
        steps = self.steps(time) - self.step
        self.run_ends.append(time)
        self.running = True
        if steps <= 0:
            return
        self.driven = self.driven or bool(self.reads)
        for source in self.current_sources:
            source.extend(self.trial, self.step + steps)
        epochs = self.trials[-1]
        if epochs and not self.pending:
            epochs[-1].steps += steps
        else:
            epochs.append(EpochRecord(steps, self.pending))
            self.pending = []
        self.step += steps
        self.version += 1

    def reset(self) -> None:
        """Go back to time zero; the next run begins a new trial."""
        if self.trials[-1]:
            self.trials.append([])
        self.step = 0
        self.running = False
        self.segment_counter += 1
        for population in self.populations:
            population.begin_trial(self)

    # -- delays -------------------------------------------------------------

    @property
    def min_delay(self) -> Any:
        """The smallest delay: as set, or that of the projections, or one step."""
        if self.given_min_delay != "auto":
            return self.given_min_delay
        return self.time(min((p.delay_range[0] for p in self.projections if len(p)), default=1))

    @property
    def max_delay(self) -> Any:
        """The largest delay: as set, or that of the projections, or one step."""
        if self.given_max_delay != "auto":
            return self.given_max_delay
        return self.time(max((p.delay_range[1] for p in self.projections if len(p)), default=1))

    @property
    def default_delay(self) -> float:
        """The delay of a synapse type that gives none."""
        return self.dt if self.given_min_delay == "auto" else float(self.given_min_delay)

    def stream(self, name: str) -> tuple[int, ...]:
        """Where the random numbers of a part of the network start from: its name, and its place among its namesakes.

        Parameters
        ----------
        name : str
            Its label, or what it is where the script gives none. So the numbers do not depend on the rest.

        Returns
        -------
        tuple of int
            To be followed by what tells the parts of it apart, for a RandomState.
        """
        place = self._namesakes[name]
        self._namesakes[name] += 1
        words = np.frombuffer(hashlib.sha256(name.encode()).digest()[:8], "<u4")
        return (self.seed, *words.tolist(), place)

    def native_seed(self) -> int:
        """A seed for the next generator that stands for a simulator's own."""
        self._native += 1
        return int(np.random.RandomState([self.seed, self._native]).randint(2**31))

    # -- changes ------------------------------------------------------------

    def require_unstarted(self, what: str) -> None:
        """Refuse what cannot be added once something has run."""
        if self.started:
            raise CaptureError(
                f"{what} cannot be added after a run.",
                "Make everything before the first run; what starts later can be switched on by its parameters.",
            )

    def change(self, kind: ChangeKind, target: Any, name: str, values: Any, cells: NDArray[Any] | None = None) -> None:
        """Note a value that is set after a run; it takes effect with the next run."""
        values = np.asarray(values, np.float64)
        if kind == "synapse":
            self._read_states.pop((target.index, name), None)
        if cells is None:
            self.pending = [c for c in self.pending if not (c.kind == kind and c.target is target and c.name == name)]
        self.pending.append(PendingChange(kind, target, name, values, cells))

    # -- results ------------------------------------------------------------

    def network(self) -> Network:
        """Everything captured so far, as a Network.

        Raises
        ------
        CaptureError
            If nothing has run.
        """
        if not self.started:
            raise CaptureError("Nothing has run yet.", "Call run() first.")
        if self._network is None or self._network[0] != self.version:
            self._network = (self.version, instantiate(self))
        return self._network[1]

    def recorded(self, population: int, variable: str) -> Sequence[RecordedTrial]:
        """What was recorded up to now; the simulation is brought up to where the runs have come.

        Parameters
        ----------
        population : int
        variable : str
            What the script asks for.

        Raises
        ------
        CaptureError
            If there is no simulator.
        """
        return self._simulated(Read(self.trial, self.step, population, variable)).simulation.trials

    def synapse_states(self, projection: Any, name: str) -> NDArray[np.float64]:
        """A state of the synapses of a projection as it is now, shape (synapses,).

        Parameters
        ----------
        projection : Projection
            Of the script.
        name : str
        """
        now = self.trial, self.step
        known = self._read_states.get((projection.index, name))
        if known is not None and known[0] == now:
            return known[1]
        driver = self._simulated(self._read_of(projection, name))
        values = np.empty(len(projection))
        for index, chosen in self._parts(projection):
            values[chosen] = driver.synapses(index)[name]
        for change in self.pending:
            if change.target is projection and change.name == name:
                values[:] = change.values
        values.flags.writeable = False
        self._read_states[projection.index, name] = now, values
        return values

    def synapse_samples(self, projection: Any, name: str, trial: int) -> NDArray[np.float64]:
        """Samples of a recorded state in a trial up to now, shape (samples, synapses)."""
        simulation = self._simulated(self._read_of(projection, name)).simulation
        found = {s.projection: s.values for s in simulation.samples(trial) if s.state == name}
        count = next((len(values) for values in found.values()), 0)
        values = np.empty((count, len(projection)))
        for index, chosen in self._parts(projection):
            if index in found:
                values[:, chosen] = found[index]
        return values

    def _read_of(self, projection: Any, name: str) -> Read:
        (target, *_) = projection.post.populations if isinstance(projection.post, Assembly) else [projection.post]
        return Read(self.trial, self.step, target._root.index, name, projection.label or "projection")

    def _parts(self, projection: Any) -> Iterator[tuple[int, Any]]:
        """The network's projections that one of the script consists of, and which of its synapses they have."""
        _, parts, first = self.static
        for index, (_, chosen) in enumerate(parts[projection.index], first[projection.index]):
            yield index, slice(None) if chosen is None else chosen

    def _simulated(self, read: Read) -> Driver:
        """What drives the simulation, which is brought up to where the runs have come for a request."""
        if not self.started:
            raise CaptureError("Nothing has run yet.", "Call run() first.")
        if self._driver is None:
            if self.simulate is None:
                raise CaptureError(
                    "The script asks for recorded data, and no simulator supplies them.",
                    "Capture it with a `simulate` function, or run it with `unisono run SCRIPT`.",
                )
            self._driver = Driver(self, self.simulate())
        if not self.reads or self.reads[-1] != read:
            self.reads.append(read)
        before = self._driver.steps
        self._driver.advance()
        if self.watch is not None and self._driver.steps > before:
            self.watch(CaptureProgress(self._driver.steps * self.dt, len(self.reads)))
        return self._driver

    def record_late(self, request: RecordingRequest) -> None:
        """Record more cells of a variable; a simulation that has begun records them from now on."""
        if self._driver is not None:
            self._driver.record(request)

    def finish(self) -> LiveSimulation | None:
        """Simulate to the end what a request for data began, and end its worker.

        Returns
        -------
        LiveSimulation or None
            It has recorded what a run of the whole network would give; None where nothing was simulated, or where a
            recording began late.
        """
        if self._driver is None:
            return None
        try:
            self._driver.advance()
            self._driver.finish(self.network())
        finally:
            self.close()
        return None if self._driver.late else self._driver.simulation

    def close(self) -> None:
        """End the worker, if there is one; what was recorded can still be read."""
        if self._driver is not None:
            self._driver.close()
