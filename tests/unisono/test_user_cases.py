"""Situations from bug reports of PyNN, sPyNNaker and NEST, and from public scripts, each with its right values.

A script checks what it gets from the reference; where it says so, a comparison with NEST must be identical, too.
"""

import json
import textwrap

import pytest
from command_line import unisono

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.adapters.runtime.loading import load
from unisono.models.errors import CaptureWarning
from unisono.models.pynn.script import capture_script

HEAD = """
import numpy as np
import pyNN.nest as sim

def times(population):
    return [train.magnitude for train in population.get_data("spikes").segments[-1].spiketrains]

def samples(population, name="v"):
    return population.get_data(name).segments[-1].filter(name=name)[0].magnitude
"""

CASES = {
    # PyNN 367, 370: without the exponential the cell rises as tau_m ln(R I/(R I - (v_thresh - v_rest))): 8.73 ms
    "an AdEx cell with slope factor 0 is an integrate-and-fire cell": """
        sim.setup(timestep=0.01)
        slope = dict(delta_T=0.0, a=0.0, b=0.0, i_offset=1.0, v_thresh=-50.4, tau_refrac=2.0)
        kinds = sim.EIF_cond_exp_isfa_ista, sim.EIF_cond_alpha_isfa_ista
        cells = [sim.Population(1, kind(**slope)) for kind in kinds]
        for cell in cells:
            cell.initialize(v=-70.6)
            cell.record(["v", "spikes"])
        sim.run(60.0)
        resistance = 9.3667 / 0.281
        rise = 9.3667 * np.log(resistance / (resistance - 20.2))
        for cell in cells:
            (found,) = times(cell)
            assert found.size == 5 and abs(found[0] - rise) < 0.011, found
            assert np.allclose(np.diff(found), rise + 2.0, atol=0.011) and np.isfinite(samples(cell)).all()
        """,
    # PyNN 337
    "an assembly of views holds the cells of its views": """
        sim.setup(timestep=0.1)
        at = np.array([2.0, 3.0, 4.4])
        sources = sim.Population(8, sim.SpikeSourceArray(spike_times=[sim.Sequence(at + 0.1 * i) for i in range(8)]))
        cells = sim.Population(8, sim.IF_curr_exp())
        sim.Projection(sources, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=30.0, delay=0.5))
        both = sim.Assembly(sources[4:8], cells[4:8])
        both.record("spikes")
        sim.run(30.0)
        trains = times(both)
        assert len(trains) == 8 and all(t.size for t in trains)
        for i in range(4):
            assert np.allclose(trains[i], at + 0.1 * (i + 4))
        """,
    # PyNN 536: a source's spike at 3 ms is felt one step after 3 ms plus the delay, whatever other delays there are
    "a delay does not depend on other delays": """
        sim.setup(timestep=0.2)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[3.0]))
        cells = sim.Population(2, sim.IF_curr_exp())
        for cell, delay in ((0, 2.0), (1, 1.0)):
            synapse = sim.StaticSynapse(weight=7.0, delay=delay)
            sim.Projection(source, cells[cell:cell + 1], sim.AllToAllConnector(), synapse)
        cells.record("v")
        sim.run(10.0)
        assert np.argmax(samples(cells) > -65.0 + 1e-9, axis=0).tolist() == [26, 21]
        """,
    # PyNN 844
    "the initial potential of a delta cell decays, and input adds its weight": """
        sim.setup(timestep=0.1)
        cell = sim.Population(1, sim.IF_curr_delta(v_rest=-65.0, v_thresh=-50.0, tau_m=20.0))
        cell.initialize(v=-55.0)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[19.0]))
        sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=3.0, delay=1.0))
        cell.record("v")
        sim.run(40.0)
        t = 0.1 * np.arange(401)
        right = -65.0 + 10.0 * np.exp(-t / 20.0) + np.where(t >= 20.0 - 1e-9, 3.0 * np.exp(-(t - 20.0) / 20.0), 0.0)
        assert np.abs(samples(cell)[:, 0] - right).max() < 1e-9
        """,
    # PyNN 322: simulators differed
    "a cell with two adaptations slows down": """
        sim.setup(timestep=0.05)
        cell = sim.Population(1, sim.IF_cond_exp_gsfa_grr(i_offset=1.5))
        cell.record("spikes")
        sim.run(300.0)
        intervals = np.diff(times(cell)[0])
        assert intervals.size > 4 and intervals[-1] > intervals[0]
        """,
    # PyNN 512, 572: halves go up, so equal lengths stay equal
    "pulses of one length last equally long, delays of half steps move alike": """
        sim.setup(timestep=0.1)
        starts = [0.55, 0.65, 0.75, 0.85]
        cells = sim.Population(4, sim.IF_curr_exp(v_thresh=0.0))
        for cell, start in zip(cells, starts):
            cell.inject(sim.StepCurrentSource(times=[start, start + 0.3], amplitudes=[1.0, 0.0]))
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.05, 1.15, 1.25]))
        targets = sim.Population(4, sim.IF_curr_exp(v_thresh=0.0))
        rows = [(0, i, 1.0, delay) for i, delay in enumerate([0.15, 0.25, 0.35, 0.45])]
        wires = sim.Projection(source, targets, sim.FromListConnector(rows))
        cells.record("v"); source.record("spikes")
        sim.run(5.0)
        rising = (np.diff(samples(cells), axis=0) > 1e-9).sum(axis=0)
        assert rising.tolist() == [3, 3, 3, 3], rising
        assert np.allclose(wires.get("delay", format="list", with_address=False), [0.2, 0.3, 0.4, 0.5])
        assert np.allclose(times(source)[0], [1.1, 1.2, 1.3])
        """,
    # NEST 329, 330, 473
    "a Hodgkin-Huxley cell has one spike for each action potential": """
        sim.setup(timestep=0.02)
        cells = sim.Population(2, sim.HH_cond_exp(i_offset=[0.5, 1.0]))
        cells.initialize(v=-64.0)
        cells.record(["v", "spikes"])
        sim.run(60.0)
        v = samples(cells)
        crossings = ((v[1:] >= 10.0) & (v[:-1] < 10.0)).sum(axis=0)
        assert [t.size for t in times(cells)] == crossings.tolist() and crossings[1] > 1
        """,
    # PyNN's documentation: what a list lacks comes from the synapse type
    "a list may lack weights or delays": """
        sim.setup(timestep=0.1)
        source = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0]))
        cells = sim.Population(2, sim.IF_curr_exp())
        rows = {
            (): [(0, 0), (1, 1)], ("weight",): [(0, 0, 0.1), (1, 1, 0.2)], ("delay",): [(0, 0, 1.0), (1, 1, 3.0)],
        }
        right = {
            (): [(0.5, 2.0), (0.5, 2.0)], ("weight",): [(0.1, 2.0), (0.2, 2.0)], ("delay",): [(0.5, 1.0), (0.5, 3.0)],
        }
        for names, table in rows.items():
            connector = sim.FromListConnector(table, column_names=list(names))
            wires = sim.Projection(source, cells, connector, sim.StaticSynapse(weight=0.5, delay=2.0))
            assert np.allclose(wires.get(["weight", "delay"], format="list", with_address=False), right[names])
        sim.run(1.0)
        """,
    # Brian2's documentation: worked out on the grid, input arrives at 5, 6, 7 ms: 4, 7.62, 10.89 mV >= 10 mV
    "a threshold may be a variable": """
        import unisono
        Cell = unisono.cell(
            "Adapting", parameters={"tau": "10 ms", "tau_t": "15 ms", "base": "10 mV", "jump": "3 mV"},
            equations="dv/dt = -v/tau : mV\\ndvt/dt = (base - vt)/tau_t : mV",
            threshold="v >= vt", reset="v = 0*mV; vt += jump", receptors={"excitatory": "v"}, initial={"vt": "10 mV"},
        )
        sim.setup(timestep=0.1)
        cell = sim.Population(1, Cell())
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=np.arange(4.0, 30.0)))
        sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=4.0, delay=1.0))
        cell.record("spikes")
        sim.run(40.0)
        v, vt, right = 0.0, 10.0, []
        for k in range(1, 401):
            v, vt = v * np.exp(-0.01), 10 + (vt - 10) * np.exp(-0.1 / 15)
            v += 4.0 if k % 10 == 0 and 50 <= k <= 300 else 0.0
            if v >= vt:
                right.append(round(0.1 * k, 6)); v = 0.0; vt += 3.0
        assert right[0] == 7.0 and [round(t, 6) for t in times(cell)[0]] == right
        """,
    # PyNN 522, 218, 302
    "weights set from a list lie in rows of sources": """
        sim.setup(timestep=0.1)
        two = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0])), sim.Population(2, sim.IF_curr_exp())
        wires = sim.Projection(*two, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=1.0))
        wires.set(weight=[1.0, 2.0, 3.0, 4.0])
        assert wires.get("weight", format="array").tolist() == [[1.0, 2.0], [3.0, 4.0]]
        sources = sim.Population(5, sim.SpikeSourceArray(spike_times=[5.0, 60.0]))
        cells = sim.Population(5, sim.IF_curr_exp())
        pairs = sim.Projection(sources, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=20.0, delay=1.0))
        cells.record("spikes")
        sim.run(50.0)
        before = np.array([t.size for t in times(cells)])
        pairs.set(weight=[0, 20.0, 0, 0, 0])
        sim.run(50.0)
        assert before.min() == before.max() > 0
        assert ([t.size for t in times(cells)] - before > 0).tolist() == [False, True, False, False, False]
        """,
    # published scripts call connect() once a synapse
    "many small projections are one network": """
        sim.setup(timestep=0.1)
        pairs = [(k % 5, (7 * k + 3) % 5) for k in range(15)]
        many, one, none = (sim.Population(5, sim.IF_curr_exp(i_offset=np.linspace(0.8, 1.2, 5))) for _ in range(3))
        for source, target in pairs:
            sim.connect(many[source], many[target], weight=0.5, delay=1.0)
        rows = [(*pair, 0.5, 1.0) for pair in pairs]
        sim.Projection(one, one, sim.FromListConnector(rows), sim.StaticSynapse())
        for cells in (many, one, none):
            cells.record("spikes")
        sim.run(60.0)
        found, right, alone = ([train.tolist() for train in times(cells)] for cells in (many, one, none))
        assert found == right != alone and all(found)
        """,
    # PyNN 651: interval = steps of the rise + the refractory period on the grid; 0.26 ms are 3 steps
    "refractory periods differ from cell to cell": """
        sim.setup(timestep=0.1)
        cells = sim.Population(4, sim.IF_curr_exp(i_offset=2.0, v_reset=-65.0, tau_refrac=[0.0, 2.0, 5.0, 0.26]))
        cells.record("spikes")
        sim.run(100.0)
        rise = np.ceil(20 * np.log(40 / 25) / 0.1) * 0.1
        for found, pause in zip(times(cells), (0.0, 2.0, 5.0, 0.3)):
            assert np.allclose(np.diff(found), rise + pause)
        """,
    # PyNN 651
    "a refractory period may be set later": """
        sim.setup(timestep=0.1)
        membrane = dict(v_rest=-65.0, v_thresh=-55.0)
        early, late = (sim.Population(2, sim.IF_curr_exp(**membrane, tau_refrac=pause)) for pause in (30.0, 10.0))
        late.set(tau_refrac=30.0)
        for population in (early, late):
            population[0].inject(sim.DCSource(amplitude=4.0, start=25.0, stop=200.0))
            population.record("spikes")
        sim.run(200.0)
        for population in (early, late):
            assert np.allclose(np.diff(times(population)[0]), 32.7, atol=1e-6)
        """,
    # PyNN 448, 667
    "one sampling interval for a population, spikes apart": """
        sim.setup(timestep=0.1)
        cells = sim.Population(6, sim.IF_curr_exp(i_offset=1.0))
        cells.record("spikes", sampling_interval=20.0)
        cells[0:3].record("v", sampling_interval=1.0)
        try:
            cells[3:6].record("v", sampling_interval=2.0)
        except ValueError as error:
            assert "same sampling interval" in str(error)
        else:
            raise RuntimeError("a second interval was taken")
        sim.run(100.0)
        assert samples(cells).shape == (101, 3)
        """,
    # docs/conventions.md: an initial value is not tested, the next grid point is
    "a potential that begins above the threshold": """
        sim.setup(timestep=0.1)
        kicked = sim.Population(1, sim.IF_cond_exp(), initial_values={"v": 1.0})
        follower = sim.Population(1, sim.IF_cond_exp())
        sim.Projection(kicked, follower, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1, delay=0.3))
        kicked.record("spikes"); follower.record("v")
        sim.run(20.0)
        kicked.initialize(v=1.0)
        sim.run(5.0)
        assert np.allclose(times(kicked)[0], [0.1, 20.1])
        assert np.argmax(samples(follower)[:, 0] > -65.0 + 1e-9) == 5
        """,
    # PyNN 512
    "currents read back what was set": """
        sim.setup(timestep=0.1)
        step = sim.StepCurrentSource(times=[0.4, 0.5, 0.9], amplitudes=[0.5, -0.5, 0.5])
        noise = sim.NoisyCurrentSource(mean=0.1, stdev=0.2, start=1.0, stop=9.0, dt=0.5)
        wave = sim.ACSource(amplitude=0.3, frequency=20.0, offset=0.1, phase=90.0)
        assert step.amplitudes[0] == 0.5 and list(step.times.value) == [0.4, 0.5, 0.9]
        step.amplitudes = [0.1, 0.2, 0.3]
        assert list(step.amplitudes.value) == [0.1, 0.2, 0.3]
        assert (noise.mean, noise.stdev, noise.dt, wave.frequency, wave.phase) == (0.1, 0.2, 0.5, 20.0, 90.0)
        for source in (step, noise, wave, sim.DCSource(amplitude=0.7)):
            for name, value in source.get_parameters().items():
                assert getattr(source, name) == value, name
        sim.run(1.0)
        """,
    # PyNN 511, and wrong types: PyNN's own errors, which a script can catch
    "values that cannot be raise PyNN's errors": """
        from pyNN.errors import InvalidParameterValueError
        sim.setup(timestep=0.1)
        cells, sources = sim.Population(3, sim.IF_cond_exp()), sim.Population(2, sim.SpikeSourceArray())
        wires = sim.Projection(sources, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
        unsorted = [[2.4, 4.8], [3.5, 9.6, 8.3]]
        for call, words in {
            lambda: cells.set(tau_m={}): "IF_cond_exp: tau_m cannot be {}",
            lambda: cells[0:2].set(tau_m=None): "tau_m cannot be None",
            lambda: cells[0].set_parameters(tau_m={"a": 1}): "tau_m cannot be",
            lambda: cells.initialize(v={}): "v cannot be",
            lambda: sim.IF_cond_exp(cm={}): "cm cannot be",
            lambda: wires.set(weight={}): "weight cannot be",
            lambda: sim.StaticSynapse(weight=1j): "weight cannot be",
            lambda: sim.DCSource(amplitude={}): "amplitude cannot be",
            lambda: sources.set(spike_times=unsorted): "those of source 1 have 8.3 ms after 9.6 ms",
            lambda: sim.Population(2, sim.SpikeSourceArray(spike_times=unsorted)): "in increasing order",
        }.items():
            try:
                call()
            except InvalidParameterValueError as error:
                assert words in str(error), error
            else:
                raise RuntimeError(words)
        sim.run(1.0)
        """,
    "callbacks whose end is off the grid come to it": """
        sim.setup(timestep=0.1)
        sim.Population(1, sim.IF_curr_exp())
        called = []
        def call(t):
            called.append(round(t, 6))
            return t + 10.0
        assert round(sim.run_until(25.03, callbacks=[call]), 6) == 25.0 and called == [0.0, 10.0, 20.0, 25.0]
        fine = []
        def often(t):
            fine.append(t)
            return t + 0.01
        sim.run(0.4, callbacks=[often])
        assert len(fine) == 5  # once a step
        for back in (lambda t: t, lambda t: t - 1.0, lambda t: float("nan"), lambda t: None):
            try:
                sim.run(1.0, callbacks=[back])
            except Exception as error:
                assert "returned" in str(error), error
            else:
                raise RuntimeError("no error")
        """,
}

