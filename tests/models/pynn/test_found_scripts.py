"""Scripts as they are found: errors after the last run, arguments, back ends of other projects, PyNN 0.7."""

import textwrap

import pytest

import unisono.models.pynn as sim
from unisono.models.errors import CaptureError, CaptureWarning, NetworkError, ScriptError
from unisono.models.pynn.script import capture_script

RUN = """\
import pyNN.nest as sim
sim.setup(timestep=0.1)
cells = sim.Population(3, sim.IF_curr_exp(i_offset=1.0), label="cells")
cells.record("spikes")
sim.run(20.0)
"""


def unused():
    raise AssertionError("this script asks for no data")


@pytest.fixture
def capture(tmp_path):
    def run(text, *args):
        path = tmp_path / "model.py"
        path.write_text(textwrap.dedent(text))
        return capture_script(path, unused, args)

    return run


AFTER = {
    "a name of one back end": ("print(sim.name())", "'name' of pyNN.nest"),
    "an old name of Neo": ("cells.get_data\ncells.analogsignalarrays", "has no attribute 'analogsignalarrays'"),
    "a package": ("import plotting_package_of_somebody", "No module named 'plotting_package_of_somebody'"),
    "its own check": ("assert cells.size == 4, 'four'", "AssertionError: four"),
    "an exit status": ("import sys\nsys.exit('no display')", "exit status 1: no display"),
    "PyNN 0.7": ("sim.end()\ncells.print_c('spikes.dat')", "'print_c' is a name of PyNN 0.7"),
    "a function": ("def plot():\n    return 1 / 0\nplot()", "ZeroDivisionError"),
    "a loop without runs": ("for cell in cells:\n    cell.lost", "lost"),
}


@pytest.mark.parametrize("what", AFTER)
def test_an_error_after_the_last_run_leaves_the_network(capture, what):
    text, words = AFTER[what]
    found = capture(RUN + text)
    assert [n.network.duration for n in found.networks] == [20.0]
    (warning,) = found.warnings
    assert words in warning and "model.py, line" in warning and "after the last run" in warning


BETWEEN = {
    "behind it": "1 / 0\nsim.run(5.0)",
    "in the same loop": "for k in range(2):\n    sim.run(1.0)\n    1 / 0",
    "in a function that is called behind it": "def go():\n    sim.run(1.0)\n1 / 0\ngo()",
    "in the loop around a call": "def fail():\n    1 / 0\nfor k in range(2):\n    sim.run(1.0)\n    fail()",
    "during a run": "def fail(t):\n    1 / 0\nsim.run(5.0, callbacks=[fail])",
    "in the function that fails": "def main():\n    sim.run(1.0)\n    1 / 0\n    sim.run(1.0)\nmain()",
    "before any": "",
}


@pytest.mark.parametrize("what", BETWEEN)
def test_an_error_that_a_run_may_follow_is_the_scripts(capture, what):
    text = RUN + BETWEEN[what] if BETWEEN[what] else "import pyNN.nest as sim\nsim.setup()\n1 / 0"
    with pytest.raises(ScriptError, match=r"model.py, line \d+: ZeroDivisionError: division by zero."):
        capture(text)


def test_a_main_function_that_fails_at_its_end(capture):
    body = textwrap.indent(RUN.split("\n", 1)[1], "    ")
    found = capture(f"import pyNN.nest as sim\ndef main():\n{body}    1 / 0\nif __name__ == '__main__':\n    main()\n")
    assert found.networks[0].network.neurons == 3 and "ZeroDivisionError" in found.warnings[0]


def test_a_refused_feature_after_the_last_run_changes_nothing(capture):
    assert "cannot be added after a run" in capture(RUN + "sim.Population(1, sim.IF_curr_exp())").warnings[0]


# -- arguments ----------------------------------------------------------------

SHOWN = """
import sys
import pyNN.nest as sim
sim.setup()
sim.Population(1, sim.IF_curr_exp(), label=" ".join(sys.argv[1:]))
sim.run(1.0)
"""

TAKES = {
    "an index": "import sys\nname = sys.argv[1]\nexec('import pyNN.%s as sim' % name)\n",
    "the last": "import sys\nname = sys.argv[-1]\nexec('from pyNN import %s as sim' % name)  # pyNN.%s\n",
    "PyNN's helper": "from pyNN.utility import *\nexec('import pyNN.%s as sim' % get_script_args(1)[0])\n",
    "PyNN's parser": "from pyNN.utility import get_simulator\nsim, options = get_simulator()\n",
    "its own parser": (
        "import argparse\nfrom importlib import import_module\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('simulator')\nsim = import_module('pyNN.%s' % parser.parse_args().simulator)\n"
    ),
    "a choice": (
        "import sys\nif len(sys.argv) < 2:\n    sys.exit('usage: model.py simulator')\n"
        "sim = __import__('pyNN.' + sys.argv[1], fromlist=['x'])\n"
    ),
}


