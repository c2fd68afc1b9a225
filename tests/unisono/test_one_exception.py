"""A mistake shows one exception: no exception that was met on the way to it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import unisono
import unisono.pynn as sim

SCRIPT = "import unisono.pynn as sim\nsim.setup()\np = sim.Population(1, sim.IF_curr_exp({}))\np.record('zz')\n"


def network() -> unisono.Network:
    return unisono.load("single_cell", duration=30.0)


def cell(equation: str) -> type:
    return unisono.cell("Own", parameters={"tau": "10 ms"}, equations=f"dv/dt = {equation} : mV", reset="v = 0")


def population() -> sim.Population:
    sim.setup()
    return sim.Population(2, sim.IF_curr_exp())


#: Without a script, whose own exception is the cause that helps.
MISTAKES: dict[str, Callable[[], object]] = {
    "model": lambda: unisono.load("nosuch"),
    "option": lambda: unisono.load("brunel", nosuch=1),
    "kind of option": lambda: unisono.load("brunel", n="many"),
    "bounds of option": lambda: unisono.load("brunel", n=-1),
    "simulator": lambda: unisono.run(network(), "nosuch"),
    "setting": lambda: unisono.run(network(), "nest:fast"),
    "no simulator": lambda: unisono.run(network(), ""),
    "time limit": lambda: unisono.run(network(), "reference", time_limit=-1),
    "interpreter": lambda: unisono.run(network(), "nest", interpreters={"nest": "/no/python"}),
    "damaged file": lambda: unisono.Network.load(Path(__file__)),
    "missing file": lambda: unisono.Network.load("nosuch.h5"),
    "results": lambda: unisono.load_results(Path(__file__).parent),
    "output": lambda: unisono.lint(network()).to_json("/proc/nosuch/place/lint.json"),
    "rule": lambda: unisono.lint(network(), ignore=["nosuch"]),
    "phenomenon": lambda: unisono.advise("nosuch"),
    "parameter set": lambda: unisono.parameter_set("nosuch"),
    "axis": lambda: unisono.explore("brunel", {"nosuch": [1.0]}),
    "sides": lambda: unisono.ensemble("brunel", "nest"),
    "nothing to plot": lambda: unisono.Runs(network(), {}).plot(),
    "grammar of equations": lambda: cell("(v"),
    "unit of equations": lambda: cell("v*v/tau"),
    "name of parameter": lambda: sim.IF_curr_exp(nosuch=1),
    "value of parameter": lambda: sim.IF_curr_exp(tau_m="x"),
    "name that is set": lambda: population().set(nosuch=1),
    "current": lambda: sim.DCSource(amplitude="x"),
    "delay": lambda: sim.Projection(
        population(), population(), sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=-3.0)
    ),
    "array": lambda: population().set(tau_m=np.full(3, np.nan)),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_shows_one_exception(mistake):
    with pytest.raises(Exception) as caught:
        mistake()
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.count("Traceback (most recent call last)") == 1


@pytest.mark.parametrize("text", ["1/0", "x = = 1", SCRIPT.format("nosuch=3"), SCRIPT.format("")])
def test_a_script_shows_its_own_exception_as_the_cause(text, tmp_path):
    (tmp_path / "s.py").write_text(text)
    with pytest.raises(unisono.UnisonoError) as caught:
        unisono.load(tmp_path / "s.py")
    shown = "".join(traceback.format_exception(caught.value))
    assert "During handling" not in shown and shown.count("Traceback (most recent call last)") == 2
