"""How cell and synapse models are called in NEST: names and unit factors, the only place where units convert.

NEST's units are pF, pA, nS, mV and ms. Source of names: the documentation of
NEST 3.10's models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class BuiltInModel:
    """A built-in NEST model.

    Attributes
    ----------
    name : str
    parameters : mapping of PyNN name to (NEST name, factor)
    states : mapping of PyNN name to (NEST name, factor)
        State variables that can be set.
    recordables : mapping of PyNN name to (NEST name, factor)
    receptors : mapping of receptor to factor on the weight
        The sign chooses NEST's receptor.
    leak_from_tau : bool
        Whether ``g_L`` is to be computed as cm / tau_m.
    rise_states : mapping of PyNN name to (NEST name, PyNN name of the time constant)
        Alpha functions: NEST's ``dg`` is ours times e, divided by the time constant.
    ordered : tuple of str
        Two parameters of PyNN of which NEST demands that the first be below the second; empty: none.
    fixed : mapping of NEST name to value
        Parameters of NEST that ours does not have.
    quiet : float, optional
        A potential at which the cell does not spike; a volt below ``V_th`` if not given.
    """

    name: str
    parameters: Mapping[str, tuple[str, float]]
    states: Mapping[str, tuple[str, float]]
    recordables: Mapping[str, tuple[str, float]]
    receptors: Mapping[str, float]
    leak_from_tau: bool = False
    rise_states: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ordered: tuple[str, ...] = ("v_reset", "v_thresh")
    fixed: Mapping[str, float] = field(default_factory=dict)
    quiet: float | None = None

    @property
    def settable(self) -> frozenset[str]:
        """State variables of PyNN's model that can be set."""
        return frozenset({*self.states, *self.rise_states})

    def translated(self, values: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """NEST's parameters from PyNN's, shape () or (cells,) each; ``tau_refrac`` is left to the adapter."""
        native = {name: values[ours] * factor for ours, (name, factor) in self.parameters.items()}
        native |= {name: np.float64(value) for name, value in self.fixed.items()}  # type: ignore[misc]
        if self.leak_from_tau:
            native["g_L"] = values["cm"] / values["tau_m"] * 1e3
        return native


_LEAKY = {
    "v_rest": ("E_L", 1.0),
    "cm": ("C_m", 1e3),
    "i_offset": ("I_e", 1e3),
    "v_reset": ("V_reset", 1.0),
    "v_thresh": ("V_th", 1.0),
}
_SYNAPTIC = {"tau_syn_E": ("tau_syn_ex", 1.0), "tau_syn_I": ("tau_syn_in", 1.0)}
_CURRENT = _LEAKY | {"tau_m": ("tau_m", 1.0)}
_CONDUCTANCE = _LEAKY | _SYNAPTIC | {"e_rev_E": ("E_ex", 1.0), "e_rev_I": ("E_in", 1.0)}
_RISE = {"x_exc": ("dg_ex", "tau_syn_E"), "x_inh": ("dg_in", "tau_syn_I")}
_V = {"v": ("V_m", 1.0)}
_ISYN = _V | {"isyn_exc": ("I_syn_ex", 1e3), "isyn_inh": ("I_syn_in", 1e3)}
_GSYN = _V | {"gsyn_exc": ("g_ex", 1e3), "gsyn_inh": ("g_in", 1e3)}
_PSC = {"excitatory": 1e3, "inhibitory": 1e3}
_COND = {"excitatory": 1e3, "inhibitory": -1e3}

#: These keep to the project's conventions, and are exact as the shared step is.
BUILT_IN: dict[str, BuiltInModel] = {
    "IF_curr_exp": BuiltInModel("iaf_psc_exp", _CURRENT | _SYNAPTIC, _V, _ISYN, _PSC),
    "IF_curr_alpha": BuiltInModel("iaf_psc_alpha", _CURRENT | _SYNAPTIC, _V, _ISYN, _PSC),
    "IF_curr_delta": BuiltInModel("iaf_psc_delta", _CURRENT, _V, _V, {"excitatory": 1.0, "inhibitory": 1.0}),
}

_AEIF = _CONDUCTANCE | {
    "v_spike": ("V_peak", 1.0),
    "a": ("a", 1.0),
    "b": ("b", 1e3),
    "delta_T": ("Delta_T", 1.0),
    "tau_w": ("tau_w", 1.0),
}
_AEIF_STATES = _GSYN | {"w": ("w", 1e3)}
_SFA_RR = _GSYN | {"g_s": ("g_sfa", 1.0), "g_r": ("g_rr", 1.0)}
_TRAUB = _SYNAPTIC | {
    "gbar_Na": ("g_Na", 1e3),
    "gbar_K": ("g_K", 1e3),
    "g_leak": ("g_L", 1e3),
    "cm": ("C_m", 1e3),
    "v_offset": ("V_T", 1.0),
    "e_rev_Na": ("E_Na", 1.0),
    "e_rev_K": ("E_K", 1.0),
    "e_rev_leak": ("E_L", 1.0),
    "e_rev_E": ("E_ex", 1.0),
    "e_rev_I": ("E_in", 1.0),
    "i_offset": ("I_e", 1e3),
}
_TRAUB_STATES = _V | {"m": ("Act_m", 1.0), "h": ("Inact_h", 1.0), "n": ("Act_n", 1.0)}

#: These do not, or have their own numerics; they stand for NEST's own way (``numerics="native"``).
NATIVE: dict[str, BuiltInModel] = {
    "IF_cond_exp": BuiltInModel("iaf_cond_exp", _CONDUCTANCE, _GSYN, _GSYN, _COND, leak_from_tau=True),
    "IF_cond_alpha": BuiltInModel(
        "iaf_cond_alpha",
        _CONDUCTANCE,
        _GSYN,
        _GSYN,
        _COND,
        leak_from_tau=True,
        rise_states=_RISE,
    ),
    "EIF_cond_exp_isfa_ista": BuiltInModel(
        "aeif_cond_exp",
        _AEIF,
        _AEIF_STATES,
        _AEIF_STATES,
        _COND,
        leak_from_tau=True,
        ordered=("v_reset", "v_spike"),
        quiet=-900.0,
    ),
    "EIF_cond_alpha_isfa_ista": BuiltInModel(
        "aeif_cond_alpha",
        _AEIF,
        _AEIF_STATES,
        _AEIF_STATES,
        _COND,
        leak_from_tau=True,
        rise_states=_RISE,
        ordered=("v_reset", "v_spike"),
        quiet=-900.0,
    ),
    "IF_cond_exp_gsfa_grr": BuiltInModel(
        "iaf_cond_exp_sfa_rr",
        _CONDUCTANCE
        | {name: (name, 1.0) for name in ("tau_sfa", "tau_rr", "q_sfa", "q_rr")}
        | {"e_rev_sfa": ("E_sfa", 1.0), "e_rev_rr": ("E_rr", 1.0)},
        _SFA_RR,
        _SFA_RR,
        _COND,
        leak_from_tau=True,
    ),
    "IF_facets_hardware1": BuiltInModel(
        "iaf_cond_exp",
        {n: _CONDUCTANCE[n] for n in ("v_rest", "v_reset", "v_thresh", "tau_syn_E", "tau_syn_I", "e_rev_I")}
        | {"g_leak": ("g_L", 1.0)},
        _GSYN,
        _GSYN,
        _COND,
        fixed={"C_m": 200.0, "E_ex": 0.0, "I_e": 0.0},
    ),
    # A current of 1 pA moves v by 1 mV/ms.
    "Izhikevich": BuiltInModel(
        "izhikevich",
        {name: (name, 1.0) for name in "abcd"} | {"v_thresh": ("V_th", 1.0), "i_offset": ("I_e", 1e3)},
        _V | {"u": ("U_m", 1.0)},
        _V | {"u": ("U_m", 1.0)},
        {"excitatory": 1.0, "inhibitory": 1.0},
        ordered=(),
        quiet=-70.0,
    ),
    "HH_cond_exp": BuiltInModel(
        "hh_cond_exp_traub", _TRAUB, _TRAUB_STATES, _GSYN | _TRAUB_STATES, _COND, ordered=(), quiet=-65.0
    ),
}


#: NEST's synapses of a weight each, and of one weight for all.
STATIC, SAME_WEIGHT = "static_synapse", "static_synapse_hom_w"
