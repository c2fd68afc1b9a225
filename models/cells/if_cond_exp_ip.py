"""Leaky integrate-and-fire cell that adjusts its excitability until it fires at a target rate."""

from unisono.models.cells.common import LEAKY, REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: As IF_cond_exp, with a slow current i_ip more. ``rate`` follows the spikes of the cell: each adds 1/tau_rate. While it is
#: below rho, i_ip grows; while it is above, i_ip falls: integral control, which comes to rest at rho and nowhere else.
#: With a slope g of the rate over the current (Hz/nA) the control is not oscillatory for eta*g*tau_rate < 0.25; it then
#: takes about 1/(eta*g) ms.
#: Source: Desai, Rutherford & Turrigiano (1999), Nat Neurosci 2:515: cells deprived of activity for two days become more
#: excitable, by more sodium and less sustained potassium current. The control of a rate by one current is the simplest
#: reading of it, and its time constants here are far shorter.
IF_COND_EXP_IP = CellModel(
    name="IF_cond_exp_ip",
    equations="""
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        dv/dt = (v_rest - v)/tau_m + (i_syn + i_ip + i_offset + i_inj)/cm : mV (unless refractory)
        di_ip/dt = eta*(rho - rate) : nA
        drate/dt = -rate/tau_rate : Hz
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
    """,
    reset="v = v_reset; rate += 1000*Hz/kHz/tau_rate",
    parameters=LEAKY
    | synaptic(5.0, 5.0)
    | REVERSAL
    | {
        "rho": Parameter(10.0, "Hz", "rate that the cell aims at"),
        "tau_rate": Parameter(1000.0, "ms", "time constant of the cell's measure of its own rate", positive=True),
        "eta": Parameter(2e-6, "nA/ms/Hz", "change of the intrinsic current per ms for each Hz below the target"),
    },
    initial={"v": -65.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "i_ip", "rate", "gsyn_exc", "gsyn_inh"),
    conductance_based=True,
    source="Desai, Rutherford & Turrigiano (1999), Nat Neurosci 2:515, as control of a rate by one current",
)
