"""Costs that were measured: those of docs/benchmarks.md, so that advice quotes figures and no guesses."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """One simulator on one network, one simulated second.

    Attributes
    ----------
    simulator : str
    cells, synapses : int
    loop, total : float
        Seconds of the simulation loop, and of preparation to collection, with compiled code in the cache.
    memory : int
        Peak, MB.
    cold : float
        Seconds of compilation the first time.
    threads : int
    """

    simulator: str
    cells: int
    synapses: int
    loop: float
    total: float
    memory: int
    cold: float
    threads: int = 1


#: ``vogels_abbott`` with ``IF_curr_exp`` cells at dt 0.1 ms, two cores (``benchmarks.genn``).
COSTS = (
    Cost("nest", 4_000, 318_916, 0.29, 0.75, 305, 0.00, threads=2),
    Cost("genn", 4_000, 318_916, 0.19, 0.29, 66, 49.08),
    Cost("pygenn", 4_000, 318_916, 0.19, 0.65, 90, 1.78),
    Cost("nest", 10_000, 10_000_000, 1.32, 4.98, 914, 0.01, threads=2),
    Cost("genn", 10_000, 10_000_000, 0.72, 1.60, 318, 3.22),
    Cost("pygenn", 10_000, 10_000_000, 0.64, 1.97, 322, 1.32),
    Cost("nest", 20_000, 40_000_000, 5.87, 21.08, 2_458, 0.02, threads=2),
    Cost("genn", 20_000, 40_000_000, 1.12, 4.81, 1_078, 49.86),
    Cost("pygenn", 20_000, 40_000_000, 0.81, 5.25, 1_026, 5.74),
)


def nearest(simulator: str, synapses: int) -> Cost | None:
    """The measurement whose number of synapses is nearest, by ratio; None where there is none."""
    mine = [cost for cost in COSTS if cost.simulator == simulator]
    return min(mine, key=lambda cost: abs(math.log(max(synapses, 1) / cost.synapses)), default=None)
