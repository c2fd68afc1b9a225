"""Adaptive exponential integrate-and-fire cell with alpha-function synaptic conductances."""

from unisono.models.cells.common import ADAPTIVE_EXPONENTIAL, REVERSAL_ADAPTIVE, synaptic
from unisono.models.cells.model import CellModel, Receptor

#: cm dv/dt = -cm/tau_m*(v - v_rest - delta_T*exp((v - v_thresh)/delta_T)) - w + i,
#: tau_w dw/dt = a*(v - v_rest) - w; where v reaches v_spike: v = v_reset, w += b.
#: The slopes take v for at most v_spike, as NEST's aeif models do: the exponential cannot run away within
#: a step, and the cell has spiked there anyway. 0.001 uS are a nS.
#: Source: Brette & Gerstner (2005), J Neurophysiol 94:3637-3642, eqs. 1-3; defaults of PyNN's
#: EIF_cond_alpha_isfa_ista.
EIF_COND_ALPHA_ISFA_ISTA = CellModel(
    name="EIF_cond_alpha_isfa_ista",
    equations="""
        v_in = min(v, v_spike) : mV
        i_syn = gsyn_exc*(e_rev_E - v_in) + gsyn_inh*(e_rev_I - v_in) : nA
        i_exp = cm*delta_T/tau_m*exp((v_in - v_thresh)/delta_T) : nA
        dv/dt = (v_rest - v_in)/tau_m + (i_exp - w + i_syn + i_offset + i_inj)/cm : mV (unless refractory)
        dw/dt = (0.001*uS/nS*a*(v_in - v_rest) - w)/tau_w : nA
        dgsyn_exc/dt = (exp(1)*x_exc - gsyn_exc)/tau_syn_E : uS
        dgsyn_inh/dt = (exp(1)*x_inh - gsyn_inh)/tau_syn_I : uS
        dx_exc/dt = -x_exc/tau_syn_E : uS
        dx_inh/dt = -x_inh/tau_syn_I : uS
    """,
    threshold="v >= v_spike",
    reset="v = v_reset; w += b",
    parameters=ADAPTIVE_EXPONENTIAL | synaptic(5.0, 5.0) | REVERSAL_ADAPTIVE,
    initial={"v": -70.6},
    receptors={
        "excitatory": Receptor("x_exc", sign=+1),
        "inhibitory": Receptor("x_inh", sign=+1),
    },
    recordable=("v", "w", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="Brette & Gerstner (2005), J Neurophysiol 94:3637; PyNN 0.13, EIF_cond_alpha_isfa_ista",
    time_step=(0.1, 0.1),
)
