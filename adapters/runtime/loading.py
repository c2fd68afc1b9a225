"""Where a network comes from: a library model, a PyNN script or a network file."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.capturing import CAPTURING, captured
from unisono.adapters.runtime.capturing import Loaded as Loaded
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.script_process import captured_apart
from unisono.models.errors import CaptureWarning, CoarseTimeStep, UnknownName
from unisono.models.network import Network
from unisono.models.registry import choose

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Watch

T = TypeVar("T")

DEFAULT_SIMULATORS = ("nest", "brian2", "neuron")


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
        The simulator that supplies a script with the data it asks for.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    """

    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    on: str = DEFAULT_SIMULATORS[0]
    number: int | None = None

    @property
    def label(self) -> str:
        """A short name."""
        return Path(self.model).stem + ("" if self.number is None else f"-{self.number}")

    def network(self, settings: Settings | None = None, executor: Executor | None = None, **varied: Any) -> Network:
        """The network, with some options of a library model, or placeholders of a script, varied.

        Raises
        ------
        UnknownName
            If what is varied has no place in the model, or if a script runs several networks and none is chosen.
        ScriptError, CaptureError, DamagedFile, NetworkError
            If it cannot be read.
        """
        return _warned(only(self.networks(settings, executor, **varied), self.model)).network

    def networks(
        self,
        settings: Settings | None = None,
        executor: Executor | None = None,
        watch: Watch | None = None,
        **varied: Any,
    ) -> tuple[Loaded, ...]:
        """Every network of a script that runs several, or the chosen one; else the one there is.

        A script is captured in a process of its own, which it may end, crash or hold up.

        Raises
        ------
        UnknownName
            If what is varied has no place in the model, or if a script has no network of the chosen number.
        ScriptError, CaptureError, DamagedFile, NetworkError
            If it cannot be read.
        """
        from unisono.models.library import LIBRARY

        options, args = dict(self.options), self.args
        if self.model in LIBRARY:
            options |= varied
        elif varied:
            self.check_varied(varied)
            args = filled(self.args, varied)
        found = _load(self.model, self.on, args, settings, executor, watch, options, apart=True)
        return found if self.number is None else (_chosen(found, self.number, self.model),)

    def check_varied(self, names: Iterable[str]) -> None:
        """Check that the arguments of a script have a place for what is varied.

        Raises
        ------
        UnknownName
            If one has none.
        """
        for name in names:
            if not any(f"{{{name}}}" in argument for argument in self.args):
                raise UnknownName(
                    f"'{self.model}' cannot be given another {name}.",
                    f"Write {{{name}}} where its arguments have the {name}, as in: -- --{name} {{{name}}}.",
                )


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
    executor: Executor | None = None,
    number: int | None = None,
    **options: Any,
) -> Network:
    """A network from a library model, a PyNN script or a network file; a script runs in this process.

    Parameters
    ----------
    model : str or Path
        Name of a library model, or path of a ``.py`` script or ``.h5`` network file.
    on : str
        The simulator that supplies a script with the data it asks for.
    args : sequence of str
        Arguments of the script.
    settings, executor : optional
        How the script's data are simulated.
    number : int, optional
        Which network of a script that runs several, from 1 on.
    **options
        Options of a library model.

    Raises
    ------
    UnknownName
        If there is no such model, or if a script runs several networks and none is chosen.
    ScriptError, CaptureError, DamagedFile, NetworkError
        If it cannot be read.
    """
    found = _load(str(model), on, args, settings, executor, None, options, apart=False)
    return _warned(only(found, str(model)) if number is None else _chosen(found, number, str(model))).network


def _warned(loaded: Loaded) -> Loaded:
    """Pass on what its script was warned of."""
    for text in loaded.warnings:
        warnings.warn(text, CaptureWarning, stacklevel=3)
    return loaded


def only(found: Sequence[T], model: str) -> T:
    """The one network, or folder of results, of a model.

    Raises
    ------
    UnknownName
        If there are several.
    """
    if len(found) > 1:
        raise UnknownName(
            f"'{model}' runs {len(found)} networks.",
            f"Choose one, from 1 to {len(found)}: --network 1, network = 1 in unisono.toml, or number=1 in Python. "
            "'unisono run' and 'unisono compare' process all.",
        )
    return found[0]


def _chosen(found: Sequence[Loaded], number: int, model: str) -> Loaded:
    if not 1 <= number <= len(found):
        raise UnknownName(f"'{model}' has no network {number}.", f"It runs {len(found)}, counted from 1.")
    return found[number - 1]


def _load(
    model: str,
    on: str,
    args: Sequence[str],
    settings: Settings | None,
    executor: Executor | None,
    watch: Watch | None,
    options: Mapping[str, Any],
    apart: bool,
) -> tuple[Loaded, ...]:
    from unisono.models.library import LIBRARY, build_network

    if model in LIBRARY:
        with CAPTURING:
            return (Loaded(build_network(model, **options)),)
    path = file_of(model)
    if options:
        raise UnknownName(f"'{path}' has no options; '{min(options)}' was given.", "Only library models have options.")
    if path.suffix == ".h5":
        return (Loaded(Network.load(path)),)
    capture = captured_apart if apart else captured
    return capture(path, on, args, settings or Settings(), executor or Executor(), watch)


def file_of(model: str) -> Path:
    """The script or network file of a model that is not in the library.

    Raises
    ------
    UnknownName
        If no such file exists.
    """
    from unisono.models.library import LIBRARY

    path = Path(model)
    if path.suffix not in (".py", ".h5") or not path.is_file():
        lead = "Give a PyNN script (.py), a network file (.h5) or one of"
        raise UnknownName(f"Unknown model '{model}'.", choose(model, sorted(LIBRARY), lead))
    return path


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