@pytest.mark.parametrize("args", [(), ("neuron",)])
@pytest.mark.parametrize("way", TAKES)
def test_a_script_that_needs_the_name_of_a_simulator_gets_it(capture, capsys, way, args):
    found = capture(TAKES[way] + SHOWN.replace("import pyNN.nest as sim", ""), *args)
    assert found.networks[0].network.populations[0].label == (args[0] if args else "nest")
    assert "usage" not in capsys.readouterr().err


@pytest.mark.parametrize("args", [(), ("10",), ("-nest", "nest"), ("--label", "nest"), ("fast", "3")])
def test_others_get_their_arguments_as_they_are(capture, args):
    text = "# get_simulator() and 'import pyNN.%s' are not used here\nfrom pyNN.utility import get_simulator\n" + SHOWN
    network = capture(text, *args).networks[0].network
    assert network.populations[0].label == (" ".join(args) or "population0")


def test_a_name_that_a_script_has_by_itself_stays(capture):
    text = "import sys\nname = sys.argv[1] if len(sys.argv) > 1 else 'neuron'\nexec('import pyNN.%s as sim' % name)\n"
    assert capture(text + SHOWN.replace("import pyNN.nest as sim", "")).networks[0].network.populations[0].label in (
        "",
        "population0",
    )


def test_the_name_comes_before_arguments_that_were_given(capture):
    text = "import sys\nexec('import pyNN.%s as sim' % sys.argv[1])\nassert int(sys.argv[2]) == 10\n"
    assert capture(text + SHOWN.replace("import pyNN.nest as sim", ""), "10").networks[0].network.neurons == 1


def test_the_name_comes_last_for_a_script_that_reads_it_there(capture):
    text = "import sys\nsimulator, number = sys.argv[-1], int(sys.argv[1])\nexec('import pyNN.%s as sim' % simulator)\n"
    assert capture(text + SHOWN.replace("import pyNN.nest as sim", ""), "10").networks[0].network.neurons == 1


def test_a_script_with_another_error_is_started_once(capture, tmp_path):
    count = tmp_path / "count"
    text = f"from pyNN.utility import get_simulator\nopen({str(count)!r}, 'a').write('x')\n1 / 0\n"
    with pytest.raises(ScriptError, match="line 3: ZeroDivisionError"):
        capture(text, "10")
    assert count.read_text() == "x"


# -- back ends ------------------------------------------------------------------

MODULES = (
    *("pyNN.spiNNaker", "pyNN.brainscales", "pyNN.hardware.brainscales", "pyNN.genn", "pyNN.carlsim", "pyNN.arbor"),
    *("spynnaker8", "pynn_genn", "pynn_brainscales.brainscales2"),
)


@pytest.mark.parametrize("module", MODULES)
def test_back_ends_of_other_projects_are_names(capture, module):
    assert capture(RUN.replace("pyNN.nest", module)).networks[0].network.neurons == 3


def test_calls_that_tune_a_back_end_do_nothing_and_say_so_once(capture):
    text = RUN.replace("pyNN.nest", "pyNN.spiNNaker").replace(
        "cells.record",
        "sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 50)\n"
        "for k in range(3):\n    cells.set_max_atoms_per_core(10)\ncells.record",
    )
    found = capture(text)
    assert found.networks[0].network.fingerprint == capture(RUN).networks[0].network.fingerprint
    assert found.warnings == (
        "set_number_of_neurons_per_core() has no effect: it tunes one simulator only.",
        "set_max_atoms_per_core() has no effect: it tunes one simulator only.",
    )


FEATURES = {
    "sim.ElectricalSynapse()": "Electrical synapses",
    "sim.PassiveLeak": r"Multi-compartment cells .* not supported yet. Unisono simulates point cells",
    "sim.MultiCompartmentNeuron()": r"Multi-compartment cells .* not supported yet. Unisono simulates point cells",
    "sim.extra_models.IFCurDelta()": "Models that only sPyNNaker has",
    "from pyNN.spiNNaker.extra_models import SpikeSourcePoissonVariable": "Models that only sPyNNaker has",
    "from pyNN.nest import nestml": "Cells and synapses in NESTML",
    "from pyNN.neuron import Mechanism": "'Mechanism' of pyNN.neuron is not among",
    "sim.nineml_cell_type": "Cells and synapses in NineML",
}


@pytest.mark.parametrize("call", FEATURES)
def test_refusals_name_the_feature_the_line_and_what_works(capture, call):
    with pytest.raises(CaptureError, match=rf"model.py, line 3: {FEATURES[call]}") as caught:
        capture(f"import pyNN.spiNNaker as sim\nsim.setup()\n{call}\nsim.run(1.0)")
    assert caught.value.remedy


