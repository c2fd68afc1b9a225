"""Set-up and control of a simulation, as PyNN's backends offer them."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.connectors import FixedProbabilityConnector
from pyNN.random import NativeRNG as CommonNativeRNG
from pyNN.random import NumpyRNG
from pyNN.recording import get_io

from unisono.models.errors import CaptureError, NetworkError
from unisono.models.pynn.capture import Capture
from unisono.models.pynn.populations import Population
from unisono.models.pynn.projections import Projection
from unisono.models.pynn.running import run
from unisono.models.pynn.setting_up import seed_of, without_effect
from unisono.models.pynn.simulator import simulator
from unisono.models.pynn.synapses import StaticSynapse


class NativeRNG(NumpyRNG, CommonNativeRNG):  # type: ignore[misc]
    """Stands for a simulator's own generator; here a RandomState, seeded from the network's seed."""

    def __init__(self, seed: int | None = None, parallel_safe: bool = True) -> None:
        super().__init__(simulator.state.native_seed() if seed is None else seed, parallel_safe)


def setup(timestep: float = 0.1, min_delay: float | str = "auto", **extra_params: Any) -> int:
    """Begin a new network.

    Parameters
    ----------
    timestep : float
        In ms.
    min_delay : float or 'auto'
        In ms.
    **extra_params
        ``max_delay``; the seed, by the name that any of PyNN's backends has for it (``rng_seed``, ``rng_seeds``,
        ``native_rng_baseseed`` and others). What only one simulator knows has no effect; a warning says so.

    Returns
    -------
    int
        The rank of this process, always 0.
    """
    if extra_params.get("num_processes", 1) != 1:
        raise CaptureError("A network is captured in one process, not with MPI.", "Leave `num_processes` out.")
    if not (isinstance(timestep, (int, float)) and 0 < timestep < float("inf")):
        raise NetworkError(f"The time step must be positive, not {timestep}.")
    common.setup(timestep, min_delay, **extra_params)
    seed = seed_of(extra_params)
    session = simulator.session
    session.warn(without_effect(extra_params))
    max_delay = extra_params.get("max_delay", "auto")
    session.start(Capture(timestep, min_delay, max_delay, seed, session.simulate, session.watch))
    return 0


def end(compatible_output: bool = True) -> None:
    """Write the files that were asked for by ``record(..., to_file=...)``."""
    state = simulator.state
    simulator.session.report()
    pending, state.write_on_end = state.write_on_end, []
    for population, variables, filename in pending:
        population.write_data(get_io(filename), variables)


run_for = run
reset = common.build_reset(simulator)
initialize = common.initialize
set = common.set
(
    get_current_time,
    get_time_step,
    get_min_delay,
    get_max_delay,
    num_processes,
    rank,
) = common.build_state_queries(simulator)

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
record = common.build_record(simulator)


def record_v(source: Any, filename: str) -> None:
    """Record membrane potentials to a file."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: str) -> None:
    """Record synaptic conductances to a file."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)
