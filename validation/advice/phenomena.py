"""What a model is to show, and the simplest cell that can show it."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.models.registry import Registry, registry


@dataclass(frozen=True)
class Phenomenon:
    """A phenomenon and what it asks of a model.

    Attributes
    ----------
    name : str
    meaning : str
        In a few words.
    cell : str
        The simplest cell model that shows it.
    parameter_set : str
        Named parameters of that cell; empty where its defaults do.
    why : str
        Why this cell, and why nothing simpler or richer.
    duration : str
        How long to simulate.
    source : str
    """

    name: str
    meaning: str
    cell: str
    why: str
    duration: str
    source: str
    parameter_set: str = ""


_SINGLE = "0.5 to 1 s a current: some ten intervals after the first ones, which differ"
_NETWORK = "1 to 5 s after a transient of 500 ms: rates and CVs need many intervals a cell"
_SPECTRA = "2 to 10 s after a transient of 500 ms: the resolution of a spectrum is the inverse of a segment"
_LEARNING = "10 to 100 s: weights move by a percent a pair"

_GERSTNER = "Gerstner et al. (2014), Neuronal Dynamics"

PHENOMENA: Registry[Phenomenon] = registry(
    "phenomenon",
    Phenomenon(
        "rate",
        "how often a cell fires for its input; f-I curves, mean-field theory",
        "IF_curr_exp",
        "A leaky integrate-and-fire cell has a rate in closed form and exact integration; more would hide the cause.",
        _SINGLE,
        f"{_GERSTNER}, chapters 1 and 8; Brunel (2000), J Comput Neurosci 8:183-208",
    ),
    Phenomenon(
        "asynchronous irregular",
        "balanced networks: irregular spikes without a common rhythm",
        "IF_curr_exp",
        "Balance comes from the network, not from the cell: leaky integrate-and-fire cells show it, with theory.",
        _NETWORK,
        "van Vreeswijk & Sompolinsky (1996), Science 274:1724-1726; Brunel (2000), J Comput Neurosci 8:183-208",
    ),
    Phenomenon(
        "high conductance",
        "shunting, time constants that fall under input, in-vivo membranes",
        "IF_cond_exp",
        "Conductances make the input depend on the potential and the membrane faster; currents cannot.",
        _NETWORK,
        "Destexhe, Rudolph & Paré (2003), Nat Rev Neurosci 4:739-751",
    ),
    Phenomenon(
        "oscillations",
        "rhythms of a population, gamma above all",
        "IF_cond_exp",
        "A gamma rhythm needs the decay of inhibition and its reversal potential; spike shape does not matter.",
        _SPECTRA,
        "Börgers & Kopell (2003), Neural Comput 15:509-538; Wang (2010), Physiol Rev 90:1195-1268",
    ),
    Phenomenon(
        "adaptation",
        "firing that slows down under a constant current",
        "EIF_cond_exp_isfa_ista",
        "A slow variable on an exponential integrate-and-fire cell (AdEx) fits recorded adaptation with few values.",
        _SINGLE,
        "Brette & Gerstner (2005), J Neurophysiol 94:3637-3642; Naud et al. (2008), Biol Cybern 99:335-347",
        "AdEx_adapting",
    ),
    Phenomenon(
        "bursting",
        "spikes in groups, separated by silence",
        "EIF_cond_exp_isfa_ista",
        "AdEx bursts by a reset above threshold and its slow variable; its parameters are voltages and currents. "
        "Izhikevich's cell bursts as well, in fewer operations and without units that could be measured.",
        _SINGLE,
        "Naud et al. (2008), Biol Cybern 99:335-347, table 1; Izhikevich (2004), IEEE Trans Neural Netw 15:1063-1070",
        "AdEx_regular_bursting",
    ),
    Phenomenon(
        "many firing patterns",
        "cells of many kinds in one large network",
        "Izhikevich",
        "Two variables and four parameters give twenty firing patterns for few operations a step.",
        _NETWORK,
        "Izhikevich (2003), IEEE Trans Neural Netw 14:1569-1572; (2004), 15:1063-1070",
        "Izhikevich_chattering",
    ),
    Phenomenon(
        "spike initiation",
        "fast input, response to fluctuations, the sharpness of the onset",
        "EIF",
        "How fast a cell follows its input depends on the exponential onset of the spike; a hard threshold has none.",
        _SINGLE,
        "Fourcaud-Trocmé et al. (2003), J Neurosci 23:11628-11640",
    ),
    Phenomenon(
        "ion channels",
        "effects of channels, drugs or mutations; the shape of a spike",
        "HH",
        "Only a model with channels has their conductances as parameters. Its step is 0.01 ms and its equations are "
        "long, so take it only where channels are the question.",
        _SINGLE,
        "Hodgkin & Huxley (1952), J Physiol 117:500-544",
    ),
    Phenomenon(
        "learning",
        "synapses that change with activity",
        "IF_curr_exp",
        "What changes is the synapse: the simplest cell shows whether the rule works.",
        _LEARNING,
        "Song, Miller & Abbott (2000), Nat Neurosci 3:919-926; Morrison et al. (2008), Biol Cybern 98:459-478",
    ),
    Phenomenon(
        "homeostasis",
        "rates that return to a target",
        "IF_cond_exp",
        "Inhibitory plasticity or scaling needs inhibition that can hold the potential: conductances.",
        _LEARNING,
        "Vogels et al. (2011), Science 334:1569-1573; Turrigiano et al. (1998), Nature 391:892-896",
    ),
    Phenomenon(
        "short-term plasticity",
        "depression and facilitation, population spikes, working memory",
        "IF_curr_exp",
        "The dynamics lie in the synapse; a cell without dynamics of its own keeps them apart.",
        _NETWORK,
        "Tsodyks, Uziel & Markram (2000), J Neurosci 20:RC50; Mongillo, Barak & Tsodyks (2008), Science 319:1543-1546",
    ),
)
