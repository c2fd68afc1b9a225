"""Small networks that several tests share."""

from __future__ import annotations

from typing import Any

import numpy as np

from unisono.models.cells import CELLS
from unisono.models.network import (
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)

DT = 0.1

#: A weight that moves each cell by some mV, in the receptor's unit.
WEIGHT = {"IF_curr_exp": 5.0, "IF_curr_alpha": 5.0, "IF_curr_delta": 6.0, "IF_cond_exp": 0.004, "IF_cond_alpha": 0.002}


def driven(
    cell: str = "IF_curr_exp",
    steps: int = 20,
    *,
    size: int = 1,
    parameters: dict[str, Any] | None = None,
    initial: dict[str, Any] | None = None,
    spikes: tuple[int, ...] = (),
    counts: Any = 1,
    weight: Any = None,
    delay: Any = 1,
    receptor: str = "excitatory",
    currents: tuple[CurrentInput, ...] = (),
    changes: tuple[Epoch, ...] = (),
    variables: tuple[str, ...] = ("v",),
    interval: int = 1,
    dt: float = DT,
) -> Network:
    """One source that spikes at ``spikes`` (steps) onto every cell of a population (index 1)."""
    weight = WEIGHT[cell] if weight is None else weight
    if receptor == "inhibitory" and CELLS[cell].receptors[receptor].sign < 0:
        weight = -np.abs(weight)
    times = np.array(spikes, np.int64)
    return Network(
        dt,
        (Population("source", "SpikeSourceArray", 1), Population("cells", cell, size, parameters or {}, initial or {})),
        (
            Projection(
                "input",
                0,
                1,
                np.zeros(size, np.uint32),
                np.arange(size),
                np.asarray(weight, float),
                np.asarray(delay),
                receptor,
            ),
        ),
        spikes=(SpikeInput(0, np.zeros(times.size, np.uint32), times, np.asarray(counts)),),
        currents=currents,
        recordings=tuple(RecordingRequest(1, v, np.arange(size), interval) for v in variables),
        trials=(Trial(changes or (Epoch(steps),)),),
        label="driven",
    )


def recurrent(cell: str, steps: int = 500, seed: int = 3) -> Network:
    """Five different cells with random input, recurrent inhibition, autapses and multapses.

    Conductances are slow and small enough for an integrator of order four to be
    right to 1e-6 mV at this time step; a constant current brings the cells near threshold.
    """
    rng = np.random.RandomState(seed)
    weight = WEIGHT[cell]
    sign = CELLS[cell].receptors["inhibitory"].sign
    parameters = {"tau_refrac": np.array([0.0, 0.1, 0.3, 2.0, 5.0]), "tau_m": np.array([10.0, 15.0, 20.0, 25.0, 30.0])}
    if CELLS[cell].conductance_based:
        parameters["i_offset"] = np.float64(0.8)
    if "tau_syn_E" in CELLS[cell].parameters:
        parameters |= {"tau_syn_E": np.float64(3.0), "tau_syn_I": np.float64(4.0)}
    return Network(
        DT,
        (
            Population("source", "SpikeSourceArray", 4),
            Population("cells", cell, 5, parameters, {"v": rng.uniform(-65, -51, 5)}),
        ),
        (
            Projection(
                "in", 0, 1, rng.randint(0, 4, 30), rng.randint(0, 5, 30), rng.rand(30) * weight, rng.randint(1, 30, 30)
            ),
            Projection(
                "recurrent",
                1,
                1,
                rng.randint(0, 5, 12),
                rng.randint(0, 5, 12),
                np.float64(0.2 * sign * weight),
                rng.randint(1, 30, 12),
                "inhibitory",
            ),
        ),
        spikes=(SpikeInput(0, rng.randint(0, 4, steps // 2), rng.randint(0, steps, steps // 2)),),
        currents=(CurrentInput(1, np.array([1, 2]), np.array([0, steps // 3, steps // 2]), np.array([1.0, 0.0, 0.8])),),
        recordings=(RecordingRequest(1, "v", np.arange(5)),),
        trials=(Trial((Epoch(steps),)),),
        label=f"recurrent {cell}",
    )
