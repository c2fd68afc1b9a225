"""The cell models, by their PyNN names."""

from unisono.models.cells.eif import EIF
from unisono.models.cells.eif_cond_alpha_isfa_ista import EIF_COND_ALPHA_ISFA_ISTA
from unisono.models.cells.eif_cond_exp_isfa_ista import EIF_COND_EXP_ISFA_ISTA
from unisono.models.cells.gif_cond_exp import GIF_COND_EXP
from unisono.models.cells.hh_cond_exp import HH_COND_EXP
from unisono.models.cells.hodgkin_huxley import HH
from unisono.models.cells.if_cond_alpha import IF_COND_ALPHA
from unisono.models.cells.if_cond_exp import IF_COND_EXP
from unisono.models.cells.if_cond_exp_gsfa_grr import IF_COND_EXP_GSFA_GRR
from unisono.models.cells.if_cond_exp_ip import IF_COND_EXP_IP
from unisono.models.cells.if_curr_alpha import IF_CURR_ALPHA
from unisono.models.cells.if_curr_delta import IF_CURR_DELTA
from unisono.models.cells.if_curr_exp import IF_CURR_EXP
from unisono.models.cells.if_facets_hardware1 import IF_FACETS_HARDWARE1
from unisono.models.cells.izhikevich import IZHIKEVICH
from unisono.models.cells.model import CellModel
from unisono.models.registry import Registry, registry

CELLS: Registry[CellModel] = registry(
    "cell model",
    IF_CURR_EXP,
    IF_CURR_ALPHA,
    IF_CURR_DELTA,
    IF_COND_EXP,
    IF_COND_ALPHA,
    IF_COND_EXP_GSFA_GRR,
    IF_COND_EXP_IP,
    IF_FACETS_HARDWARE1,
    EIF_COND_EXP_ISFA_ISTA,
    EIF_COND_ALPHA_ISFA_ISTA,
    EIF,
    IZHIKEVICH,
    HH_COND_EXP,
    HH,
    GIF_COND_EXP,
)

#: Spike sources: populations whose spikes are instantiated in the Network. Parameters are kept as provenance.
SOURCES: Registry[tuple[str, ...]] = Registry(
    "spike source",
    {
        "SpikeSourceArray": (),
        "SpikeSourcePoisson": ("rate", "start", "duration"),
        "SpikeSourcePoissonRefractory": ("rate", "tau_refrac", "start", "duration"),
        "SpikeSourceGamma": ("alpha", "beta", "start", "duration"),
        "SpikeSourceInhPoisson": ("start", "duration"),
        "SpikeSourceInhGamma": ("start", "duration"),
    },
)
