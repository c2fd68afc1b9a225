"""Synapses in GeNN 4's language, and what spikes of the target do to them where GeNN is set up."""

from __future__ import annotations

import re

import numpy as np
import pytest
from networks import alone
from synapse_models import FACILITATING, PAIR_STDP, TRIPLET

from unisono.adapters import registry
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.contract import Settings
from unisono.adapters.genn.design import design
from unisono.adapters.genn.synapses import at_source, catch_up
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NotReady
from unisono.models.network import Change, Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.models.synapses import SYNAPSES

PAIR = synapse_program(PAIR_STDP)
STEPS, SIZE, SOURCES, SYNAPSES_IN = 500, 5, 6, 40


def network_of(axonal, dendritic) -> Network:
    """Cells that spike more often than there is room for at first; two models, and changes."""
    rng = np.random.RandomState(7)

    def connect(model, pre, sources, weight, **parameters):
        return Projection(
            model.name,
            pre,
            1,
            rng.randint(0, sources, SYNAPSES_IN),
            rng.randint(0, SIZE, SYNAPSES_IN),
            rng.uniform(0.5, 1.0, SYNAPSES_IN) * weight,
            axonal=axonal,
            dendritic=dendritic,
            synapse=model.name,
            definition=model.to_text(),
            parameters={name: np.float64(value) for name, value in parameters.items()},
        )

    number = SOURCES * STEPS // 3
    cells, steps = rng.randint(0, SOURCES, number), rng.randint(0, STEPS, number)
    changes = (
        Change("synapse", 0, "A_plus", rng.uniform(0.001, 0.003, SYNAPSES_IN)),
        Change("synapse", 1, "weight", np.float64(3.0)),
    )
    potentials = rng.uniform(-65, -51, SIZE)
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourceArray", SOURCES),
            Population("cells", "IF_curr_delta", SIZE, {"tau_refrac": np.array(0.1)}, {"v": potentials}),
        ),
        (
            connect(PAIR_STDP, 0, SOURCES, 8.0, A_plus=0.002, A_minus=0.002, w_max=9.0),
            connect(TRIPLET, 1, SIZE, 1.0, **dict.fromkeys(("A2p", "A3p", "A2m", "A3m"), 1e-5)),
        ),
        spikes=(SpikeInput(0, cells, steps, rng.randint(1, 3, number)),),
        trials=(Trial((Epoch(233), Epoch(STEPS - 233, changes))),),
    )


def split() -> Network:
    """Half of the delays with an axonal part, behind which some deliver at once."""
    rng = np.random.RandomState(3)
    dendritic = rng.randint(0, 3, SYNAPSES_IN)
    return network_of(np.where(dendritic == 0, 2, rng.choice([0, 2], SYNAPSES_IN)), dendritic)


def test_a_static_synapse_adds_its_weight():
    static = synapse_program(SYNAPSES["StaticSynapse"])
    assert at_source(static, (), "double", 3, False).splitlines() == [
        "const double syn_weight_ = $(syn_weight_);",
        "const double sent = syn_weight_;",
        "$(addToInSyn,sent);",
    ]
    shared = at_source(static, ("weight",), "float", 1, True).splitlines()
    assert shared[0] == "const float syn_weight_ = $(syn_weight_)[0];"
    assert shared[-1] == "$(addToInSynDelay,sent,$(waiting));"


def test_only_what_spikes_change_can_be_changed():
    lines = at_source(synapse_program(FACILITATING), ("weight", "U"), "double", 1, False).splitlines()
    assert "double syn_u_ = $(syn_u_);" in lines
    assert "const double syn_U_ = $(syn_U_)[0];" in lines
    assert lines[-1] == "$(syn_u_) = syn_u_;"
    assert not [line for line in lines if "history" in line]


def test_a_synapse_sees_the_spikes_of_its_target_before_that_of_its_source():
    code = at_source(PAIR, PAIR.common, "double", 1, True)
    begin, loop, now, sent = (
        code.index(text) for text in ("const int dendritic = 1 + (int)$(waiting);", "for (;", "= floor(", "$(addTo")
    )
    assert begin < loop < code.index("$(seen) = next;") < now < sent
    assert "const int reach = dendritic + 0;" in code
    assert "- reach - (dendritic == 0);" in code


def test_the_program_carries_out_the_same_on_its_own_arrays():
    function = catch_up(PAIR, ("A_plus",), "double", 4, False, "connections0", 16)
    assert "$" not in function
    assert "const double syn_A_plus_ = syn_A_plus_connections0[0];" in function
    assert "double syn_weight_ = syn_weight_connections0[at];" in function
    assert "const int dendritic = 4;" in function and "const int reach = dendritic + 3;" in function
    inner = re.search(r"for \(; next < .*?\n(.*?)\n            \}", function, re.S)
    ours = re.search(r"for \(; steps.*?\n(.*?)\n\}", at_source(PAIR, ("A_plus",), "double", 4, False), re.S)
    assert [line.strip() for line in inner[1].splitlines()] == [line.strip() for line in ours[1].splitlines()]


def test_cells_note_their_spikes_only_where_these_change_synapses():
    plan = design(split(), Settings(), False)
    assert [cells.heard for cells in plan.cells] == [True]
    assert all(c.catch_up and "weight" in c.changing for c in plan.connections)
    assert [c.place for c in plan.connections] == [0, 1, 0, 1]
    assert not design(alone("IF_curr_exp", 5), Settings(), False).cells[0].heard


@pytest.mark.slow
@pytest.mark.parametrize("network", [network_of(0, 3), split()], ids=["dendritic", "split"])
def test_spikes_and_states_are_those_of_the_reference(network):
    executor = Executor(fresh=True, time_limit=600)
    try:
        executor.check_ready(registry.get("genn"), network, Settings())
    except NotReady as error:
        pytest.skip(str(error))
    runs = executor.run(network, ["genn", "reference"])
    for found in runs.values():
        assert found.recording is not None, f"{found.error}\n{found.log}"
    mine, right = (runs[name].recording.trials[0] for name in ("genn", "reference"))
    assert np.bincount(right.spikes[1].cells).max() > 128
    np.testing.assert_array_equal(mine.spikes[1].steps, right.spikes[1].steps)
    np.testing.assert_array_equal(mine.spikes[1].cells, right.spikes[1].cells)
    assert mine.synapses.keys() == right.synapses.keys() == {0, 1}
    for index, states in right.synapses.items():
        np.testing.assert_allclose(mine.synapses[index]["weight"], states["weight"], rtol=1e-11)
