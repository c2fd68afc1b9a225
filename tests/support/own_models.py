"""Cell models that are in no library, for tests of what every simulator does with a network's own."""

from __future__ import annotations

import numpy as np

from unisono.models.cells.model import CellModel, Parameter, Receptor
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

#: Integrates its current and never resets: what counts is when the condition becomes true.
INTEGRATOR = CellModel(
    "integrator",
    {"cm": Parameter(1.0, "nF", positive=True), "level": Parameter(0.0, "mV")},
    "dv/dt = i_inj/cm : mV",
    {"any": Receptor("v")},
    threshold="v >= level",
    reset="",
    refractory="",
)

#: Two adaptation currents, a threshold that each spike lifts, four receptors of different kinds.
ADAPTING = CellModel(
    "adapting",
    {
        "cm": Parameter(0.2, "nF", positive=True),
        "tau_m": Parameter(15.0, "ms", positive=True),
        "v_rest": Parameter(-65.0, "mV"),
        "v_reset": Parameter(-62.0, "mV"),
        "theta_0": Parameter(-52.0, "mV"),
        "lift": Parameter(3.0, "mV"),
        "tau_theta": Parameter(20.0, "ms", positive=True),
        "a": Parameter(2.0, "nS"),
        "tau_fast": Parameter(10.0, "ms", positive=True),
        "tau_slow": Parameter(150.0, "ms", positive=True),
        "b_fast": Parameter(0.02, "nA"),
        "b_slow": Parameter(0.005, "nA"),
        "rise": Parameter(1.0, "ms", positive=True),
        "decay": Parameter(6.0, "ms", positive=True),
        "held": Parameter(1.5, "ms"),
    },
    """
        open = 1/(1 + exp(-0.062/mV*v)/3.57) : 1
        i_syn = g_fast*(0*mV - v) + g_slow*open*(0*mV - v) + g_inh*(-75*mV - v) + i_exc : nA
        dv/dt = (v_rest - v)/tau_m + (i_syn - w_fast - w_slow + i_inj)/cm : mV (unless refractory)
        dw_fast/dt = (0.001*uS/nS*a*(v - v_rest) - w_fast)/tau_fast : nA
        dw_slow/dt = -w_slow/tau_slow : nA
        dtheta/dt = (theta_0 - theta)/tau_theta : mV
        dg_fast/dt = -g_fast/decay : uS
        dg_slow/dt = (x_slow - g_slow)/(8*ms) : uS
        dx_slow/dt = -x_slow/rise : uS
        dg_inh/dt = -g_inh/(5*ms) : uS
        di_exc/dt = -i_exc/rise : nA
    """,
    {
        "fast": Receptor("g_fast", sign=+1),
        "slow": Receptor("x_slow", sign=+1),
        "inhibition": Receptor("g_inh", sign=+1),
        "current": Receptor("i_exc"),
    },
    initial={"v": -65.0, "theta": -52.0},
    threshold="v >= theta",
    reset="v = v_reset; theta += lift; w_fast += b_fast; w_slow += b_slow",
    refractory="held",
    recordable=("v", "theta", "w_fast", "w_slow", "g_slow"),
)


def adapting(steps: int = 800) -> Network:
    """Four adapting cells under random input to all receptors, with mutual inhibition."""
    random = np.random.RandomState(21)
    cells = Population(
        "cells",
        ADAPTING.name,
        4,
        {"tau_m": np.array([10.0, 14.0, 18.0, 22.0])},
        {"v": random.uniform(-65, -55, 4)},
        definition=ADAPTING.to_text(),
    )
    weights = {"fast": 0.004, "slow": 0.006, "inhibition": 0.002, "current": -0.05}
    projections = [
        Projection(
            name, 0, 1, random.randint(0, 6, 9), random.randint(0, 4, 9), weight * random.rand(9),
            random.randint(1, 20, 9), name,
        )
        for name, weight in weights.items()
    ]  # fmt: skip
    near = np.arange(4)
    projections.append(Projection("mutual", 1, 1, near, near[::-1], np.array(0.004), np.array(12), "inhibition"))
    return Network(
        0.1,
        (Population("source", "SpikeSourceArray", 6), cells),
        tuple(projections),
        spikes=(SpikeInput(0, random.randint(0, 6, 500), random.randint(0, steps, 500)),),
        currents=(CurrentInput(1, near, np.array([0, steps // 2]), np.array([0.3, 0.15])),),
        recordings=tuple(RecordingRequest(1, name, near) for name in ADAPTING.recordable),
        trials=(Trial((Epoch(steps),)),),
        label="adapting",
    )


def integrating() -> Network:
    """Two integrators, one that begins above its level, under a current that goes up and down."""
    amplitude = np.array([-10.0, 10.0, -10.0, 10.0])
    return Network(
        0.1,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cells", INTEGRATOR.name, 2, {}, {"v": np.array([-1.5, 0.5])}, definition=INTEGRATOR.to_text()),
        ),
        currents=(CurrentInput(1, np.array([0, 1]), np.array([0, 5, 15, 25]), amplitude),),
        recordings=(RecordingRequest(1, "v", np.array([0, 1])),),
        trials=(Trial((Epoch(40),)),),
        label="integrating",
    )
