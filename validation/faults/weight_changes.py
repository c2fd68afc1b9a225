"""What injected faults do to when weights change, by how much, and as of when they are given.

PyNN's own back ends have these, each for some rules (``docs/pynn_backends.md``).
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import numpy as np

from unisono.models.network import Projection
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.model import RECEPTOR, SOURCE_SPIKES, WEIGHT
from unisono.validation.faults.changes import OfNetwork
from unisono.validation.faults.plasticity import STATEMENT, Unbounded, lines, of_model, of_plastic

#: The end of the name of a state that is given in the place of another one.
GIVEN = "_given"

#: What the weight will have changed by at the next spike of the source.
SUMMED = "weight_summed"

#: The range to which a step is relative, by model, and the exponents of what is left of it.
_LEFT = {"SpikePairAdditiveMultiplicative": (0.0, 1.0), "SpikePairGutig": ("mu_plus", "mu_minus")}

#: A time constant so small that all has decayed within a step, ms.
_AT_ONCE = 1e-30


def as_of_source(projection: Projection) -> Projection:
    """The weight is given as it was after the last spike of the source."""
    model, given = projection.model, WEIGHT + GIVEN
    if WEIGHT not in model.states or given in model.states:
        return projection
    changed = replace(
        model,
        equations=lines(model.equations, f"d{given}/dt = 0 : {RECEPTOR}"),
        on_pre=lines(model.on_pre, f"{given} = {WEIGHT}"),
    )
    initial = {**projection.initial, given: projection.initial[WEIGHT]}
    return replace(projection, definition=changed.to_text(), initial=initial)


def summed(model: SynapseModel) -> SynapseModel:
    """Changes of the weight add up, and are made at the next spike of the source; bounds are for the sum."""
    if not model.on_post or SUMMED in model.states:
        return model
    text, total = lines(model.on_pre, model.on_post), f"{WEIGHT} + {SUMMED}"
    for function, bound in (("max", "w_min"), ("min", "w_max")):
        if re.search(rf"\b{function}\(.*\b{bound}\)", text):
            total = f"{function}({total}, {bound})"
    return replace(
        model,
        equations=lines(model.equations, f"d{SUMMED}/dt = 0 : {RECEPTOR}"),
        on_post=_into_sum(model.on_post),
        on_pre=lines(_into_sum(model.on_pre), f"{WEIGHT} = {total}", f"{SUMMED} = 0"),
    )


def _into_sum(text: str) -> str:
    """Statements that change the weight, which change the sum instead."""
    return "\n".join(_summing(statement) for statement in re.split("[;\n]", text) if statement.strip())


def _summing(statement: str) -> str:
    match = STATEMENT.match(statement)
    if match is None or match[1] != WEIGHT:
        return statement
    new = ast.parse(f"{WEIGHT} {match[2]} ({match[3]})" if match[2] else match[3], mode="eval").body
    for function, bound in (("max", "w_min"), ("min", "w_max")):
        new = Unbounded(function, bound).visit(new)
    return f"{SUMMED} += ({ast.unparse(new)}) - {WEIGHT}"


def absolute(projection: Projection) -> Projection:
    """A_plus and A_minus count in the unit of the weight, whatever its range."""
    if projection.synapse not in _LEFT or projection.definition:
        return projection
    values = projection.parameters
    up, down = (values[e] if isinstance(e, str) else np.float64(str(e)) for e in _LEFT[projection.synapse])
    gutig = projection.synapse == "SpikePairGutig"
    span = values["w_max"] - values["w_min"] if gutig else values["w_max"]
    return projection.changed(
        A_plus=values["A_plus"] * span ** (up - 1), A_minus=values["A_minus"] * span ** (down - 1)
    )


def per_ms(projection: Projection) -> Projection:
    """The rate ``rho`` of Vogels's rule counts spikes in a millisecond, not in a second."""
    if projection.synapse != "Vogels2011" or projection.definition:
        return projection
    return projection.changed(rho=projection.parameters["rho"] * 1000)


def without_facilitation(projection: Projection) -> Projection:
    """Each spike releases the part ``U``."""
    if not np.any(projection.parameters.get("tau_facil", 0)):
        return projection
    return projection.changed(tau_facil=0.0)


def recovering_with_current(projection: Projection) -> Projection:
    """What was released is there again as soon as its current has decayed."""
    if projection.synapse != "TsodyksMarkramSynapse" or projection.definition:
        return projection
    return projection.changed(tau_rec=_AT_ONCE)


#: Each fault: its name, its cause in words, and what it does to a network.
CHANGES: tuple[tuple[str, str, OfNetwork], ...] = (
    (
        "weights as of the source",
        "weights are given as they were after the last spike of the source",
        of_plastic(as_of_source),
    ),
    (
        "changes summed",
        "changes of the weight add up until the next spike of the source, and are made then",
        of_model(summed),
    ),
    (
        "absolute steps",
        "A_plus and A_minus count in the unit of the weight, not as parts of its range",
        of_plastic(absolute),
    ),
    (
        "rho per ms",
        "rho counts spikes in a millisecond, so that each spike of the source depresses 1000 times more",
        of_plastic(per_ms),
    ),
    (
        "no facilitation",
        "synapses do not facilitate (tau_facil has no effect)",
        of_plastic(without_facilitation, SOURCE_SPIKES),
    ),
    (
        "recovery with the current",
        "what a synapse has released recovers as its current decays (tau_rec has no effect)",
        of_plastic(recovering_with_current, SOURCE_SPIKES),
    ),
)
