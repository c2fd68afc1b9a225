"""``Projection.get_data()``: what was sampled of synapses, while a script runs and after."""

from __future__ import annotations

import numpy as np
import pytest
from pyNN.errors import NothingToWriteError, RecordingError

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models import pynn as sim
from unisono.models.pynn.simulator import capturing


def test_samples_come_in_segments_with_units_and_the_cells_of_each_synapse():
    with capturing(lambda: live_run(Executor(fresh=True), "reference", Settings())):
        sim.setup(timestep=0.1)
        sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[3.0, 9.0]))
        cells, other = (sim.Population(n, sim.IF_curr_exp(tau_refrac=1.0)) for n in (2, 1))
        rule = sim.SpikePairRule(A_plus=0.1, A_minus=0.05)
        synapse = sim.STDPMechanism(rule, sim.AdditiveWeightDependence(w_max=40.0), weight=30.0, delay=1.0)
        # two projections of the network, whose samples are put together
        plastic = sim.Projection(sources, cells + other, sim.AllToAllConnector(), synapse)
        short = sim.Projection(sources, cells, sim.OneToOneConnector(), sim.TsodyksMarkramSynapse(weight=0.1))
        plastic.record("weight", sampling_interval=2.0)
        short.record(["x", "u"], sampling_interval=5.0)
        with pytest.raises(NothingToWriteError):
            plastic.get_data()
        sim.run(9.0)
        (begun,) = plastic.get_data(purpose="a test").segments
        sim.run(6.0)
        block = plastic.get_data(purpose="a test")
        (signal,) = block.segments[0].analogsignals
        assert block.annotations["purpose"] == "a test"
        assert (signal.name, signal.shape, str(signal.dimensionality)) == ("weight", (8, 6), "nA")
        assert float(signal.sampling_period) == 2.0 and float(signal.t_start) == 0.0
        np.testing.assert_array_equal(signal.magnitude[:5], begun.analogsignals[0].magnitude)
        assert (signal.magnitude[0] == 30.0).all() and (signal.magnitude[-1] > 30.0).all()
        sim.run(1.0)
        now, indices = plastic.get_data("weight").segments[0].analogsignals[0][-1], signal.array_annotations
        matrix = plastic.get("weight", format="array")
        assert (matrix[indices["presynaptic_index"], indices["postsynaptic_index"]] == now.magnitude).all()
        with pytest.raises(RecordingError):
            plastic.get_data("x")
        sim.reset()
        sim.run(5.0)
        first, second = short.get_data().segments
        assert [s.name for s in first.analogsignals] == ["x", "u"]
        assert [s.analogsignals[1].shape for s in (first, second)] == [(4, 2), (2, 2)]
        assert str(second.analogsignals[1].dimensionality) == "dimensionless"
