"""A trial on GeNN: a compiled program that is given the network and its schedule and leaves its results in files."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Progress, Settings
from unisono.adapters.contract.delay_groups import DelayGroup, delay_groups, read_after
from unisono.adapters.contract.on_arrival import OnArrival
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.genn import data
from unisono.adapters.genn.compiler import Program, program_of
from unisono.adapters.genn.design import Design, design
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Change, Network


class GennSimulation(OnArrival):
    """One trial.

    Parameters
    ----------
    network, settings, cache
        As for every simulation.
    cuda : bool
        Whether it runs on a GPU.
    """

    _design: Design
    _program: Program
    _folder: Path
    _writer: data.Writer

    #: GeNN reads a synapse in the step that ends at the grid point, whose number is that of its beginning.
    COUNTED_FROM = -1

    def __init__(self, network: Network, settings: Settings, cache: Path, cuda: bool) -> None:
        super().__init__(network, settings, cache)
        self._cuda = cuda
        self._finished = False

    def prepare(self) -> None:
        """Generate and compile the program, unless it is in the cache."""
        self._design = design(self.network, self.settings, self._cuda)
        self._program = program_of(self._design, self.cache, Path(os.environ["GENN_PATH"]), self.compiled)

    def build(self) -> None:
        """Write what the program is filled with, but for the changes."""
        self._folder = Path(tempfile.mkdtemp(prefix="genn-", dir=Path.cwd()))
        self._writer = data.Writer(
            self._design, self.network, self.settings, self.synapse_values, self._program.variables
        )
        self._writer.write(self._folder / "input")

    def write_cells(self, change: Change) -> None:
        """Note values of cells that the program sets at the present grid point."""
        self._writer.change(change)

    @cached_property
    def _groups(self) -> list[tuple[DelayGroup, ...]]:
        """The synapses of each projection by their axonal delays."""
        return [delay_groups(projection) for projection in self.network.projections]

    def read_after(self, index: int) -> NDArray[Any]:
        """A group of synapses is read at once; GeNN's queue holds what some of them deliver later."""
        return read_after(self._groups[index], self.network.projections[index].size)

    def kept(self, index: int) -> Mapping[str, NDArray[np.float64]]:
        """What the program kept for the synapses of a projection, at the end of the trial."""
        return data.synapses(self._folder, self.network, self._design, index) if self._finished else {}

    def set_synapses(self, new: NewValues) -> None:
        """Note values of synapses that the program sets at the present grid point."""
        self._writer.set_synapses(new)

    def advance(self, until: int, progress: Progress) -> None:
        """Extend the schedule; at the end of the trial the program carries all of it out."""
        if self._finished:
            return
        self._writer.settle(self.step)
        self.step = until
        if until == self.trial.steps:
            self._finished = True
            self._writer.finish(self._folder / "input")
            del self._writer
            self._carry_out(progress)

    def _carry_out(self, progress: Progress) -> None:
        """Run the program; what it says besides its progress goes to the log."""
        command = [str(self._program.binary), "input", "."]
        with subprocess.Popen(
            command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        ) as process:
            for line in process.stdout or ():
                word, _, value = line.partition(" ")
                if word == "@step":
                    progress(int(value))
                elif word == "@kilobytes":
                    self.program_mb = int(value) / 1024
                else:
                    print(line, end="", flush=True)
        if process.returncode:
            raise SimulatorFailed(f"GeNN's program ended with exit status {process.returncode}.")
        progress(self.trial.steps)

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """The states at the end of the trial, as the program left them."""
        return data.final(self._folder, self._design, self._program.variables, population, names)

    def read(self) -> TrialRecording:
        """Spikes of the cells and samples of the whole trial, once it is over."""
        found = {cells.index: data.spikes(self._folder, part) for part, cells in enumerate(self._design.cells)}
        signals = data.signals(self._folder, self.network, self._design)
        return TrialRecording(self.step, found, signals)

    def close(self) -> None:
        """Remove the files of the trial."""
        shutil.rmtree(self._folder, ignore_errors=True)
