"""A trial on GeNN: a compiled program that is given the network and leaves its results in files."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from unisono.adapters.contract import Progress, Settings, Simulation
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.genn import data
from unisono.adapters.genn.compiler import Program, compiled
from unisono.adapters.genn.design import Design, design
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Network


class GennSimulation(Simulation):
    """One trial.

    Parameters
    ----------
    network, settings, cache
        As for every session.
    cuda : bool
        Whether it runs on a GPU.
    """

    _design: Design
    _program: Program
    _folder: Path

    def __init__(self, network: Network, settings: Settings, cache: Path, cuda: bool) -> None:
        super().__init__(network, settings, cache)
        self._cuda = cuda

    def prepare(self) -> None:
        """Generate and compile the program, unless it is in the cache."""
        self._design = design(self.network, self.settings, self._cuda)
        self._program = compiled(self._design, self.cache, Path(os.environ["GENN_PATH"]))

    def build(self) -> None:
        """Write what the program is filled with."""
        self._folder = Path(tempfile.mkdtemp(prefix="genn-", dir=Path.cwd()))
        writer = data.Writer(self._design, self.network, self.settings, self._program.variables)
        writer.write(self._folder / "input")

    def run(self, progress: Progress) -> None:
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
            raise SimulatorFailed(f"GeNN's program ended with exit status {process.returncode}.", "See the log.")
        progress(self.trial.steps)

    def collect(self) -> TrialRecording:
        """Spikes of all populations and the sampled signals."""
        found = {cells.index: data.spikes(self._folder, part) for part, cells in enumerate(self._design.cells)}
        signals = data.signals(self._folder, self.network, self._design)
        return TrialRecording(self.trial.steps, dict(sorted({**source_spikes(self.network), **found}.items())), signals)

    def close(self) -> None:
        """Remove the files of the trial."""
        shutil.rmtree(self._folder, ignore_errors=True)
