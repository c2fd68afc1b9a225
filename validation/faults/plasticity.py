"""What injected faults do to plastic synapses: to the text of their models, to parameters, to the parts of delays.

Each changes the synapses that spikes of their target change, and only those whose model has what it is about.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from unisono.models.dynamics.expressions import names_in, substituted
from unisono.models.network import Network, Projection
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.model import TARGET_SPIKES, WEIGHT
from unisono.validation.faults.changes import OfNetwork

#: States that count the spikes of either side in the present step: what decays within a step to nothing.
SOURCE_NOW, TARGET_NOW = "source_now", "target_now"
_COUNTER = "d{name}/dt = -{name}/(1e-30*ms) : 1"

#: The weight before the spikes of the target in the present step.
BEGUN = "weight_begun"

STATEMENT = re.compile(r"\s*(\w+)\s*([-+*/]?)=(?!=)\s*(.*?)\s*$")
_JUMP = re.compile(r"\s*(\w+)\s*\+?=\s*([0-9.]+)\s*$")
_AMPLITUDE = {"plus": re.compile(r"A\d?_plus$"), "minus": re.compile(r"A\d?_minus$")}

#: Models whose steps depend on the weight, and the one whose steps do not.
_DEPENDENT, _ADDITIVE = ("SpikePairMultiplicative", "SpikePairAdditiveMultiplicative"), "SpikePairAdditive"


def of_plastic(change: Callable[[Projection], Projection], by: str = TARGET_SPIKES) -> OfNetwork:
    """The change made to every projection that spikes of the target, or what else, change; the network, if to none."""

    def changed(network: Network) -> Network:
        found = tuple(change(p) if by in p.model.changed_by else p for p in network.projections)
        same = all(new is old for new, old in zip(found, network.projections, strict=True))
        return network if same else replace(network, projections=found)

    return changed


def of_model(change: Callable[[SynapseModel], SynapseModel]) -> OfNetwork:
    """The change made to the model of every plastic projection; it gives back what it does not change."""

    def changed(projection: Projection) -> Projection:
        model = projection.model
        found = change(model)
        return projection if found is model else replace(projection, definition=found.to_text())

    return of_plastic(changed)


# -- which spikes are a pair -------------------------------------------------


def meeting_potentiates(model: SynapseModel) -> SynapseModel:
    """Spikes of source and target that reach the synapse in one step are a pair: the target's spike reads it."""
    return _meeting(model, model.on_post, model.pre)


def meeting_depresses(model: SynapseModel) -> SynapseModel:
    """Spikes of source and target that reach the synapse in one step are a pair: the source's spike reads it."""
    return _meeting(model, model.on_pre, model.post)


def _meeting(model: SynapseModel, statement: str, other: str) -> SynapseModel:
    """Have whichever spike comes second make the step that ``statement`` makes for a spike of the other side."""
    step, jumps = step_of(statement), _jumps(other)
    if not statement or step is None or not jumps or SOURCE_NOW in model.states:
        return model

    def pairs(count: str) -> str:
        made = {trace: f"{jump}*{count}" for trace, jump in jumps.items()}
        return f"weight += ({_with(step, made)}) - ({_with(step, dict.fromkeys(jumps, '0'))})"

    return replace(
        model,
        equations=lines(model.equations, _counter(SOURCE_NOW), _counter(TARGET_NOW)),
        on_post=lines(model.on_post, pairs(SOURCE_NOW), f"{TARGET_NOW} += 1"),
        on_pre=lines(model.on_pre, pairs(TARGET_NOW), f"{SOURCE_NOW} += 1"),
    )


def nearest_neighbour(model: SynapseModel) -> SynapseModel:
    """Each spike pairs with the last one of the other side alone: it sets its traces, where it added to them."""
    if not (_jumps(model.pre) and _jumps(model.post)):
        return model
    pre, post = model.pre.replace("+=", "="), model.post.replace("+=", "=")
    return model if (pre, post) == (model.pre, model.post) else replace(model, pre=pre, post=post)


