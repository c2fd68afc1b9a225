"""What the capture expects of a simulation that a script drives; an adapter's runtime gives such a thing.

The models know no adapter, so the capture names the contract. :class:`Driver` keeps to it: a network is built once a
trial, each step is simulated once, and spikes of sources, currents and changes are sent as the script makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from unisono.models.network import Change, CurrentInput, Epoch, Floats, Network, RecordingRequest, SpikeInput
from unisono.models.network.checks import check_change
from unisono.models.pynn.instantiate import instantiate_epoch, recordings, unscheduled
from unisono.models.pynn.recorded import RecordedSamples, RecordedTrial

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture


class LiveSimulation(Protocol):
    """A simulation that a script drives while it is captured."""

    def begin_trial(self, network: Network) -> None:
        """Build the network for a trial; a reset begins the next one in the same worker.

        Parameters
        ----------
        network : Network
            One trial without epochs, spikes and currents: populations and projections with the values in force at the
            beginning of the trial, and the recordings asked for so far.
        """

    def extend(self, epoch: Epoch, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Apply the epoch's changes at the present step, then simulate its steps.

        Parameters
        ----------
        epoch : Epoch
        spikes : sequence of SpikeInput
            Spikes of the sources in (now, now + steps], in steps of the trial; of step 0, too, in its first epoch.
        currents : mapping of int to CurrentInput
            Changes of amplitude in [now, now + steps), by number of the injection, which is the same throughout a
            trial; later ones go on with the same current. In ascending order of the numbers the currents are in the
            order of a Network's, in which those into one cell are added.
        """

    def record(self, request: RecordingRequest) -> None:
        """Record a variable of more cells, from the present step on (a sample at this step included).

        It becomes a signal of its own.
        """

    def synapses(self, projection: int) -> Mapping[str, Floats]:
        """Present states of the synapses of a projection whose synapses change, shape (synapses,) each."""

    def samples(self, trial: int) -> Sequence[RecordedSamples]:
        """Samples of states of synapses in a trial so far."""

    @property
    def trials(self) -> Sequence[RecordedTrial]:
        """Everything recorded so far, one entry a trial that has begun; spikes are sorted by step, then cell."""

    def finish(self, network: Network) -> None:
        """End the worker; what was recorded is the run of this network, if it was recorded from the beginning."""

    def close(self) -> None:
        """End the worker. What was recorded stays."""


#: Opens a simulation; called at a script's first request for data.
Simulate = Callable[[], LiveSimulation]


class Driver:
    """Keeps a live simulation up with a capture.

    Nothing is sent before it is needed: several runs without a request between them, and without a change, are one.

    Attributes
    ----------
    late : bool
        Whether a recording began after the start, so that what was recorded lacks its beginning.
    steps : int
        Steps simulated so far, of all trials.
    """

    def __init__(self, capture: Capture, simulation: LiveSimulation) -> None:
        self._capture, self.simulation = capture, simulation
        self.late = False
        self.steps = 0
        self._network = unscheduled(capture)
        self._lasting: list[Change] = []
        self._trial, self._epoch, self._done, self._step = -1, 0, 0, 0
        self._closed = False

    def advance(self) -> None:
        """Simulate up to where the script's runs have come."""
        trials = self._capture.trials
        for trial in range(max(self._trial, 0), len(trials)):
            if trials[trial] and trial > self._trial:
                self._begin(trial)
            while self._epoch < len(trials[trial]):
                if self._done < trials[trial][self._epoch].steps:
                    self._extend(trial)
                if self._epoch == len(trials[trial]) - 1:
                    break  # the last epoch may go on
                self._epoch, self._done = self._epoch + 1, 0

    def record(self, request: RecordingRequest) -> None:
        """Record more, from the present step of the script on."""
        self.advance()
        self.late = True
        self._network = replace(self._network, recordings=(*self._network.recordings, request))
        self.simulation.record(request)

    def synapses(self, projection: int) -> Mapping[str, Floats]:
        """States of the synapses of a projection of the network, where the script's runs have come."""
        if self._capture.trials[-1]:
            return self.simulation.synapses(projection)
        # the next trial begins with what the script has set
        return self._network.changed(self._lasting).projections[projection].initial

    def finish(self, network: Network) -> None:
        """End the worker, where everything is simulated; the network is the one that was captured."""
        if not self._closed:
            self.simulation.finish(network)
            self._closed = True

    def close(self) -> None:
        """End the worker."""
        if not self._closed:
            self._closed = True
            self.simulation.close()

    def _begin(self, trial: int) -> None:
        changes = instantiate_epoch(self._capture, trial, 0).changes
        for change in changes:
            check_change(self._network, change)
        self._network = self._network.changed([*self._lasting, *changes])
        self._network = replace(self._network, recordings=recordings(self._capture))
        self._lasting = []
        self._trial, self._epoch, self._done, self._step = trial, 0, 0, 0
        self.simulation.begin_trial(self._network.begun(changes))

    def _extend(self, trial: int) -> None:
        capture = self._capture
        epoch = instantiate_epoch(capture, trial, self._epoch)
        # the changes of the first epoch are in the network that the trial began with
        sent = self._done or not self._epoch
        epoch = Epoch(epoch.steps - self._done, () if sent else epoch.changes)
        for change in epoch.changes:
            check_change(self._network, change)
        begin, end = self._step, self._step + epoch.steps
        trains = (p.trains.between(trial, begin or -1, end) for p in capture.populations if p.is_source)
        currents = {
            number: current
            for source in capture.current_sources
            for number, current in source.inputs(trial, begin, end).items()
        }
        self.simulation.extend(epoch, [spikes for spikes in trains if spikes.steps.size], currents)
        self._lasting += epoch.changes
        self._done += epoch.steps
        self._step = end
        self.steps += epoch.steps
