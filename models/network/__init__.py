"""A model as data, the same for every simulator: elements, schedule, one file, one fingerprint."""

from unisono.models.network.arrays import MAX_STEPS as MAX_STEPS
from unisono.models.network.arrays import Floats as Floats
from unisono.models.network.arrays import Integers as Integers
from unisono.models.network.elements import CurrentInput as CurrentInput
from unisono.models.network.elements import Modulator as Modulator
from unisono.models.network.elements import Population as Population
from unisono.models.network.elements import RecordingRequest as RecordingRequest
from unisono.models.network.elements import SpikeInput as SpikeInput
from unisono.models.network.elements import SynapseRequest as SynapseRequest
from unisono.models.network.network import Network as Network
from unisono.models.network.projections import Projection as Projection
from unisono.models.network.schedule import Change as Change
from unisono.models.network.schedule import Epoch as Epoch
from unisono.models.network.schedule import Trial as Trial