def target_after_source(model: SynapseModel) -> SynapseModel:
    """Spikes of the target act after those of the source in the same step, which send the weight as it was before."""
    up, down = step_of(model.on_post), step_of(model.on_pre)
    if not model.on_post or up is None or down is None or TARGET_NOW in model.states:
        return model
    met, send = f"min({TARGET_NOW}, 1)", ast.parse(model.send, mode="eval").body
    return replace(
        model,
        equations=lines(model.equations, _counter(TARGET_NOW), f"d{BEGUN}/dt = 0 : receptor"),
        on_post=lines(
            f"{BEGUN} = {met}*{BEGUN} + (1 - {met})*weight", f"weight = {ast.unparse(up)}", f"{TARGET_NOW} += 1"
        ),
        on_pre=lines(
            f"begun = {met}*{BEGUN} + (1 - {met})*weight : receptor",
            f"stepped = {_with(down, {WEIGHT: 'begun'})} : receptor",
            f"{BEGUN} = stepped",
            f"weight = {met}*({_with(up, {WEIGHT: 'stepped'})}) + (1 - {met})*stepped",
        ),
        send=_with(send, {WEIGHT: "stepped"}),
    )


# -- by how much the weight changes -------------------------------------------


def without_bound(function: str, bound: str) -> Callable[[SynapseModel], SynapseModel]:
    """Weights that go beyond a bound: ``min(step, w_max)`` becomes ``step``."""

    def changed(model: SynapseModel) -> SynapseModel:
        on_pre, on_post = (_unbounded(text, function, bound) for text in (model.on_pre, model.on_post))
        same = (on_pre, on_post) == (model.on_pre, model.on_post)
        return model if same else replace(model, on_pre=on_pre, on_post=on_post)

    return changed


def _unbounded(text: str, function: str, bound: str) -> str:
    if (step := step_of(text)) is None or not text:
        return text
    free = Unbounded(function, bound).visit(ast.parse(ast.unparse(step), mode="eval").body)
    return text if ast.unparse(free) == ast.unparse(step) else f"weight = {ast.unparse(free)}"