OLD = {
    "sim.AllToAllConnector(weights=0.1)": "'weights' of a connector is one of PyNN 0.7; since PyNN 0.8, the synapse",
    "sim.Projection(cells, cells, sim.AllToAllConnector(), target='excitatory')": "it is called receptor_type",
    "cells.record()": "record.. without variables is PyNN 0.7",
    "sim.SynapseDynamics(fast=None)": "'SynapseDynamics' is a name of PyNN 0.7; since PyNN 0.8 there is a type such",
    "print 'done'": "The script is written for Python 2",
    "from pyNN.nest import TsodyksMarkramMechanism": "'TsodyksMarkramMechanism' is a name of PyNN 0.7",
}


@pytest.mark.parametrize("call", OLD)
def test_scripts_for_pynn_07_are_refused_in_one_sentence(capture, call):
    with pytest.raises(CaptureError, match=rf"model.py, line \d: .*{OLD[call]}") as caught:
        capture(RUN.replace("cells.record('spikes')", "").replace('cells.record("spikes")', call))
    assert "PyNN 0.8 and later" in caught.value.remedy


# -- what has no effect, or another one -----------------------------------------------

NO_EFFECT = {
    "spike_precision='off_grid'": "setup(): spike_precision='off_grid' has no effect: spikes lie on the grid",
    "use_cvode=True, rtol=0.001": "setup(): use_cvode=True, rtol=0.001 has no effect: the time step is fixed.",
    "threads=4": "setup(): threads=4 has no effect: '--threads' sets the threads of all simulators.",
}


@pytest.mark.parametrize("arguments", NO_EFFECT)
def test_arguments_of_setup_without_effect_are_named(capture, arguments):
    (warning,) = capture(RUN.replace("timestep=0.1", f"timestep=0.1, {arguments}")).warnings
    assert NO_EFFECT[arguments] in warning


def test_harmless_arguments_of_setup_are_not(capture):
    arguments = "spike_precision='on_grid', use_cvode=False, quit_on_end=False, verbosity='error', max_delay=10.0"
    assert capture(RUN.replace("timestep=0.1", f"timestep=0.1, {arguments}")).warnings == ()


def test_times_off_the_grid_are_reported_once(capture):
    (warning,) = capture(
        """
        import pyNN.nest as sim
        sim.setup(timestep=0.1)
        cells = sim.Population(2, sim.IF_curr_exp(tau_refrac=2.04))
        sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0, 2.05], [3.0]]))
        list = sim.FromListConnector([(0, 0, 1.0, 0.25), (1, 1, 1.0, 0.3), (0, 1, 1.0, 0.37)])
        sim.Projection(sources, cells, list)
        cells.inject(sim.DCSource(amplitude=0.1, start=1.02, stop=4.0))
        sim.run(5.0)
        sim.run_until(25.03)
        """
    ).warnings
    assert warning == (
        "Times off the grid of 0.1 ms moved to its points: end of a run, 25.03 ms to 25 ms; delay (2 of them, by up to "
        "0.05 ms: 0.25 ms to 0.3 ms); refractory period, 2.04 ms to 2 ms; spike time, 2.05 ms to 2.1 ms; start, "
        "1.02 ms to 1 ms."
    )


def test_a_session_without_a_script_warns_by_itself(monkeypatch):
    monkeypatch.setattr(sim.simulator, "session", sim.Session(hear=sim.simulator.session._hear))
    with pytest.warns(CaptureWarning, match="spike_precision='off_grid' has no effect"):
        sim.setup(timestep=0.1, spike_precision="off_grid")
    sim.run(1.03)
    with pytest.warns(CaptureWarning, match=r"end of a run, 1\.03 ms to 1 ms"):
        sim.end()


# -- seeds --------------------------------------------------------------------------


def seed_of(**parameters):
    with sim.capturing():
        sim.setup(**parameters)
        return sim.simulator.state.seed


@pytest.mark.parametrize("name", ["rng_seed", "seed", "grng_seed", "rng_seeds_seed", "native_rng_baseseed"])
def test_the_seed_has_the_name_that_any_back_end_gives_it(name):
    assert seed_of(**{name: 7}) == 7 and seed_of() == 42


def test_lists_of_seeds_count_as_a_whole():
    assert seed_of(rng_seeds=[7]) == 7
    found = [seed_of(rng_seeds=seeds) for seeds in ([7, 8], [7, 9], [8, 7], (7, 8))]
    assert len(set(found[:3])) == 3 and found[3] == found[0]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "seven", [], [1, -2]])
def test_other_seeds_are_refused_by_name(seed):
    with pytest.raises(NetworkError, match="rng_seeds"):
        seed_of(rng_seeds=seed)
