"""Which connections excite and which inhibit, and so which populations do."""

from __future__ import annotations

import numpy as np

from unisono.models.network import Network, Projection


def sign_of(network: Network, projection: Projection) -> int:
    """+1: its spikes excite, -1: they inhibit, 0: it has no synapse, or its sign is undecided.

    By the sign of the weights; where they are conductances, by the receptor's name, or by the reversal
    potential that belongs to it (the parameter of its name and ``e_syn``) against the threshold.
    """
    post = network.populations[projection.post_population]
    if post.is_source or not projection.size:
        return 0
    total = float(np.sum(projection.weight))
    receptor = post.model.receptors.get(projection.receptor)
    if total < 0 or receptor is None or receptor.sign <= 0:
        return int(np.sign(total))
    if projection.receptor in ("excitatory", "inhibitory"):
        return 1 if projection.receptor == "excitatory" else -1
    reversal = post.parameters.get(f"{projection.receptor}_e_syn")
    if reversal is None:
        return int(np.sign(total))
    threshold = post.parameters.get("v_thresh", np.float64(-50.0))
    return 1 if float(np.mean(reversal)) > float(np.mean(threshold)) else -1


def kind_of(network: Network, population: int) -> str:
    """``excitatory`` or ``inhibitory``, by all that a population projects; empty if undecided."""
    signs = {sign_of(network, p) for p in network.projections if p.pre_population == population} - {0}
    if len(signs) != 1:
        return ""
    return "excitatory" if signs == {1} else "inhibitory"
