"""Cells that theory treats alike."""

#: Leaky integrate-and-fire cells under currents: linear, with a closed form of their rate under a constant current.
LEAKY = ("IF_curr_delta", "IF_curr_exp", "IF_curr_alpha")

#: Those whose synapses move the potential at once, or by a current that decays exponentially.
DIFFUSIVE = ("IF_curr_delta", "IF_curr_exp")
