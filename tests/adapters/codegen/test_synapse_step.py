"""Synapse models as small programs."""

from __future__ import annotations

from synapse_models import BCM, BERNOULLI, FACILITATING, PAIR_STDP

from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.models.synapses import SYNAPSES


def test_a_static_synapse_sends_its_weight():
    program = synapse_program(SYNAPSES["StaticSynapse"])
    assert (program.assignments, program.sent, program.values) == ((), "weight", ("weight",))


def test_a_spike_of_the_source_changes_a_state():
    program = synapse_program(FACILITATING)
    assert program.assignments == (
        Assignment("u", "u + U * (1.0 - u)"),
        Assignment("released", "min(u, 0.9)"),
    )
    assert program.sent == "((weight * released) + to__grid) - to__grid"
    assert program.values == ("weight", "U", "u", "to__grid")
    assert program.temporaries == ("released",)
    assert synapse_program(BERNOULLI).values == ("weight", "p", "seed", "to__grid")


def test_time_passes_before_a_spike_changes_anything():
    program = synapse_program(SYNAPSES["TsodyksMarkramSynapse"])
    targets = [assignment.target for assignment in program.assignments]
    moving = ["x__decay", "y__to__x", "x", "y__decay", "y", "u__decay", "u"]
    assert targets == ["past__steps", *moving, "u", "released", "x", "y", "last__step"]
    assert program.assignments[0].expression == "now__step - last__step"
    assert [decay.target for decay in program.decays] == ["x__decay", "y__to__x", "y__decay", "u__decay"]
    assert program.values[-3:] == ("last__step", "dt__ms", "to__grid") and program.common == ("dt__ms",)
    assert program.temporaries == ("past__steps", *(decay.target for decay in program.decays), "released")


def test_a_spike_of_the_target_reads_what_is_left_of_the_trace_and_leaves_one():
    program = synapse_program(PAIR_STDP)
    assert Assignment("weight", "min(weight + A_plus * w_max * x__left, w_max)") in program.at_target
    assert Assignment("weight", "max(weight - A_minus * w_max * y__left, 0.0)") in program.assignments
    assert [a.target for a in program.at_target][-4:] == ["y__next", "y__before", "y", "post__step"]
    assert program.changing == ("weight", "x", "y", "x__before", "y__before", "pre__step", "post__step")
    # what is sent lies on the grid, the weight does not
    assert program.sent == "((weight) + to__grid) - to__grid"


def test_a_trace_that_no_statement_reads_is_left_alone():
    read = {a.target for a in synapse_program(BCM).assignments}
    assert "x__left" in read and "y__left" not in read
    assert not synapse_program(FACILITATING).at_target
