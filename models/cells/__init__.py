"""The cell models, by their PyNN names."""

from unisono.models.cells.if_cond_alpha import IF_COND_ALPHA
from unisono.models.cells.if_cond_exp import IF_COND_EXP
from unisono.models.cells.if_curr_alpha import IF_CURR_ALPHA
from unisono.models.cells.if_curr_delta import IF_CURR_DELTA
from unisono.models.cells.if_curr_exp import IF_CURR_EXP
from unisono.models.equations import CellModel
from unisono.models.errors import UnknownName

CELLS: dict[str, CellModel] = {
    model.name: model
    for model in (IF_CURR_EXP, IF_CURR_ALPHA, IF_CURR_DELTA, IF_COND_EXP, IF_COND_ALPHA)
}

#: Spike sources: populations whose spikes are realised in the Network. Parameters are kept as provenance.
SOURCES: dict[str, tuple[str, ...]] = {
    "SpikeSourceArray": (),
    "SpikeSourcePoisson": ("rate", "start", "duration"),
    "SpikeSourcePoissonRefractory": ("rate", "tau_refrac", "start", "duration"),
    "SpikeSourceGamma": ("alpha", "beta", "start", "duration"),
    "SpikeSourceInhPoisson": ("start", "duration"),
    "SpikeSourceInhGamma": ("start", "duration"),
}


def cell_model(name: str) -> CellModel:
    """The cell model of that name.

    Raises
    ------
    UnknownName
        If there is none; the message lists the choices.
    """
    try:
        return CELLS[name]
    except KeyError:
        raise UnknownName(
            f"There is no cell model '{name}'.", f"Available are: {', '.join(sorted(CELLS | SOURCES))}."
        ) from None
