"""Synapse models as small programs."""

from __future__ import annotations

import pytest
from synapse_models import BERNOULLI, FACILITATING, PAIR_STDP

from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.models.errors import UnsupportedFeature
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
    assert targets == ["past__ms", "x", "y", "u", "u", "released", "x", "y", "last__step"]
    assert program.assignments[0].expression == "(now__step - last__step)*dt__ms"
    assert program.values[-3:] == ("last__step", "dt__ms", "to__grid") and program.common == ("dt__ms",)
    assert program.temporaries == ("past__ms", "released")


def test_what_no_simulator_runs_yet_is_refused():
    with pytest.raises(UnsupportedFeature, match="'PairSTDP' has traces, or spikes of the target change it"):
        synapse_program(PAIR_STDP)
