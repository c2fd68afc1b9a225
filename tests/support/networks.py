"""Small networks that several tests share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from unisono.adapters.codegen.affine import linear_states
from unisono.adapters.contract.recording import Recording
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
WEIGHT = {
    "IF_curr_exp": 5.0,
    "IF_curr_alpha": 5.0,
    "IF_curr_delta": 6.0,
    "IF_cond_exp": 0.004,
    "IF_cond_alpha": 0.002,
    "IF_cond_exp_gsfa_grr": 0.008,
    "IF_cond_exp_ip": 0.004,
    "IF_facets_hardware1": 0.001,
    "EIF_cond_exp_isfa_ista": 0.0015,
    "EIF_cond_alpha_isfa_ista": 0.001,
    "EIF": 0.002,
    "Izhikevich": 4.0,
    "HH_cond_exp": 0.004,
    "HH": 0.003,
    "GIF_cond_exp": 0.005,
}


#: mV. What matched numerics may differ from the reference by at dt 0.1 ms. Exact propagators leave rounding. RK4 is
#: right to 1e-6 mV but for the upstroke of a spike: there the slope grows several fold within a step, and the error
#: with it, by so much as was measured; it falls with the fourth power of the step, as
#: tests/validation/convergence/test_convergence.py shows, and moves no spike. In time it is little: at 29 mV an
#: Izhikevich cell rises by 300 mV/ms, so 1 mV is 0.003 ms. Its error is handed from spike to spike: under the Poisson
#: input of `single_cell` it is 2e-4 mV just before the first spike and up to 2.19 mV in upstrokes of 200 ms.
TRUNCATION = {cell: 1e-9 if linear_states(model) == model.states else 1e-6 for cell, model in CELLS.items()} | {
    "EIF_cond_exp_isfa_ista": 0.05,
    "EIF_cond_alpha_isfa_ista": 0.05,
    "EIF": 0.1,
    "Izhikevich": 2.5,
    "HH_cond_exp": 0.05,
    "HH": 0.001,
}


@dataclass(frozen=True)
class Drive:
    """What makes a cell of :func:`recurrent` fire a few times in 50 ms.

    Attributes
    ----------
    current : float
        Constant current, nA.
    parameters : dict
        In place of the defaults.
    low, high : float
        Initial potentials, mV.
    """

    current: float = 0.8
    parameters: dict[str, float] = field(default_factory=dict)
    low: float = -65.0
    high: float = -51.0


_CURRENT = Drive(current=0.0)

#: Adaptation of the default size silences these cells within the 50 ms.
_LITTLE_ADAPTATION = {"IF_cond_exp_gsfa_grr": {"q_rr": 100.0}, "GIF_cond_exp": {"lambda0": 50.0}}
_LITTLE_ADAPTATION["GIF_cond_exp"] |= {f"a_{kernel}_{k}": 0.1 for kernel in ("eta", "gamma") for k in (1, 2, 3)}

DRIVE = dict.fromkeys(CELLS, Drive()) | {
    "IF_curr_exp": _CURRENT,
    "IF_curr_alpha": _CURRENT,
    "IF_curr_delta": _CURRENT,
    "IF_cond_exp_gsfa_grr": Drive(parameters=_LITTLE_ADAPTATION["IF_cond_exp_gsfa_grr"]),
    "IF_facets_hardware1": Drive(0.4, low=-70.0, high=-56.0),
    "EIF_cond_exp_isfa_ista": Drive(0.6),
    "EIF_cond_alpha_isfa_ista": Drive(0.6),
    "EIF": Drive(0.5, high=-60.0),
    "Izhikevich": Drive(0.01),
    "HH": Drive(3.0, high=-60.0),
    "GIF_cond_exp": Drive(1.5, _LITTLE_ADAPTATION["GIF_cond_exp"]),
}


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
    definition: str = "",
) -> Network:
    """One source that spikes at ``spikes`` (steps) onto every cell of a population (index 1)."""
    weight = WEIGHT[cell] if weight is None else weight
    if not definition and receptor == "inhibitory" and CELLS[cell].receptors[receptor].sign < 0:
        weight = -np.abs(weight)
    times = np.array(spikes, np.int64)
    return Network(
        dt,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cells", cell, size, parameters or {}, initial or {}, definition=definition),
        ),
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
    weight, drive, model = WEIGHT[cell], DRIVE[cell], CELLS[cell]
    sign = model.receptors["inhibitory"].sign
    parameters: dict[str, Any] = {"tau_refrac": np.array([0.0, 0.1, 0.3, 2.0, 5.0])}
    if "tau_m" in model.parameters:
        parameters["tau_m"] = model.parameters["tau_m"].default * np.array([0.5, 0.75, 1.0, 1.25, 1.5])
    parameters |= {"tau_syn_E": 3.0, "tau_syn_I": 4.0, **drive.parameters}
    parameters = {name: np.asarray(value) for name, value in parameters.items() if name in model.parameters}
    initial = {"v": rng.uniform(drive.low, drive.high, 5)} | {name: np.arange(1.0, 6.0) * 1e6 for name in model.random}
    return Network(
        DT,
        (
            Population("source", "SpikeSourceArray", 4),
            Population("cells", cell, 5, parameters, initial),
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
        currents=(
            CurrentInput(1, np.arange(5), np.array([0]), np.array([drive.current])),
            CurrentInput(
                1,
                np.array([1, 2]),
                np.array([0, steps // 3, steps // 2]),
                np.array([1.0, 0.0, 0.8]) * (drive.current or 1.0),
            ),
        ),
        recordings=(RecordingRequest(1, "v", np.arange(5)),),
        trials=(Trial((Epoch(steps),)),),
        label=f"recurrent {cell}",
    )


def side_by_side(parts: Sequence[Network], label: str = "side by side") -> Network:
    """Networks of one trial, with the same epochs, as one: a simulator starts and compiles once for all of them."""
    populations = _begins([len(part.populations) for part in parts])
    projections = _begins([len(part.projections) for part in parts])

    def moved(field_name: str, *names: str) -> tuple[Any, ...]:
        return tuple(
            replace(element, **{name: getattr(element, name) + begin for name in names})
            for part, begin in zip(parts, populations, strict=True)
            for element in getattr(part, field_name)
        )

    epochs = []
    for together in zip(*(part.trials[0].epochs for part in parts), strict=True):
        (steps,) = {epoch.steps for epoch in together}
        changes = tuple(
            replace(change, index=change.index + (synapses if change.kind == "synapse" else cells))
            for epoch, cells, synapses in zip(together, populations, projections, strict=True)
            for change in epoch.changes
        )
        epochs.append(Epoch(steps, changes))
    (dt,) = {part.dt for part in parts}
    return Network(
        dt,
        tuple(population for part in parts for population in part.populations),
        moved("projections", "pre_population", "post_population"),
        spikes=moved("spikes", "population"),
        currents=moved("currents", "population"),
        recordings=moved("recordings", "population"),
        trials=(Trial(tuple(epochs)),),
        label=label,
    )


def separated(recording: Recording, parts: Sequence[Network]) -> list[Recording]:
    """The recording of each of the networks that were side by side."""
    (trial,) = recording.trials
    found = []
    for part, begin in zip(parts, _begins([len(part.populations) for part in parts]), strict=True):
        here = range(begin, begin + len(part.populations))
        one = replace(
            trial,
            spikes={index - begin: spikes for index, spikes in trial.spikes.items() if index in here},
            signals=tuple(replace(s, population=s.population - begin) for s in trial.signals if s.population in here),
        )
        labels, sizes = (tuple(values[index] for index in here) for values in (recording.labels, recording.sizes))
        found.append(Recording(recording.dt, labels, sizes, (one,)))
    return found


def _begins(sizes: Sequence[int]) -> list[int]:
    return np.cumsum([0, *sizes])[:-1].tolist()


def alone(
    cell: str,
    steps: int,
    *,
    size: int = 1,
    parameters: dict[str, Any] | None = None,
    initial: dict[str, Any] | None = None,
    current: float = 0.0,
    variables: tuple[str, ...] = ("v",),
    dt: float = DT,
    definition: str = "",
) -> Network:
    """Cells without synapses, under a constant current (nA)."""
    return Network(
        dt,
        (Population("cells", cell, size, parameters or {}, initial or {}, definition=definition),),
        (),
        currents=(CurrentInput(0, np.arange(size), np.array([0]), np.array([current])),),
        recordings=tuple(RecordingRequest(0, v, np.arange(size)) for v in variables),
        trials=(Trial((Epoch(steps),)),),
        label=f"alone {cell}",
    )
