"""What spikes of the target do, in C++: text only."""

from __future__ import annotations

from synapse_models import BCM, PAIR_STDP

from unisono.adapters.codegen.printers.brian2_targets import arriving
from unisono.adapters.codegen.synapse_step import synapse_program


def test_only_what_a_spike_of_the_target_needs_is_read():
    names = synapse_program(PAIR_STDP).known_at_target
    assert {"weight", "A_plus", "x", "y", "post__step"} <= set(names) and "A_minus" not in names
    assert set(names) <= set(synapse_program(PAIR_STDP).values)


def test_values_are_read_where_they_lie_and_only_changed_ones_are_stored():
    program = synapse_program(BCM)
    text = arriving(program, program.changing, delays_differ=False, real="float")
    assert "double syn_weight_ = all_weight[synapse];" in text and "double syn_eta_ = all_eta[0];" in text
    assert "all_weight[synapse] = syn_weight_;" in text and "all_eta[synapse] =" not in text
    assert "float *arrived = (float *)arguments[7]" in text and "dendritic[0]" in text
    assert "dendritic[synapse]" in arriving(program, program.values, delays_differ=True, real="double")


def test_decays_come_from_tables_as_far_as_these_go():
    text = arriving(synapse_program(PAIR_STDP), (), delays_differ=False, real="double")
    # for spikes of both sides
    assert text.count("syn_pre__step__past_ < sizes[0] ? table_x__decay[(int)syn_pre__step__past_] : exp(") == 2
