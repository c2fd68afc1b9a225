"""Programs of synapses, carried out event by event, against the reference, which reads the text of the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synapse_models import BCM, BERNOULLI, FACILITATING, GUETIG, PAIR_STDP, TRIPLET, TSODYKS_MARKRAM, VOGELS

from unisono.adapters.codegen.synapse_replay import Events, moved_on, replay
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.reference.synapses import Synapses
from unisono.models.network import Network, Population, Projection, Trial
from unisono.models.synapses import SYNAPSES, SynapseModel

#: Steps: the delay of all synapses, and the part of it behind the synapse.
SPLITS = ((0, 2), (1, 1), (2, 0), (9, 1))

#: A rule whose states decay between events, and that the target reads: a trace that pairs leave behind.
ELIGIBLE = replace(
    PAIR_STDP,
    name="Eligible",
    parameters={**PAIR_STDP.parameters, "tau_e": PAIR_STDP.parameters["tau_plus"]},
    equations="dweight/dt = 0 : receptor\nde/dt = -e/tau_e : 1",
    on_post="e += x\nweight = min(weight + A_plus*w_max*e, w_max)",
)

MODELS = (PAIR_STDP, GUETIG, TRIPLET, BCM, VOGELS, ELIGIBLE, TSODYKS_MARKRAM, BERNOULLI, FACILITATING)
MODELS += tuple(m for m in SYNAPSES.values() if not m.is_static and m.driving is None)

steps = st.lists(st.integers(1, 60), max_size=12)


def projected(model: SynapseModel, split: tuple[int, int], size: int) -> Network:
    axonal, dendritic = split
    values = {name: np.full(size, 7.0) for name in model.random}
    values["weight"] = np.linspace(0.02, 0.08, size)
    given_ = {True: {}, False: {}}
    for name, value in values.items():
        given_[name in model.parameters][name] = value
    definition = "" if SYNAPSES.get(model.name) == model else model.to_text()
    projection = Projection(
        "p", 0, 1, np.zeros(size, int), np.zeros(size, int), synapse=model.name, definition=definition,
        parameters=given_[True], initial=given_[False], axonal=axonal, dendritic=dendritic,
    )  # fmt: skip
    sources, cells = Population("s", "SpikeSourceArray", 1), Population("c", "IF_curr_exp", 1)
    return Network(0.1, (sources, cells), (projection,), trials=(Trial(()),))


def by_the_reference(network: Network, pre: list[int], post: list[int], until: int) -> dict[str, np.ndarray]:
    (projection,) = network.projections
    synapses, everyone = Synapses(projection, network.dt), np.arange(projection.size)
    axonal, dendritic = int(projection.axonal), int(projection.dendritic)
    events = [(p + dendritic, 0 if dendritic else 2, 0) for p in set(post)]
    events += [(p + axonal, 1, n) for n, p in enumerate(pre)]
    for step, order, _ in sorted(e for e in events if e[0] <= until):
        if order == 1:
            synapses.pass_source(everyone, step)
        elif projection.model.post_side.states or projection.model.post_statements:
            synapses.pass_target(everyone, step)
    return synapses.values


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@given(pre=steps, post=steps, split=st.sampled_from(SPLITS), stop=st.integers(0, 60))
def test_any_spikes_do_what_the_text_says(model, pre, post, split, stop):
    size = 3
    network = projected(model, split, size)
    begun = 40
    values = SynapseValues(network, begun=lambda index: begun)
    program = values.program(0)
    kept = {n: np.array(np.broadcast_to(v, size) if n in program.changing else v) for n, v in values.kept(0).items()}
    axonal, dendritic = split

    def events(arriving: list[int], after: int, until: int) -> Events:
        chosen = np.array([a for a in arriving if after < a <= until], np.int64)
        return Events(np.tile(np.arange(size), chosen.size), np.repeat(chosen, size) + begun)

    sources, targets = [p + axonal for p in pre], [p + dendritic for p in sorted(set(post))]
    if not program.at_target:
        targets = []
    # in two parts, as what a simulator has done and what it has yet to do
    for after, until in ((0, stop), (stop, 100)):
        replay(program, kept, events(sources, after, until), events(targets, after, until), np.asarray(dendritic == 0))
    right = by_the_reference(network, pre, post, 100)
    assert set(model.states) & set(program.values) == {n for n in model.states if n in kept}
    for name in model.states:
        if name not in {e.state for e in model.system if e.rhs != "0.0"}:
            np.testing.assert_allclose(kept[name], right[name], rtol=1e-12, atol=1e-15)
    last = max(sources, default=0)
    if not targets:  # the reference moves states at events only
        found = moved_on(program, kept, last + begun)
        for name, value in found.items():
            np.testing.assert_allclose(value, right[name], rtol=1e-12, atol=1e-15)


def test_states_move_on_to_the_time_of_reading():
    network = projected(SYNAPSES["TsodyksMarkramSynapse"], (0, 1), 1)
    values = SynapseValues(network)
    program = values.program(0)
    kept = {n: np.array(np.broadcast_to(v, 1)) for n, v in values.kept(0).items()}
    replay(
        program, kept, Events(np.array([0]), np.array([10])), Events(np.array([], int), np.array([], int)), np.False_
    )
    later = moved_on(program, kept, 1010)
    left = 0.5 * np.exp(-100.0 / 100.0)
    assert later["x"] == pytest.approx(1 - left, rel=1e-12)
    assert kept["x"] == pytest.approx(0.5)
