"""Parameters of cells that have a name in the literature, with the firing pattern that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unisono.models.cards import brief
from unisono.models.registry import Registry, registry


@dataclass(frozen=True)
class ParameterSet:
    """Parameters of a cell under a name.

    Attributes
    ----------
    name : str
    cell : str
        The cell model.
    parameters : mapping of str to float
        Those that differ from the model's defaults.
    current : float
        A constant current that shows the pattern, nA.
    pattern : str
        What the cell does under that current, measured with the reference: ``tonic`` (equal
        intervals), ``adapting`` (intervals that grow), ``initial burst`` (a burst, then equal
        intervals), ``bursting`` (bursts that come back).
    source : str
    note : str
        What the source says and the cell does not, and other remarks.
    initial : mapping of str to float
        States that differ from the model's initial values.
    """

    name: str
    cell: str
    parameters: Mapping[str, float]
    current: float
    pattern: str
    source: str
    note: str = ""
    initial: Mapping[str, float] = field(default_factory=dict)

    __repr__ = brief


#: Currents that make a cell fire where 1 nA is not the one, nA.
USUAL_CURRENT = {"Izhikevich": 0.01, "HH": 2.0, "IF_cond_exp_gsfa_grr": 2.0, "GIF_cond_exp": 2.0}

_ADEX = "EIF_cond_exp_isfa_ista"
_ADEX_SOURCE = "after Brette & Gerstner (2005), J Neurophysiol 94:3637"
_SIMPLE_SOURCE = "Izhikevich (2003), IEEE Trans Neural Netw 14:1569, fig. 2"


def _adex(name: str, a: float, b: float, tau_w: float, pattern: str, note: str = "") -> ParameterSet:
    parameters = {"a": a, "b": b, "tau_w": tau_w, "delta_T": 2.0}
    return ParameterSet(f"AdEx_{name}", _ADEX, parameters, 1.0, pattern, _ADEX_SOURCE, note)


def _simple(name: str, a: float, b: float, c: float, d: float, pattern: str, **initial: float) -> ParameterSet:
    parameters = {"a": a, "b": b, "c": c, "d": d}
    return ParameterSet(f"Izhikevich_{name}", "Izhikevich", parameters, 0.01, pattern, _SIMPLE_SOURCE, "", initial)


#: By name. 0.01 nA are the 10 mV/ms of Izhikevich's figure.
PARAMETER_SETS: Registry[ParameterSet] = registry(
    "parameter set",
    ParameterSet(
        "LIF_Dayan_Abbott",
        "IF_curr_exp",
        # 20 ms over 100 MOhm are 0.2 nF
        {"v_rest": -65.0, "v_thresh": -50.0, "v_reset": -65.0, "tau_m": 20.0, "cm": 0.2, "tau_refrac": 2.0},
        0.25,
        "tonic",
        "after Dayan & Abbott (2001), Theoretical Neuroscience, fig. 5.5",
        "the figure has 10 ms, 10 MOhm and no refractory period: LIF_Dayan_Abbott_published",
    ),
    ParameterSet(
        "LIF_Dayan_Abbott_published",
        "IF_curr_exp",
        # 10 ms over 10 MOhm are 1 nF
        {"v_rest": -65.0, "v_thresh": -50.0, "v_reset": -65.0, "tau_m": 10.0, "cm": 1.0, "tau_refrac": 0.0},
        2.0,
        "tonic",
        "Dayan & Abbott (2001), Theoretical Neuroscience, fig. 5.5",
    ),
    _adex("regular_spiking", 4.0, 0.08, 150.0, "adapting", "rounded; the paper has b 0.0805 nA and tau_w 144 ms"),
    _adex(
        "bursting",
        4.0,
        0.5,
        100.0,
        "adapting",
        "called bursting, and does not burst: intervals grow to a constant one, at 0.8, 1.0 and 1.5 nA alike; with "
        "v_reset at -51 to -46 mV two or three spikes come at the beginning, and single ones after. Brian2's example of "
        "the paper resets 5 mV above v_thresh (v_reset -45.4) and has tau_w 20 ms: pairs of spikes, again and again, as "
        "AdEx_regular_bursting fires them.",
    ),
    _adex("fast_spiking", 0.0, 0.0, 144.0, "tonic", "without adaptation tau_w has no effect"),
    _adex("adapting", 4.0, 0.08, 300.0, "adapting", "the paper's regular spiking cell with a slower tau_w"),
    ParameterSet(
        "AdEx_regular_bursting",
        _ADEX,
        {
            "cm": 0.2,
            "tau_m": 20.0,
            "v_rest": -58.0,
            "v_thresh": -50.0,
            "delta_T": 2.0,
            "a": 2.0,
            "tau_w": 120.0,
            "b": 0.1,
            "v_reset": -46.0,
        },
        0.21,
        "bursting",
        "Naud et al. (2008), Biol Cybern 99:335, table 1",
        "g_L 10 nS on 200 pF",
        {"v": -58.0},
    ),
    _simple("regular_spiking", 0.02, 0.2, -65.0, 8.0, "adapting"),
    _simple("intrinsically_bursting", 0.02, 0.2, -55.0, 4.0, "initial burst"),
    _simple("chattering", 0.02, 0.2, -50.0, 2.0, "bursting"),
    _simple("fast_spiking", 0.1, 0.2, -65.0, 2.0, "tonic"),
    # its rest: 0.04 v^2 + (5 - b) v + 140 = 0 and u = b v
    _simple("low_threshold_spiking", 0.02, 0.25, -65.0, 2.0, "adapting", v=-64.4141, u=-16.1035),
)
