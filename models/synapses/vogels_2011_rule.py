"""Plasticity of inhibitory synapses that balances excitation."""

from unisono.models.dynamics.model import Parameter
from unisono.models.synapses.common import BOUNDS, STATE_OF_WEIGHT
from unisono.models.synapses.model import SynapseModel

#: Near-coincident spikes make the synapse stronger, in any order; each spike of the source makes it weaker, so that the
#: target comes to fire at the rate ``rho``.
VOGELS_2011 = SynapseModel(
    "Vogels2011",
    {
        "tau": Parameter(20.0, "ms", "time constant of the traces", positive=True),
        "eta": Parameter(1e-10, "receptor", "learning rate"),
        "rho": Parameter(3.0, "Hz", "rate of the target that is aimed at"),
    }
    | BOUNDS,
    STATE_OF_WEIGHT,
    pre="dx/dt = -x/tau : 1; x += 1",
    post="dy/dt = -y/tau : 1; y += 1",
    on_pre="weight = min(max(weight + eta*(y - 2*(rho/Hz)*(tau/ms)/1000), w_min), w_max)",
    on_post="weight = min(max(weight + eta*x, w_min), w_max)",
    source="PyNN 0.13, Vogels2011Rule; Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011), Science 334:1569",
)
