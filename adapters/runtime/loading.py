"""Where a network comes from: a library model, a PyNN script or a network file."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime import executor as execution
from unisono.adapters.runtime.executor import Plan
from unisono.models.errors import CoarseTimeStep, SimulatorFailed, UnknownName
from unisono.models.network import Network

DEFAULT_SIMULATORS = ("nest", "brian2", "neuron")

#: Capturing a script or a library model replaces modules: one at a time in a process.
_capturing = threading.RLock()


@dataclass(frozen=True)
class ModelSource:
    """A model by name, so that it can be loaded again: in another process, with another seed.

    Attributes
    ----------
    model : str
        Name of a library model, or path of a ``.py`` script or ``.h5`` network file.
    options : mapping
        Options of a library model.
    args : tuple of str
        Arguments of a script; ``{seed}`` and ``{dt}`` in them are replaced.
    on : str
        The simulator that gives a script the data it asks for.
    """

    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    on: str = DEFAULT_SIMULATORS[0]

    @property
    def label(self) -> str:
        """A short name."""
        return Path(self.model).stem

    def network(self, settings: Settings | None = None, plan: Plan | None = None, **varied: Any) -> Network:
        """The network, with some options of a library model, or placeholders of a script, varied.

        Raises
        ------
        UnknownName
            If what is varied has no place in the model.
        ScriptError, CaptureError, DamagedFile, NetworkError
            If it cannot be read.
        """
        from unisono.models.library import LIBRARY

        if not varied or self.model in LIBRARY:
            options = {**self.options, **varied}
            return load(self.model, on=self.on, args=self.args, settings=settings, plan=plan, **options)
        for name in varied:
            if not any(f"{{{name}}}" in argument for argument in self.args):
                raise UnknownName(
                    f"'{self.model}' cannot be given another {name}.",
                    f"Write {{{name}}} where its arguments have the {name}, as in: -- --{name} {{{name}}}.",
                )
        return load(self.model, on=self.on, args=filled(self.args, varied), settings=settings, plan=plan)


def filled(args: Sequence[str], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Arguments with ``{name}`` replaced by values; anything else in braces stays."""
    found = []
    for argument in args:
        for name, value in values.items():
            argument = argument.replace(f"{{{name}}}", str(value))
        found.append(argument)
    return tuple(found)


def load(
    model: str | Path,
    *,
    on: str = DEFAULT_SIMULATORS[0],
    args: Sequence[str] = (),
    settings: Settings | None = None,
    plan: Plan | None = None,
    **options: Any,
) -> Network:
    """A network from a library model, a PyNN script or a network file.

    Parameters
    ----------
    model : str or Path
        Name of a library model, or path of a ``.py`` script or ``.h5`` network file.
    on : str
        The simulator that gives a script the data it asks for.
    args : sequence of str
        Arguments of the script.
    settings, plan : optional
        How the script's data are simulated.
    **options
        Options of a library model.

    Raises
    ------
    UnknownName
        If there is no such model.
    ScriptError, CaptureError, DamagedFile, NetworkError
        If it cannot be read.
    """
    from unisono.models.library import LIBRARY, build_network

    path = Path(model)
    if str(model) in LIBRARY:
        with _capturing:
            return build_network(str(model), **options)
    if path.suffix not in (".py", ".h5") or not path.is_file():
        raise UnknownName(
            f"There is no model '{model}'.",
            f"Give a PyNN script, a network file (.h5) or one of: {', '.join(sorted(LIBRARY))}.",
        )
    if options:
        raise UnknownName(f"'{path}' has no options; '{min(options)}' was given.", "Only library models have options.")
    if path.suffix == ".h5":
        return Network.load(path)
    from unisono.models.pynn.script import capture_script

    with _capturing:
        return capture_script(path, FirstSimulator(on, settings, plan), args)


class FirstSimulator:
    """What a captured script's requests for data are answered with: a run on one simulator."""

    def __init__(self, name: str, settings: Settings | None = None, plan: Plan | None = None) -> None:
        self.name, self.settings = name, settings
        # The script decides when it needs data; a repeated run of the same network is never wanted.
        self.plan = replace(plan or Plan(), fresh=False)

    def __call__(self, network: Network) -> Recording:
        """Run the network, or take the run from the cache."""
        run = next(iter(execution.run(network, [self.name], self.settings, self.plan).values()))
        if run.recording is None:
            raise run.error or SimulatorFailed(f"{self.name} gave no result.")
        return run.recording


def coarse_steps(network: Network) -> tuple[CoarseTimeStep, ...]:
    """A warning for each cell model whose largest time step is shorter than that of the network."""
    models = {p.model.digest: p.model for p in network.populations if not p.is_source}
    return tuple(
        CoarseTimeStep(
            f"The time step of {network.dt:g} ms is above the largest for {model.name}, {model.time_step[1]:g} ms; "
            f"recommended is {model.time_step[0]:g} ms."
        )
        for model in models.values()
        if network.dt > model.time_step[1] * (1 + 1e-9)
    )
