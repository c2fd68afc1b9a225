"""Plasticity that follows the potential of the target."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: A spike of the source depresses by how far a mean of the potential lies above ``theta_minus``; in between, the trace
#: of such spikes potentiates while the potential lies above ``theta_plus`` and another mean above ``theta_minus``. The
#: defaults are those of the visual cortex (table 1 of the source), without its homeostasis. Spikes of the target count
#: as a rectangle, which integrate-and-fire cells do not have.
CLOPATH_STDP = SynapseModel(
    "ClopathSTDP",
    {
        "tau_x": Parameter(15.0, "ms", "time constant of the trace of the source's spikes", positive=True),
        "tau_minus": Parameter(10.0, "ms", "time constant of the mean that depresses", positive=True),
        "tau_plus": Parameter(7.0, "ms", "time constant of the mean that potentiates", positive=True),
        "theta_minus": Parameter(-70.6, "mV", "means above it change the weight"),
        "theta_plus": Parameter(-45.3, "mV", "a potential above it potentiates"),
        "A_LTD": Parameter(14e-5, "1/mV", "depression by a spike of the source, as a part of w_max"),
        "A_LTP": Parameter(8e-5, "1/mV**2", "potentiation, as a part of w_max"),
        "v_peak": Parameter(33.0, "mV", "what the potential counts as in a spike"),
        "t_peak": Parameter(2.0, "ms", "how long; 0: the potential is taken as it is"),
    }
    | BOUNDS,
    STATE_OF_WEIGHT,
    pre="dx/dt = -x/tau_x : kHz; x += 1/tau_x",
    potential="""
        du_minus/dt = (v - u_minus)/tau_minus : mV
        du_plus/dt = (v - u_plus)/tau_plus : mV
    """,
    drive="above = max(v - theta_plus, 0*mV)*max(u_plus - theta_minus, 0*mV) : mV**2",
    on_drive="weight = min(weight + A_LTP*w_max*x*above, w_max)",
    on_pre="weight = max(weight - A_LTD*w_max*max(u_minus - theta_minus, 0*mV), w_min)",
    source="Clopath, Buesing, Vasilaki & Gerstner (2010), Nat Neurosci 13:344, without homeostasis",
)
