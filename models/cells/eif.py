"""Exponential integrate-and-fire cell with exponentially decaying synaptic conductances, without adaptation."""

from unisono.models.cells.common import ADAPTIVE_EXPONENTIAL, REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: cm dv/dt = -cm/tau_m*(v - v_rest - delta_T*exp((v - v_thresh)/delta_T)) + i; the synapses are those of
#: IF_cond_exp. v_spike stands for infinity: from -40 mV the cell would reach it within 0.033 ms. The slopes take v
#: for at most v_spike.
#: Source: Fourcaud-Trocmé et al. (2003), J Neurosci 23:11628-11640, section "EIF model"; defaults from its fit of
#: the Wang-Buzsáki cell: tau_m 10 ms, v_rest -65, v_thresh -59.9, delta_T 3.48, v_reset -68 mV, tau_refrac 1.7 ms.
EIF = CellModel(
    name="EIF",
    equations="""
        v_in = min(v, v_spike) : mV
        i_syn = gsyn_exc*(e_rev_E - v_in) + gsyn_inh*(e_rev_I - v_in) : nA
        i_exp = cm*delta_T/tau_m*exp((v_in - v_thresh)/delta_T) : nA
        dv/dt = (v_rest - v_in)/tau_m + (i_exp + i_syn + i_offset + i_inj)/cm : mV (unless refractory)
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    threshold="v >= v_spike",
    parameters={
        "cm": Parameter(1.0, "nF", "membrane capacitance", positive=True),
        "tau_m": Parameter(10.0, "ms", "membrane time constant", positive=True),
        "tau_refrac": Parameter(1.7, "ms", "duration of the refractory period"),
        "v_rest": Parameter(-65.0, "mV", "resting membrane potential"),
        "v_reset": Parameter(-68.0, "mV", "potential after a spike"),
        "v_thresh": Parameter(-59.9, "mV", "potential at which a spike begins"),
        "v_spike": ADAPTIVE_EXPONENTIAL["v_spike"],
        "delta_T": Parameter(3.48, "mV", "slope factor", positive=True),
        "i_offset": Parameter(0.0, "nA", "constant current"),
        **synaptic(5.0, 5.0),
        **REVERSAL,
    },
    initial={"v": -65.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="Fourcaud-Trocmé et al. (2003), J Neurosci 23:11628",
    time_step=(0.1, 0.1),
)
