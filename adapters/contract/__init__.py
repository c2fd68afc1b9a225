"""What every adapter is: its capabilities and settings, what it needs, and its simulations."""

from unisono.adapters.contract.adapter import Adapter as Adapter
from unisono.adapters.contract.capabilities import Capabilities as Capabilities
from unisono.adapters.contract.requirements import Need as Need
from unisono.adapters.contract.requirements import SourceTree as SourceTree
from unisono.adapters.contract.settings import NUMERICS as NUMERICS
from unisono.adapters.contract.settings import PRECISIONS as PRECISIONS
from unisono.adapters.contract.settings import Settings as Settings
from unisono.adapters.contract.simulation import Progress as Progress
from unisono.adapters.contract.simulation import Simulation as Simulation
