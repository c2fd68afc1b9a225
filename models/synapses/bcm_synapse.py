"""Plasticity with a sliding threshold between depression and potentiation."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: ``c`` follows the activity of the target, ``theta`` the mean of its square: a target that was more active than usual
#: makes the synapses stronger that were active, else weaker. ``q`` is the square of ``c``: so the equations are linear.
BCM_SYNAPSE = SynapseModel(
    "BCMSynapse",
    {
        "tau_x": Parameter(20.0, "ms", "time constant of the source's activity", positive=True),
        "tau_c": Parameter(100.0, "ms", "time constant of the target's activity", positive=True),
        "tau_theta": Parameter(2000.0, "ms", "time constant of the threshold", positive=True),
        "c_0": Parameter(1.0, "1", "activity that is aimed at", positive=True),
        "eta": Parameter(1e-4, "receptor", "learning rate"),
    }
    | BOUNDS,
    STATE_OF_WEIGHT,
    initial={"theta": 1.0},
    pre="dx/dt = -x/tau_x : 1; x += 1",
    post="""
        dc/dt = -c/tau_c : 1
        dq/dt = -2*q/tau_c : 1
        dtheta/dt = (q/c_0 - theta)/tau_theta : 1
        q += 2*c + 1
        c += 1
    """,
    on_post="weight = min(max(weight + eta*x*c*(c - theta), w_min), w_max)",
    source="Bienenstock, Cooper & Munro (1982), J Neurosci 2:32, eqs. 2-6, with activities that follow spikes",
)
