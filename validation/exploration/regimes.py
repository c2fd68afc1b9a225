"""The regimes of a network: whether its cells fire regularly, and whether they fire together (Brunel 2000).

Brunel names four states by two questions. He answers them by theory: whether the asynchronous state is stable, and
whether the input of a cell lies above its threshold or fluctuates below. A run gives measures instead; where to draw
the lines through them is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Below, cells fire regularly: halfway between a clock (0) and a Poisson process (1).
IRREGULAR = 0.5

#: Modulation from which cells fire together: that of a rate that follows a whole sine wave is 1/sqrt(2).
SYNCHRONOUS = 0.7

#: Spikes a cell below which its CV is not used: of a few intervals it is too small.
FEWEST = 5.0

#: Global oscillations from this frequency on are fast, Hz.
FAST = 100.0

SOURCE = "Brunel (2000), J Comput Neurosci 8:183-208; Brunel & Hakim (1999), Neural Comput 11:1621-1671"


@dataclass(frozen=True)
class Regime:
    """A name for what a network does.

    Attributes
    ----------
    name, short : str
    criterion : str
        In words.
    """

    name: str
    short: str
    criterion: str


_REGULAR, _IRREGULAR = f"CV of ISI below {IRREGULAR:g}", f"CV of ISI of {IRREGULAR:g} or more"
_TOGETHER, _APART = f"modulation of {SYNCHRONOUS:g} or more", f"modulation below {SYNCHRONOUS:g}"

SILENT = Regime("silent", "Q", "no cell spikes")
SYNCHRONOUS_REGULAR = Regime("synchronous regular", "SR", f"{_TOGETHER}, {_REGULAR}")
ASYNCHRONOUS_REGULAR = Regime("asynchronous regular", "AR", f"{_APART}, {_REGULAR}")
FAST_IRREGULAR = Regime(
    "synchronous irregular, fast", "SI fast", f"{_TOGETHER}, {_IRREGULAR}, oscillation of {FAST:g} Hz or more"
)
SLOW_IRREGULAR = Regime(
    "synchronous irregular, slow", "SI slow", f"{_TOGETHER}, {_IRREGULAR}, oscillation below {FAST:g} Hz"
)
ASYNCHRONOUS_IRREGULAR = Regime("asynchronous irregular", "AI", f"{_APART}, {_IRREGULAR}")
UNKNOWN = Regime("not known", "?", f"fewer than {FEWEST:g} spikes a cell, or the run failed")

#: In the order of a legend.
REGIMES = (
    SILENT,
    SYNCHRONOUS_REGULAR,
    ASYNCHRONOUS_REGULAR,
    FAST_IRREGULAR,
    SLOW_IRREGULAR,
    ASYNCHRONOUS_IRREGULAR,
    UNKNOWN,
)


def regime_of(
    rate: float | None,
    cv: float | None,
    modulation: float | None,
    frequency: float | None,
    spikes: float | None = None,
) -> Regime:
    """The regime of a population from its measures.

    Parameters
    ----------
    rate : float or None
        Hz.
    cv, modulation : float or None
        CV of the inter-spike intervals; :func:`unisono.validation.exploration.measures.modulation`.
    frequency : float or None
        Of the largest power of the population's rate, Hz.
    spikes : float, optional
        Of a cell, on average; as many as needed where it is not given.
    """
    if rate == 0:
        return SILENT
    if rate is None or cv is None or modulation is None or (spikes is not None and spikes < FEWEST):
        return UNKNOWN
    if modulation < SYNCHRONOUS:
        return ASYNCHRONOUS_IRREGULAR if cv >= IRREGULAR else ASYNCHRONOUS_REGULAR
    if cv < IRREGULAR:
        return SYNCHRONOUS_REGULAR
    return FAST_IRREGULAR if frequency is not None and frequency >= FAST else SLOW_IRREGULAR
