"""Receptors by the names of their transmitters' agonists: conductances with two time constants."""

from dataclasses import replace

from unisono.models.dynamics.model import Parameter
from unisono.models.receptors.conductances import COND_BETA

#: Kinetics of all four: rise and decay in ms, round figures of the size of those in the book, which has 5.26 ms for
#: AMPA and 5.6 ms for GABA_A. Reversal potentials: 0 mV for cations, that of chloride near rest, that of potassium
#: below it.
SOURCE = "Dayan & Abbott (2001), Theoretical Neuroscience, section 5.8"

AMPA = COND_BETA.preset("AMPA", SOURCE, tau_rise=0.5, tau_decay=5.0, e_syn=0.0)

GABA_A = COND_BETA.preset("GABA_A", SOURCE, tau_rise=0.5, tau_decay=10.0, e_syn=-70.0)

GABA_B = COND_BETA.preset("GABA_B", SOURCE, tau_rise=50.0, tau_decay=200.0, e_syn=-90.0)

#: Magnesium blocks it: the part 1/(1 + exp(-0.062 v) [Mg]/3.57) is open, v in mV and [Mg] in mM.
#: Source of the block: Jahr & Stevens (1990), J Neurosci 10:3178-3182, eq. 4a with its figures for v.
_UNBLOCKED = COND_BETA.preset(
    "NMDA", f"{SOURCE}; Jahr & Stevens (1990), J Neurosci 10:3178", tau_rise=2.0, tau_decay=100.0, e_syn=0.0
)
NMDA = replace(
    _UNBLOCKED,
    parameters={**_UNBLOCKED.parameters, "mg": Parameter(1.0, "mM", "concentration of magnesium outside")},
    current="gsyn*(e_syn - v)/(1 + exp(-0.062/mV*v)*mg/(3.57*mM))",
)
