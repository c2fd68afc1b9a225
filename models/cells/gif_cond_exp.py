"""Generalised integrate-and-fire cell: spike-triggered current, moving threshold and escape noise."""

from unisono.models.cells.common import LEAKY, REVERSAL, synaptic
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.dynamics.generator import chance, following


def _kernel(name: str, unit: str, amplitude: str, decay: str) -> dict[str, Parameter]:
    """Amplitudes and time constants of a sum of three exponentials, with PyNN's defaults."""
    found = {f"a_{name}_{k}": Parameter(1.0, unit, f"{amplitude}, part {k}") for k in (1, 2, 3)}
    times = {1: 1.0, 2: 10.0, 3: 100.0}
    return found | {f"tau_{name}_{k}": Parameter(t, "ms", f"{decay}, part {k}", True) for k, t in times.items()}


#: cm dv/dt = cm/tau_m*(v_rest - v) - i_eta + i; the cell spikes with the intensity
#: lambda = lambda0 exp((v - v_t)/delta_v), which a spike moves by three exponentials, as it does i_eta.
#: PyNN's tau_eta, a_eta, tau_gamma and a_gamma are arrays of three: tau_eta_1, tau_eta_2, ... here. The sums
#: i_eta and v_t are states, since PyNN records them; each stands for its third exponential. So v_t begins with
#: the value v_t_star only if it is told to: the PyNN class does so.
#: Source: Mensi et al. (2012), J Neurophysiol 107:1756-1775; Pozzorini et al. (2015), PLoS Comput Biol
#: 11:e1004275; defaults of PyNN's GIF_cond_exp.
#:
#: Escape noise by time rescaling: the integral of lambda since the last spike is exponentially distributed with
#: mean 1 (Brown et al. 2002, Neural Comput 14:325-346). So a spike comes where `hazard`, that integral, reaches
#: -log(U); U is the next number of the generator whose states are `draw_1` and `draw_2`
#: (:mod:`unisono.models.dynamics.generator`), the same on all simulators. 0.001 kHz are a Hz, and a kHz is 1/ms.
GIF_COND_EXP = CellModel(
    name="GIF_cond_exp",
    equations="""
        i_syn = gsyn_exc*(e_rev_E - v) + gsyn_inh*(e_rev_I - v) : nA
        dv/dt = (v_rest - v)/tau_m + (i_syn - i_eta + i_offset + i_inj)/cm : mV (unless refractory)
        dhazard/dt = 0.001*kHz/Hz*lambda0*exp((v - v_t)/delta_v) : 1 (unless refractory)
        di_eta/dt = -eta_1/tau_eta_1 - eta_2/tau_eta_2 - (i_eta - eta_1 - eta_2)/tau_eta_3 : nA
        deta_1/dt = -eta_1/tau_eta_1 : nA
        deta_2/dt = -eta_2/tau_eta_2 : nA
        dv_t/dt = -gamma_1/tau_gamma_1 - gamma_2/tau_gamma_2 - (v_t - v_t_star - gamma_1 - gamma_2)/tau_gamma_3 : mV
        dgamma_1/dt = -gamma_1/tau_gamma_1 : mV
        dgamma_2/dt = -gamma_2/tau_gamma_2 : mV
        dgsyn_exc/dt = -gsyn_exc/tau_syn_E : uS
        dgsyn_inh/dt = -gsyn_inh/tau_syn_I : uS
        ddraw_1/dt = 0 : 1
        ddraw_2/dt = 0 : 1
    """,
    threshold=f"hazard >= -log({chance('draw_1', 'draw_2')})",
    reset=f"""
        v = v_reset
        hazard = 0
        draw_1 = {following("draw_1", 0)}
        draw_2 = {following("draw_2", 1)}
        eta_1 += a_eta_1
        eta_2 += a_eta_2
        i_eta += a_eta_1 + a_eta_2 + a_eta_3
        gamma_1 += a_gamma_1
        gamma_2 += a_gamma_2
        v_t += a_gamma_1 + a_gamma_2 + a_gamma_3
    """,
    parameters={name: p for name, p in LEAKY.items() if name != "v_thresh"}
    | {"tau_refrac": Parameter(4.0, "ms", "duration of the refractory period")}
    | synaptic(5.0, 5.0)
    | REVERSAL
    | {
        "delta_v": Parameter(0.5, "mV", "sharpness of the threshold", positive=True),
        "v_t_star": Parameter(-48.0, "mV", "threshold without spikes"),
        "lambda0": Parameter(1.0, "Hz", "intensity at the threshold"),
    }
    | _kernel("eta", "nA", "current that a spike adds", "decay of the spike-triggered current")
    | _kernel("gamma", "mV", "what a spike adds to the threshold", "decay of the threshold"),
    initial={"v": -65.0, "v_t": -48.0, "draw_1": 1073741823.0, "draw_2": 1.0},
    receptors={
        "excitatory": Receptor("gsyn_exc", sign=+1),
        "inhibitory": Receptor("gsyn_inh", sign=+1),
    },
    recordable=("v", "gsyn_exc", "gsyn_inh", "i_eta", "v_t", "hazard"),
    conductance_based=True,
    source="Mensi et al. (2012), J Neurophysiol 107:1756; Pozzorini et al. (2015); PyNN 0.13, GIF_cond_exp",
    random=("draw_1", "draw_2"),
)