class Unbounded(ast.NodeTransformer):
    """Replaces a function of a step and a bound by the step."""

    def __init__(self, function: str, bound: str) -> None:
        self._call = function, bound

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The step in the place of the call, if this is the call that is meant."""
        self.generic_visit(node)
        last, name = node.args[-1], node.func
        named = isinstance(last, ast.Name) and isinstance(name, ast.Name) and (name.id, last.id) == self._call
        return node.args[0] if named else node


def amplitude(which: str, factor: float) -> OfNetwork:
    """Amplitudes of potentiation (``plus``) or of depression (``minus``) times a factor."""

    def changed(projection: Projection) -> Projection:
        found = {n: v * factor for n, v in projection.parameters.items() if _AMPLITUDE[which].match(n)}
        return projection.changed(**found) if found else projection

    return of_plastic(changed)


def decay(side: str, factor: float) -> OfNetwork:
    """Time constants of the traces of a side (``pre`` or ``post``) times a factor."""

    def changed(projection: Projection) -> Projection:
        model = projection.model
        system = getattr(model, f"{side}_side").system
        used = set().union(*(names_in(equation.tree) for equation in system))
        found = {n: v * factor for n, v in projection.parameters.items() if n in used and model.units[n] == "ms"}
        return projection.changed(**found) if found else projection

    return of_plastic(changed)


def additive(projection: Projection) -> Projection:
    """Steps that depend on the weight become those of the additive rule."""
    if projection.synapse not in _DEPENDENT or projection.definition:
        return projection
    return replace(projection, synapse=_ADDITIVE)


# -- when spikes reach the synapse ---------------------------------------------


def dendritic(steps: int) -> Callable[[Projection], Projection]:
    """Dendritic parts of delays longer by some steps, at most by the axonal part; whole delays stay."""

    def changed(projection: Projection) -> Projection:
        moved = np.clip(steps, -projection.dendritic, projection.axonal)
        return _divided(projection, projection.dendritic + moved)

    return changed


def all_dendritic(projection: Projection) -> Projection:
    """The whole delay is behind the synapse."""
    return _divided(projection, projection.delay)


def all_axonal(projection: Projection) -> Projection:
    """The whole delay is before the synapse."""
    return _divided(projection, np.zeros_like(projection.delay))


def _divided(projection: Projection, behind: np.ndarray) -> Projection:
    if np.array_equal(behind, np.broadcast_to(projection.dendritic, behind.shape)):
        return projection
    return replace(projection, axonal=projection.delay - behind, dendritic=behind)


# -- the text of a model --------------------------------------------------------


def step_of(statement: str) -> ast.expr | None:
    """What becomes of the weight at a spike: ``weight`` without a statement, None if there is more than one."""
    if not statement.strip():
        return ast.Name(WEIGHT)
    match = STATEMENT.match(statement)
    if match is None or match[1] != WEIGHT or re.search("[;\n]", statement.strip()):
        return None
    text = f"{WEIGHT} {match[2]} ({match[3]})" if match[2] else match[3]
    return ast.parse(text, mode="eval").body


def _jumps(side: str) -> dict[str, str]:
    """What a spike adds to each trace of its side, or sets it to; empty where that is no number."""
    statements = [line for line in re.split("[;\n]", side) if line.strip() and ":" not in line]
    found = [_JUMP.match(statement) for statement in statements]
    return {} if None in found else {match[1]: match[2] for match in found if match}


def _with(step: ast.expr, values: Mapping[str, str]) -> str:
    """An expression with names replaced by others."""
    return ast.unparse(substituted(step, {n: ast.parse(text, mode="eval").body for n, text in values.items()}))


def _counter(name: str) -> str:
    return _COUNTER.format(name=name)


def lines(*parts: str) -> str:
    """Parts of a text that are not empty, below each other."""
    return "\n".join(part for part in parts if part.strip())


#: Each fault: its name, its cause in words, and what it does to a network.
CHANGES: tuple[tuple[str, str, OfNetwork], ...] = (
    (
        "meeting spikes potentiate",
        "two spikes that meet at a synapse in one step count as a pair, which potentiates",
        of_model(meeting_potentiates),
    ),
    (
        "meeting spikes depress",
        "two spikes that meet at a synapse in one step count as a pair, which depresses",
        of_model(meeting_depresses),
    ),
    (
        "target after source",
        "spikes of the target act after those of the source that reach the synapse in the same step",
        of_model(target_after_source),
    ),
    (
        "dendritic + 1 step",
        "the dendritic part of delays is one step longer, so that spikes of the target reach the synapse one step "
        "later",
        of_plastic(dendritic(1)),
    ),
    (
        "dendritic - 1 step",
        "the dendritic part of delays is one step shorter, so that spikes of the target reach the synapse one step "
        "earlier",
        of_plastic(dendritic(-1)),
    ),
    ("delays dendritic", "the whole delay of synapses is dendritic", of_plastic(all_dendritic)),
    ("delays axonal", "the whole delay of synapses is axonal", of_plastic(all_axonal)),
    ("A_plus + 1 %", "potentiation (A_plus) is 1 % larger", amplitude("plus", 1.01)),
    ("A_minus + 1 %", "depression (A_minus) is 1 % larger", amplitude("minus", 1.01)),
    ("no upper bound", "weights are not bounded by w_max", of_model(without_bound("min", "w_max"))),
    ("no lower bound", "weights are not bounded by w_min", of_model(without_bound("max", "w_min"))),
    ("nearest pairs", "each spike pairs with the nearest one alone, not with all", of_model(nearest_neighbour)),
    ("additive steps", "weights change by steps that do not depend on the weight", of_plastic(additive)),
    ("tau of source + 1 %", "traces of the source decay with a time constant 1 % larger", decay("pre", 1.01)),
    ("tau of target + 1 %", "traces of the target decay with a time constant 1 % larger", decay("post", 1.01)),
)
