"""The PyNN API: a backend for PyNN scripts that captures what they build into a Network.

Use it as any PyNN backend, ``import unisono.models.pynn as sim``, within :func:`capturing`, or let
:func:`unisono.models.pynn.script.capture_script` run a whole script.
"""

# ruff: noqa: E402, F401 (these names are the API)

from typing import TYPE_CHECKING, Any

from unisono.models.deferred import defer

# PyNN's connectors import csa where it is installed, and csa imports Matplotlib: half a second, and few scripts use it.
defer("csa")

from pyNN import errors, random, space
from pyNN.connectors import (
    AllToAllConnector,
    ArrayConnector,
    CloneConnector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedProbabilityConnector,
    FixedTotalNumberConnector,
    FromFileConnector,
    FromListConnector,
    IndexBasedProbabilityConnector,
    OneToOneConnector,
    SmallWorldConnector,
)
from pyNN.network import Network
from pyNN.parameters import Sequence
from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
from pyNN.space import Space

from unisono.models.pynn import cells as _cells
from unisono.models.pynn import point_neuron as _point_neuron
from unisono.models.pynn import stdp as _stdp
from unisono.models.pynn import synapses as _synapses
from unisono.models.pynn.cells import native_cell_type
from unisono.models.pynn.control import (
    NativeRNG,
    connect,
    create,
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    initialize,
    num_processes,
    rank,
    record,
    record_gsyn,
    record_v,
    reset,
    run_for,
    set,
    setup,
)
from unisono.models.pynn.currents import (
    ACSource,
    DCSource,
    NoisyCurrentSource,
    StepCurrentSource,
    native_electrode_type,
)
from unisono.models.pynn.populations import Assembly, Population, PopulationView
from unisono.models.pynn.projections import Projection
from unisono.models.pynn.running import run, run_until
from unisono.models.pynn.simulator import Session, capturing, set_default_simulation, simulator
from unisono.models.pynn.synapses import StaticSynapse, native_synapse_type

globals().update(_cells.REFUSED | _cells.AVAILABLE | _point_neuron.COMPONENTS)
globals().update(_synapses.REFUSED | _synapses.AVAILABLE | _stdp.AVAILABLE)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def list_standard_models() -> list[str]:
    """Names of the cell types that can be captured."""
    return list(_cells.AVAILABLE)


#: What ``from ... import *`` gives a script: the names of the API, without this package's own modules.
__all__ = [
    name
    for name, value in globals().items()
    if not name.startswith("_")
    and name not in ("TYPE_CHECKING", "Any")
    and not getattr(value, "__name__", "").startswith(__name__ + ".")
]
