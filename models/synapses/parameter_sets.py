"""Parameters of plastic synapses that have a name in the literature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unisono.models.registry import Registry, registry


@dataclass(frozen=True)
class SynapseParameterSet(Mapping[str, float]):
    """Parameters under a name: keyword arguments of one of PyNN's classes.

    >>> sim.SpikePairRule(**SYNAPSE_PARAMETER_SETS["STDP_Song_2000"])

    Attributes
    ----------
    name : str
    owner : str
        The class: a synapse type, or a rule of ``STDPMechanism``.
    parameters : mapping of str to float
        In PyNN's units.
    source : str
    note : str
        What the set does that its name does not say, and other remarks.
    """

    name: str
    owner: str
    parameters: Mapping[str, float]
    source: str
    note: str = ""

    def __getitem__(self, name: str) -> float:
        return self.parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)


def _short_term(name: str, values: tuple[float, float, float], source: str, note: str = "") -> SynapseParameterSet:
    parameters = dict(zip(("U", "tau_rec", "tau_facil"), values, strict=True))
    return SynapseParameterSet(f"TM_{name}", "TsodyksMarkramSynapse", parameters, source, note)


def _pairs(name: str, values: tuple[float, float, float, float], source: str, note: str = "") -> SynapseParameterSet:
    parameters = dict(zip(("tau_plus", "tau_minus", "A_plus", "A_minus"), values, strict=True))
    return SynapseParameterSet(f"STDP_{name}", "SpikePairRule", parameters, source, note)


#: By name. ``unisono.parameter_set`` makes a synapse type or rule of one.
SYNAPSE_PARAMETER_SETS: Registry[SynapseParameterSet] = registry(
    "parameter set",
    _short_term(
        "depressing",
        (0.5, 800.0, 0.0),
        "Tsodyks, Pawelzik & Markram (1998), Neural Comput 10:821, fig. 1; Tsodyks, Uziel & Markram (2000), J Neurosci "
        "20:RC50",
    ),
    _short_term(
        "facilitating",
        (0.1, 800.0, 1000.0),
        "after Markram, Wang & Tsodyks (1998), PNAS 95:5323",
        "quoted so, from a source that we have not found; NEST's examples have tau_rec 100 ms. It facilitates at first "
        "only: at 20 Hz responses grow up to the third spike, to 1.95 times the first, and are "
        "below the first from the eighth on. TM_facilitating_1998 goes on.",
    ),
    _short_term(
        "facilitating_1998",
        (0.03, 130.0, 530.0),
        "Tsodyks, Pawelzik & Markram (1998), Neural Comput 10:821, fig. 1",
    ),
    _short_term(
        "facilitating_2000",
        (0.04, 100.0, 1000.0),
        "Tsodyks, Uziel & Markram (2000), J Neurosci 20:RC50",
        "onto inhibitory cells; the means of distributions",
    ),
    _pairs(
        "Song_2000",
        (20.0, 20.0, 0.01, 0.012),
        "after Song, Miller & Abbott (2000), Nat Neurosci 3:919",
        "often quoted so, but the paper has half of it, and less depression: STDP_Song_2000_published. Weights find no "
        "second peak with it: the cell of song_abbott (A_plus=0.01, ratio=1.2) falls to 0.1 Hz within 200 s, its "
        "weights to 0.24 of the largest on average",
    ),
    _pairs(
        "Song_2000_published",
        (20.0, 20.0, 0.005, 0.00525),
        "Song, Miller & Abbott (2000), Nat Neurosci 3:919",
    ),
    _pairs(
        "Bi_Poo_1998",
        (16.8, 33.7, 0.777 / 60, 0.273 / 60),
        "Bi & Poo (1998), J Neurosci 18:10464, as fitted by Bi & Poo (2001), Annu Rev Neurosci 24:139",
        "what one of 60 pairs changes, as a part of the weight before; SpikePairRule takes parts of w_max: multiply "
        "both A by weight/w_max",
    ),
)
