"""How the cell models are called in NEST: names and unit factors, the only place where units convert.

NEST's units are pF, pA, nS, mV and ms. Source of names: the documentation of
NEST 3.10's models ``iaf_psc_*`` and ``iaf_cond_*``.
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
    """

    name: str
    parameters: Mapping[str, tuple[str, float]]
    states: Mapping[str, tuple[str, float]]
    recordables: Mapping[str, tuple[str, float]]
    receptors: Mapping[str, float]
    leak_from_tau: bool = False
    rise_states: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def translated(self, values: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """NEST's parameters from PyNN's, shape () or (cells,) each; ``tau_refrac`` is left to the adapter."""
        native = {name: values[ours] * factor for ours, (name, factor) in self.parameters.items()}
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
_V = {"v": ("V_m", 1.0)}
_ISYN = _V | {"isyn_exc": ("I_syn_ex", 1e3), "isyn_inh": ("I_syn_in", 1e3)}
_GSYN = _V | {"gsyn_exc": ("g_ex", 1e3), "gsyn_inh": ("g_in", 1e3)}
_PSC = {"excitatory": 1e3, "inhibitory": 1e3}
_COND = {"excitatory": 1e3, "inhibitory": -1e3}

BUILT_IN: dict[str, BuiltInModel] = {
    "IF_curr_exp": BuiltInModel("iaf_psc_exp", _CURRENT | _SYNAPTIC, _V, _ISYN, _PSC),
    "IF_curr_alpha": BuiltInModel("iaf_psc_alpha", _CURRENT | _SYNAPTIC, _V, _ISYN, _PSC),
    "IF_curr_delta": BuiltInModel("iaf_psc_delta", _CURRENT, _V, _V, {"excitatory": 1.0, "inhibitory": 1.0}),
    "IF_cond_exp": BuiltInModel("iaf_cond_exp", _CONDUCTANCE, _GSYN, _GSYN, _COND, leak_from_tau=True),
    "IF_cond_alpha": BuiltInModel(
        "iaf_cond_alpha",
        _CONDUCTANCE,
        _GSYN,
        _GSYN,
        _COND,
        leak_from_tau=True,
        rise_states={"x_exc": ("dg_ex", "tau_syn_E"), "x_inh": ("dg_in", "tau_syn_I")},
    ),
}
