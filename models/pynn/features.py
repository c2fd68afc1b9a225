"""Features of PyNN and of its backends that a network cannot have yet, each with what works in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_POINT_CELLS = (
    "Unisono simulates point cells: use one such as IF_cond_exp, EIF_cond_exp_isfa_ista or HH_cond_exp, or write its "
    "equations with unisono.cell()."
)


@dataclass(frozen=True)
class Feature:
    """Something that cannot be captured.

    Attributes
    ----------
    name : str
        As a sentence begins with it.
    instead : str
        What works.
    plural : bool
        Whether the name is a plural.
    """

    name: str
    instead: str
    plural: bool = False

    def sentence(self, shown: str = "") -> str:
        """That it is not supported; ``shown`` is what the script calls it."""
        return f"{self.name}{f' ({shown})' if shown else ''} {'are' if self.plural else 'is'} not supported yet."


ELECTRICAL = Feature("Electrical synapses", "Chemical synapses of type StaticSynapse work.", plural=True)
COMPARTMENTS = Feature("Multi-compartment cells", _POINT_CELLS, plural=True)
NINEML = Feature("Cells and synapses in NineML", "Write the equations with unisono.cell().", plural=True)
NESTML = Feature("Cells and synapses in NESTML", "Write the equations with unisono.cell().", plural=True)
EXTRA_MODELS = Feature(
    "Models that only sPyNNaker has",
    "Choose a standard cell or synapse of PyNN, or write the cell's equations with unisono.cell().",
    plural=True,
)
EXTERNAL_DEVICES = Feature("External devices and live output", "Record the populations with record().", plural=True)

#: Synapse types of PyNN, by name.
SYNAPSES: Mapping[str, Feature] = {"ElectricalSynapse": ELECTRICAL}

#: Names of backend modules that stand for a feature.
NAMES: Mapping[str, Feature] = {
    **dict.fromkeys(
        (
            *("MultiCompartmentNeuron", "NaChannel", "KdrChannel", "PassiveLeak", "PassiveLeakHH", "IonicSpecies"),
            *("NeuriteDistribution", "morphology", "ion_channels"),
        ),
        COMPARTMENTS,
    ),
    **dict.fromkeys(("nineml", "nineml_cell_type", "nineml_celltype_from_model", "NineMLCellType"), NINEML),
    **dict.fromkeys(("nestml", "nestml_cell_type", "nestml_synapse_type"), NESTML),
    "extra_models": EXTRA_MODELS,
    **dict.fromkeys(("external_devices", "live_packet_gather"), EXTERNAL_DEVICES),
}
