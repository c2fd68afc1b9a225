"""Tables of decays: the bits of the exponential function itself, for as long as synapses share their time constants."""

from __future__ import annotations

import math

import numpy as np
from synapse_models import PAIR_STDP

from unisono.adapters.codegen.synapse_decays import TABLE, DecayTables
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.models.synapses import SYNAPSES

VALUES = {"tau_plus": np.asarray(17.3), "tau_minus": np.array([33.1]), "dt__ms": np.asarray(0.1)}


def test_a_table_has_the_bits_of_the_function():
    tables = DecayTables(synapse_program(PAIR_STDP))
    tables.fill(VALUES)
    assert tables.sizes.tolist() == [TABLE, TABLE]
    for array, tau in zip(tables.arrays, (17.3, 33.1), strict=True):
        assert array.tolist() == [math.exp(-(n * 0.1) / tau) for n in range(TABLE)]


def test_synapses_that_differ_in_a_time_constant_have_none_as_long_as_they_do():
    tables = DecayTables(synapse_program(PAIR_STDP))
    assert tables.constants == {"tau_plus", "tau_minus", "dt__ms"}
    for taus, size in (([10.0, 20.0, 10.0], 0), ([10.0, 10.0, 10.0], TABLE), ([10.0, 10.0, 11.0], 0)):
        tables.fill(VALUES | {"tau_plus": np.array(taus)})
        assert tables.sizes.tolist() == [size, TABLE]
    assert tables.arrays[0][10] == math.exp(-1.0 / 10.0)


def test_what_one_state_hands_to_another_has_a_table_too():
    tables = DecayTables(synapse_program(SYNAPSES["TsodyksMarkramSynapse"]))
    values = {"tau_rec": 100.0, "tau_psc": 3.0, "tau_facil": 0.0, "dt__ms": 0.1}
    tables.fill({name: np.asarray(value) for name, value in values.items()})
    given = {decay.target: array for decay, array in zip(tables.decays, tables.arrays, strict=True)}
    assert given["y__to__x"][0] == 0.0 and given["y__to__x"].argmax() > 0
    # without facilitation nothing is left after a step
    assert given["u__decay"][:2].tolist() == [1.0, 0.0]
