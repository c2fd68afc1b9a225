"""Live runs: a simulation that a script drives while it is captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, StateSamples, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.growing_trial import GrowingTrial
from unisono.adapters.runtime.jobs import run_of
from unisono.adapters.runtime.protocol import packed
from unisono.adapters.runtime.results import Run
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import CurrentInput, Epoch, Network, RecordingRequest, SpikeInput


class LiveRun:
    """A simulation in a worker that stays alive: built once, each step simulated once.

    Parameters
    ----------
    executor : Executor
    simulator : str
        As the command line names it, ``nest`` or ``genn:single``.
    settings : Settings
        What is not said with the name.

    Raises
    ------
    UnknownName
        If there is no such simulator.
    UnsupportedFeature
        If it cannot be driven by a script.
    """

    def __init__(self, executor: Executor, simulator: str, settings: Settings) -> None:
        name, named = settings.named(simulator)
        self.executor, self.adapter = executor, registry.get(name)
        self.settings = self.adapter.settled(named)
        check_live(self.adapter)
        self._stack = ExitStack()
        self._trials: list[GrowingTrial] = []
        self._behind = False
        self._complete = True
        self._worker: Any = None
        self._folder: Any = None

    def begin_trial(self, network: Network) -> None:
        """Build a network of one trial whose schedule and inputs are still to come; the trial before ends.

        Raises
        ------
        UnsupportedFeature, NotReady
            Before anything starts.
        UnisonoError
            What the simulator raised.
        """
        if self._worker is None:
            self.executor.check_ready(self.adapter, network, self.settings)
            self._folder = self._stack.enter_context(cache.job_folder())
            with cache.written_here():
                self._worker = self.executor.start(self.adapter, self.settings, self._folder)
            self._stack.callback(self._worker.close)
        self._end_trial()
        name = f"trial-{len(self._trials)}.h5"
        with cache.written_here():
            network.save(self._folder / name)
        self._worker.ask({"do": "trial", "network": name})
        self._trials.append(GrowingTrial(network))
        self._behind = True  # the samples of grid point 0

    def extend(self, epoch: Epoch, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Apply the changes of an epoch at the present grid point, then simulate its steps.

        Parameters
        ----------
        epoch : Epoch
        spikes : sequence of SpikeInput
            Of the sources, at the grid points of these steps; before the first step also at grid point 0.
        currents : mapping of int to CurrentInput
            By the number of the injection: changes of its amplitude at the grid points where these steps begin.
        """
        arrays: list[NDArray[Any]] = []

        def part(value: Any) -> dict[str, Any]:
            fields, own = packed(value)
            for entry in fields.values():
                if isinstance(entry, dict):
                    entry["array"] += len(arrays)
            arrays.extend(own)
            return fields

        request = {
            "do": "extend",
            "steps": int(epoch.steps),
            "changes": [part(change) for change in epoch.changes],
            "spikes": [part(given) for given in spikes],
            "currents": {number: part(current) for number, current in currents.items()},
        }
        self._worker.ask(request, arrays)
        self._behind = True

    def record(self, request: RecordingRequest) -> None:
        """Record a further variable from the present grid point on."""
        fields, arrays = packed(request)
        self._worker.ask({"do": "record", "request": fields}, arrays)
        self._complete = False
        self._behind = True

    def synapses(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """Present states of the synapses of a projection, shape (synapses,) each.

        Raises
        ------
        UnsupportedFeature
            If the simulator does not show them.
        """
        self._read()  # what it spiked until now is part of it
        return _shown(self._states(projection), self.adapter)

    def samples(self, trial: int) -> Sequence[StateSamples]:
        """Samples of states of synapses in a trial so far."""
        self._read()
        self._read_samples()
        return self._trials[trial].samples

    @property
    def trials(self) -> Sequence[GrowingTrial]:
        """What was recorded so far."""
        self._read()
        return self._trials

    def finish(self, network: Network) -> None:
        """End the run; where it is that of the whole network, the executor need not repeat it.

        Parameters
        ----------
        network : Network
            What the script said in all.
        """
        self._end_trial()
        lengths = [trial.steps for trial in network.trials]
        if self._worker is not None and self._complete and lengths == [t.step for t in self._trials]:
            answer, _ = self._worker.ask({"do": "finish"})
            name, _ = self.executor.key(network, self.adapter, self.settings)
            recording = self._recording(network)
            provenance = {**answer["provenance"], "live": True}
            log = self._worker.log
            self.executor.live_runs[name] = run_of(network, self.adapter, self.settings, recording, provenance, log)
        self.close()

    def close(self) -> None:
        """Stop the worker and remove its files."""
        self._worker = None
        self._stack.close()

    def _end_trial(self) -> None:
        """Read what is left of a trial, and the states of all synapses that change."""
        self._read()
        for index in self._trials[-1].changing if self._trials and self._worker is not None else ():
            if states := self._states(index):
                self._trials[-1].synapses[index] = states
        self._read_samples()

    def _read_samples(self) -> None:
        """Read the samples of synapses of the present trial; the worker keeps them all."""
        if self._trials and self._trials[-1].sampled and self._worker is not None:
            answer, arrays = self._worker.ask({"do": "samples"})
            self._trials[-1].samples = tuple(
                StateSamples(projection, state, interval, values)
                for (projection, state, interval), values in zip(answer["samples"], arrays, strict=True)
            )

    def _states(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        answer, arrays = self._worker.ask({"do": "synapses", "projection": projection})
        return dict(zip(answer["names"], arrays, strict=True))

    def _read(self) -> None:
        if self._behind:
            header, arrays = self._worker.ask({"do": "read"})
            self._trials[-1].append(header, arrays)
            self._behind = False

    def _recording(self, network: Network) -> Recording:
        trials = []
        for single, trial in zip(network.single_trials(), self._trials, strict=True):
            spikes = {index: Spikes(train.cells, train.steps) for index, train in trial.spikes.items()}
            signals = tuple(
                Signal(s.population, s.variable, s.unit, s.cells, s.interval, s.values)
                for s in sorted(trial.signals, key=lambda s: s.variable)  # as a recording on disk has them
            )
            everyone = dict(sorted({**source_spikes(single), **spikes}.items()))
            trials.append(TrialRecording(trial.step, everyone, signals, trial.synapses, trial.samples))
        populations = network.populations
        return Recording(
            network.dt, tuple(p.label for p in populations), tuple(p.size for p in populations), tuple(trials)
        )


class WholeRun:
    """The same for a simulator that cannot be driven: it runs once, when the script has said all.

    Parameters
    ----------
    executor : Executor
    simulator : str
    settings : Settings
    """

    def __init__(self, executor: Executor, simulator: str, settings: Settings) -> None:
        self.executor, self.simulator, self.settings = executor, simulator, settings
        self._networks: list[Network] = []
        self._runs: list[Run] = []

    def begin_trial(self, network: Network) -> None:
        """Note the network of a trial."""
        self._refuse_more()
        self._networks.append(replace(network, trials=(replace(network.trials[0], epochs=()),)))
        self._currents: dict[int, CurrentInput] = {}

    def extend(self, epoch: Epoch, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Note an epoch and its inputs."""
        self._refuse_more()
        network = self._networks[-1]
        for number, current in currents.items():
            before = self._currents.get(number)
            self._currents[number] = current if before is None else _joined(before, current)
        trial = network.trials[0]
        self._networks[-1] = replace(
            network,
            trials=(replace(trial, epochs=(*trial.epochs, epoch)),),
            spikes=(*network.spikes, *spikes),
            currents=tuple(current for _, current in sorted(self._currents.items())),
        )

    def record(self, request: RecordingRequest) -> None:
        """Note a further variable."""
        self._refuse_more()
        network = self._networks[-1]
        self._networks[-1] = replace(network, recordings=(*network.recordings, request))

    @property
    def trials(self) -> Sequence[TrialRecording]:
        """What was recorded; the simulator runs at the first call."""
        if not self._runs:
            self._runs = [
                self.executor.run(network, [self.simulator], self.settings)[self.settings.named(self.simulator)[0]]
                for network in self._networks
            ]
        return [trial for run in self._runs for trial in run.recorded.trials]

    def synapses(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """States of the synapses of a projection at the end."""
        return _shown(
            self.trials[-1].synapses.get(projection, {}), registry.get(self.settings.named(self.simulator)[0])
        )

    def samples(self, trial: int) -> Sequence[StateSamples]:
        """Samples of states of synapses in a trial."""
        return self.trials[trial].samples

    def finish(self, network: Network) -> None:
        """End the run; where it is that of the whole network, the executor need not repeat it."""
        if len(self._runs) == 1 and self._networks[0].fingerprint == network.fingerprint:
            (run,) = self._runs
            if not run.provenance["cached"]:
                name, _ = self.executor.key(network, registry.get(run.simulator), run.settings)
                self.executor.live_runs[name] = replace(run, provenance={**run.provenance, "live": True})

    def close(self) -> None:
        """Nothing is left to be done."""

    def _refuse_more(self) -> None:
        if self._runs:
            check_live(registry.get(self.settings.named(self.simulator)[0]))


def _shown(states: Mapping[str, NDArray[np.float64]], adapter: Adapter) -> Mapping[str, NDArray[np.float64]]:
    if not states:
        raise UnsupportedFeature(
            f"{adapter.subject} does not show the states of synapses.", "List another simulator first."
        )
    return states


def check_live(adapter: Adapter) -> None:
    """Refuse a simulator that a script cannot drive.

    Raises
    ------
    UnsupportedFeature
    """
    if not adapter.capabilities.live:
        able = [name for name in registry.names() if registry.get(name).capabilities.live]
        raise UnsupportedFeature(
            f"{adapter.subject} cannot run a script that continues after it asked for data.",
            f"List one of these first: {', '.join(able)}.",
        )


def live_run(executor: Executor, simulator: str, settings: Settings) -> LiveRun | WholeRun:
    """What gives a script the data that it asks for."""
    adapter = registry.get(settings.named(simulator)[0])
    return (LiveRun if adapter.capabilities.live else WholeRun)(executor, simulator, settings)


def _joined(before: CurrentInput, more: CurrentInput) -> CurrentInput:
    return replace(
        before,
        steps=np.concatenate([before.steps, more.steps]),
        amplitudes=np.concatenate([before.amplitudes, more.amplitudes]),
    )
