"""The Neo blocks that ``Projection.get_data()`` gives: samples of the states of synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import neo
import numpy as np
import quantities as pq
from pyNN.common import Assembly
from pyNN.errors import NothingToWriteError, RecordingError

from unisono.models.network import Floats
from unisono.models.synapses.model import RECEPTOR

if TYPE_CHECKING:
    from unisono.models.pynn.projections import Projection


def synapse_block(projection: Projection, variables: str | Sequence[str], annotations: Mapping[str, Any]) -> neo.Block:
    """What was recorded of a projection up to now, one segment for each trial that has run.

    Raises
    ------
    RecordingError
        If a variable was not recorded.
    NothingToWriteError
        If nothing has run.
    """
    capture = projection.capture
    names = list(projection.sampled) if variables == "all" else [variables] if isinstance(variables, str) else variables
    for name in names:
        if name not in projection.sampled:
            raise RecordingError(name, type(projection.synapse_type).__name__)
    if not capture.started:
        raise NothingToWriteError("Nothing has been recorded: call run() first.")
    block = neo.Block(name=projection.label, rec_datetime=datetime.now())
    block.annotate(**annotations)
    for trial, epochs in enumerate(capture.trials):
        if epochs:
            segment = neo.Segment(name=f"segment{len(block.segments):03d}", rec_datetime=block.rec_datetime)
            segment.block = block
            block.segments.append(segment)
            for name in names:
                signal = _signal(projection, name, capture.synapse_samples(projection, name, trial))
                signal.segment = segment
                segment.analogsignals.append(signal)
    return block


def _signal(projection: Projection, name: str, values: Floats) -> neo.AnalogSignal:
    return neo.AnalogSignal(
        values,
        units=_unit(projection, name),
        t_start=0.0 * pq.ms,
        sampling_period=projection.sampled[name] * projection.capture.dt * pq.ms,
        name=name,
        source_projection=projection.label,
        array_annotations={
            "presynaptic_index": np.asarray(projection.pre_index, np.int64),
            "postsynaptic_index": np.asarray(projection.post_index, np.int64),
        },
    )


def _unit(projection: Projection, name: str) -> str:
    """The unit of a state; where it is that of the weight, as the receptor has it."""
    unit = projection.synapse_type.model.units[name]
    post = projection.post.populations[0] if isinstance(projection.post, Assembly) else projection.post
    weight = post._root.model.weight_unit(projection.receptor_type)
    return "dimensionless" if unit == "1" else unit.replace(RECEPTOR, weight)