#: Cases whose runs on NEST must be identical to those of the reference; built in, so that nothing is compiled.
COMPARED = (
    "a delay does not depend on other delays",
    "pulses of one length last equally long, delays of half steps move alike",
    "many small projections are one network",
    "refractory periods differ from cell to cell",
    "weights set from a list lie in rows of sources",
)


def text_of(case):
    return HEAD + textwrap.dedent(CASES[case])


@pytest.mark.parametrize("case", CASES)
def test_a_script_gets_the_right_values(tmp_path, case):
    path = tmp_path / "case.py"
    path.write_text(text_of(case))
    script = capture_script(path, lambda: live_run(Executor(time_limit=600), "reference", Settings()))
    # an error after the last run is a warning: there may be no other than that of times off the grid
    assert [w for w in script.warnings if not w.startswith("Times off the grid")] == []


@pytest.mark.parametrize("case", COMPARED)
def test_simulators_give_the_right_values_alike(tmp_path, case):
    (tmp_path / "case.py").write_text(text_of(case) + '\nprint("as it should be")\n')
    answer = unisono("compare", "case.py", "--on", "nest,reference", "--json", "case.json", cwd=tmp_path)
    assert "as it should be" in answer.stdout, answer.stdout + answer.stderr
    assert json.loads((tmp_path / "case.json").read_text())["verdict"] == "identical"


def test_an_error_after_the_run_is_a_warning_and_the_verdict_counts(tmp_path):
    (tmp_path / "case.py").write_text(
        "import pyNN.spiNNaker as sim\nsim.setup(timestep=0.1)\n"
        "cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.0))\ncells.record(['v', 'spikes'])\nsim.run(50.0)\n"
        "sim.end()\nprint('Simulated with {}'.format(sim.name()))\n"
    )
    answer = unisono("compare", "case.py", "--on", "nest,reference", cwd=tmp_path)
    assert answer.returncode == 0 and "Verdict: identical" in answer.stdout, answer.stdout + answer.stderr
    assert "unisono: warning: case.py, line 7: 'name' of pyNN.spiNNaker" in answer.stderr
    assert "This came after the last run: the network is complete." in answer.stderr
    with pytest.warns(CaptureWarning, match="case.py, line 7"):
        assert load(tmp_path / "case.py", on="reference").neurons == 2
