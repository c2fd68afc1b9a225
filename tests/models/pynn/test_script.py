"""Whole scripts, unmodified, however they pick their simulator."""

import logging
import os
import sys
import textwrap

import pyNN
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models.errors import CaptureError, ScriptError, SimulatorFailed
from unisono.models.pynn.script import capture_script

MODEL = """
sim.setup(timestep=0.1)
cells = sim.Population(3, sim.IF_curr_exp(i_offset=1.0), label="cells")
cells.record("spikes")
sim.run(20.0)
sim.end()
"""

STAR = """
setup(timestep=0.1)
cells = Population(3, IF_curr_exp(i_offset=1.0), label="cells")
run(20.0)
end()
"""

WAYS = {
    "import": ("import pyNN.nest as sim", MODEL),
    "import whole": ("import pyNN.neuron\nsim = pyNN.neuron", MODEL),
    "from": ("from pyNN import brian2 as sim", MODEL),
    "star": ("from pyNN.brian2 import *", STAR),
    "importlib": ("from importlib import import_module\nsim = import_module('pyNN.neuron')", MODEL),
    "exec": ("import sys\nexec('import pyNN.%s as sim' % sys.argv[1])", MODEL),
    "exec star": (
        "from pyNN.utility import get_script_args\nexec('from pyNN.%s import *' % get_script_args(1)[0])",
        STAR,
    ),
    "formatted": ("import sys\nsim = __import__(f'pyNN.{sys.argv[-1]}', fromlist=['x'])", MODEL),
    "get_simulator": ("from pyNN.utility import get_simulator\nsim, options = get_simulator()", MODEL),
    "with options": (
        "from pyNN.utility import get_simulator\n"
        "sim, options = get_simulator(('--steps', 'number', {'type': int, 'default': 4}))\nassert options.steps == 4",
        MODEL,
    ),
    "unisono itself": ("import unisono.models.pynn as sim", MODEL),
    "mock": ("import pyNN.mock as sim", MODEL),
}


def captured(*args):
    (found,) = capture_script(*args).networks
    return found.network


def unused():
    raise AssertionError("this script asks for no data")


