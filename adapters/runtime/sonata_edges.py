"""Final weights of synapses that spikes change, in SONATA's layout of edges, which other tools read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unisono.adapters.contract.recording import TrialRecording, node_names
from unisono.models.network import Network, Projection
from unisono.models.plain_h5 import written_plain
from unisono.models.synapses.model import WEIGHT

#: Bytes of a synapse in the file.
_SIZE = 7 * 8


def save_edges(path: Path, network: Network, trial: TrialRecording) -> None:
    """Write the synapses whose weights spikes changed, an edge population each projection; nothing where none did.

    Parameters
    ----------
    path : Path
        Of the file: ``/edges/<projection>`` with ``source_node_id``, ``target_node_id`` and, in its group 0,
        ``syn_weight`` (at the end of the trial, in the unit of the receptor) and ``delay`` (ms).
    network : Network
    trial : TrialRecording

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    changed = [index for index, states in sorted(trial.synapses.items()) if WEIGHT in states]
    if not changed:
        return
    nodes = node_names(tuple(population.label for population in network.populations))
    edges = node_names(tuple(projection.label for projection in network.projections))
    with written_plain(path, sum(_SIZE * network.projections[index].size for index in changed)) as file:
        root = file.create_group("edges")
        for index in changed:
            projection: Projection = network.projections[index]
            group = root.create_group(edges[index])
            for end, population in (("source", projection.pre_population), ("target", projection.post_population)):
                cells = projection.pre if end == "source" else projection.post
                ids = group.create_dataset(f"{end}_node_id", data=cells.astype(np.uint64))
                ids.attrs["node_population"] = nodes[population]
            size = projection.size
            group.create_dataset("edge_type_id", data=np.zeros(size, np.int64))
            group.create_dataset("edge_group_id", data=np.zeros(size, np.uint64))
            group.create_dataset("edge_group_index", data=np.arange(size, dtype=np.uint64))
            values = group.create_group("0")
            values.create_dataset(f"syn_{WEIGHT}", data=trial.synapses[index][WEIGHT])
            values[f"syn_{WEIGHT}"].attrs["units"] = network.unit_of(index, WEIGHT)
            values.create_dataset("delay", data=np.broadcast_to(projection.delay * network.dt, size))
            values["delay"].attrs["units"] = "ms"
