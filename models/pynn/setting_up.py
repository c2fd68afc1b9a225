"""The arguments of ``setup()``: the seeds of PyNN's backends, and what only one simulator knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from unisono.models.errors import NetworkError

#: Seed of everything that the script leaves to the simulator's own generators.
DEFAULT_SEED = 42

#: What PyNN's backends call the seed of a simulator's generators: NEST (the last four of them in older versions),
#: NEURON, other backends. The first that is given counts.
SEEDS = ("rng_seed", "seed", "grng_seed", "rng_seeds", "rng_seeds_seed", "native_rng_baseseed")

#: Arguments that a network does not depend on.
HARMLESS = frozenset(
    ("max_delay", "num_processes", "rank", "quit_on_end", "verbosity", "debug", "logfile", "recording_precision")
)

#: Arguments that say how exact a simulator is, with the value at which they ask for nothing else than Unisono does.
DEFAULTS = {"spike_precision": "on_grid", "use_cvode": False}

_BECAUSE = {
    "spike_precision": "spikes lie on the grid of the time step",
    "use_cvode": "the time step is fixed",
    "threads": "'--threads' sets the threads of all simulators",
}


def seed_of(parameters: Mapping[str, Any]) -> int:
    """The seed that ``setup()`` was given.

    Parameters
    ----------
    parameters : mapping
        Its further arguments. A list of seeds, as ``rng_seeds`` takes them for several processes, counts as a whole.

    Raises
    ------
    NetworkError
        If a seed is not an integer from 0 to 2**32 - 1.
    """
    for name in SEEDS:
        given = parameters.get(name)
        if given is None:
            continue
        several = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)
        seeds = [_seed(name, one) for one in given] if several else [_seed(name, given)]
        if not seeds:
            raise NetworkError(f"setup(): {name} is empty.", "Give at least one seed.")
        return seeds[0] if len(seeds) == 1 else int(np.random.RandomState(seeds).randint(2**32, dtype=np.uint32))
    return DEFAULT_SEED


def _seed(name: str, value: Any) -> int:
    try:
        seed = int(value)
    except (TypeError, ValueError):
        seed = -1
    if not 0 <= seed < 2**32 or seed != value:
        raise NetworkError(f"setup(): {name} is {value!r}.", f"A seed is an integer from 0 to {2**32 - 1}.")
    return seed


def without_effect(parameters: Mapping[str, Any]) -> str:
    """A sentence about the arguments that Unisono does not follow; empty where there are none."""
    ignored = [
        name
        for name, value in parameters.items()
        if name not in HARMLESS and name not in SEEDS and not (name in DEFAULTS and value == DEFAULTS[name])
    ]
    if not ignored:
        return ""
    because = [_BECAUSE[name] for name in ignored if name in _BECAUSE]
    given = ", ".join(f"{name}={parameters[name]!r}" for name in ignored)
    return f"setup(): {given} has no effect{': ' + '; '.join(because) if because else ''}."