@pytest.fixture
def script(tmp_path):
    def write(text, name="model.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_a_simulator(script, way):
    path = script("\n".join(WAYS[way]))
    before = (
        {n: m for n, m in sys.modules.items() if n.startswith("pyNN")},
        vars(pyNN).copy(),
        list(sys.argv),
        list(sys.path),
    )
    network = captured(path, unused)
    assert (network.label, network.neurons, network.duration) == ("model", 3, 20.0)
    after = {n: m for n, m in sys.modules.items() if n in before[0]}, vars(pyNN), sys.argv, sys.path
    assert after[0] == before[0] and list(after[2]) == before[2] and list(after[3]) == before[3]
    assert not hasattr(pyNN, "nest") or getattr(pyNN, "nest", None) is before[1].get("nest")


@pytest.mark.parametrize("args", [("neuron",), ("--steps", "7", "brian2"), ("--steps=7",)])
def test_arguments(script, args):
    path = script(
        """
        from pyNN.utility import get_simulator
        sim, options = get_simulator(("--steps", "number", {"type": int, "default": 7}))
        sim.setup()
        sim.Population(options.steps, sim.IF_curr_exp(), label=options.simulator)
        sim.run(1.0)
        """
    )
    network = captured(path, unused, args)
    assert network.populations[0].size == 7
    assert network.populations[0].label in ("neuron", "brian2", "nest")


def test_own_arguments_are_left_alone(script):
    path = script("import sys\nimport pyNN.nest as sim\nassert sys.argv[1:] == ['fast', '3'], sys.argv\n" + MODEL)
    assert captured(path, unused, ["fast", "3"]).neurons == 3


def test_modules_beside_the_script_are_read_each_time(script, monkeypatch, tmp_path):
    script("SIZE = 5", "sizes_of_model.py")
    path = script(
        """
        import os, sys
        import pyNN.nest as sim
        from sizes_of_model import SIZE
        assert __name__ == "__main__" and os.path.samefile(os.path.dirname(os.path.abspath(__file__)), sys.path[0])
        sim.setup()
        sim.Population(SIZE, sim.IF_curr_exp())
        sim.run(1.0)
        """
    )
    here = os.getcwd()
    assert captured(path, unused).neurons == 5
    script("SIZE_ = 6\nSIZE = 6", "sizes_of_model.py")
    assert captured(path, unused).neurons == 6
    assert "sizes_of_model" not in sys.modules and os.getcwd() == here


def test_utilities(script, execute, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = script(
        """
        from pyNN.utility import (
            get_simulator, init_logging, normalized_filename, ProgressBar, SimulationProgressBar, Timer,
        )
        from pyNN.utility.plotting import Figure, Panel
        sim, options = get_simulator(("--plot-figure", "plot", {"action": "store_true"}))
        init_logging(None, debug=True)
        timer = Timer()
        sim.setup(timestep=0.1)
        sources = sim.Population(5, sim.SpikeSourcePoisson(rate=1000.0), label="sources")
        cells = sim.Population(5, sim.IF_cond_exp(), label="cells")
        bar = ProgressBar(width=10)
        connector = sim.FixedProbabilityConnector(1.0, callback=bar.set_level)
        sim.Projection(sources, cells, connector, sim.StaticSynapse(weight=0.02, delay=1.0))
        cells.record(["v", "spikes"])
        print("built after", timer.diff())
        sim.run(50.0, callbacks=[SimulationProgressBar(10.0, 50.0)])
        filename = normalized_filename("results", "cells", "pkl", options.simulator, sim.num_processes())
        cells.write_data(filename, annotations={"script_name": __file__})
        print("mean", cells.mean_spike_count())
        if options.plot_figure:
            data = cells.get_data().segments[0]
            Figure(Panel(data.filter(name="v")[0]), Panel(data.spiketrains)).save("figure.png")
            import matplotlib.pyplot as plt
            plt.show()
        sim.end()
        """
    )
    level, handlers = logging.root.level, list(logging.root.handlers)
    simulate = lambda: live_run(Executor(time_limit=600), "reference", Settings())  # noqa: E731
    network = captured(path, simulate, ["nest", "--plot-figure"])
    assert (logging.root.level, logging.root.handlers) == (level, handlers)
    assert network.synapses == 25
    assert "mean" in capsys.readouterr().out
    assert (tmp_path / "figure.png").exists()
    assert len(list((tmp_path / "results").rglob("cells_nest_np1_*.pkl"))) == 1


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (
            "import pyNN.nest as sim\nsim.setup()\nx = 1 / 0",
            ScriptError,
            "model.py, line 3: ZeroDivisionError: division",
        ),
        ("import pyNN.nest as sim\nsim.setup(\n", ScriptError, "model.py, line 2: SyntaxError"),
        ("import sys\nsys.exit(3)", ScriptError, "exit status 3"),
        (
            "from pyNN.utility import get_simulator\nget_simulator(('size', 'number'))",
            ScriptError,
            r"model.py: the following arguments are required: size \(usage",
        ),
        ("import pyNN.nest as sim\nsim.setup()", CaptureError, "model.py: The script never runs"),
        ("import pyNN.nest as sim\nsim.setup(timestep=-1)", ValueError, "model.py, line 2: The time step"),
        ("import pyNN.nest as sim\nsim.iaf_tum_2000()", CaptureError, "line 2: 'iaf_tum_2000' of pyNN.nest"),
        ("from pyNN.neuron.cells import StandardIF", CaptureError, "line 1: 'pyNN.neuron.cells' is part of one"),
        ("import pyNN.nest as sim\nsim.native_cell_type('x')", CaptureError, "line 2: 'x' is a native cell type"),
        (
            "import pyNN.nest as sim\nsim.setup()\nsim.ElectricalSynapse()",
            CaptureError,
            r"line 3: Electrical synapses \(ElectricalSynapse\) are not supported yet. Chemical synapses",
        ),
        ("import missing_module_of_mine", ScriptError, "line 1: ModuleNotFoundError.*missing_module_of_mine"),
    ],
)
def test_errors_name_file_and_line(script, text, error, words, capsys):
    with pytest.raises(error, match=words):
        capture_script(script(text), unused)


def test_errors_in_modules_beside_the_script(script):
    script("def fail():\n    raise KeyError('lost')", "helper_that_fails.py")
    with pytest.raises(ScriptError, match=r"model.py, line 2: KeyError: 'lost'"):
        capture_script(script("from helper_that_fails import fail\nfail()"), unused)


def test_a_failing_simulator_is_named(script):
    def fail():
        raise SimulatorFailed("nest was killed.", "Look at its log.")

    path = script("import pyNN.nest as sim\n" + MODEL + "cells.get_data()")
    with pytest.raises(SimulatorFailed, match=r"model.py, line 8: nest was killed. Look at its log."):
        capture_script(path, fail)


def test_no_such_script(tmp_path):
    with pytest.raises(ScriptError, match=r"Script .* not found"):
        capture_script(tmp_path / "absent.py", unused)


def test_leaving_early_is_no_error(script):
    path = script("import sys\nimport pyNN.nest as sim\n" + MODEL + "sys.exit(0)")
    assert captured(path, unused).neurons == 3


def test_asking_first_is_possible(script):
    path = script("import pyNN.nest as sim\nassert not hasattr(sim, 'iaf_tum_2000')\n" + MODEL)
    assert captured(path, unused).neurons == 3
