"""What Unisono imports is declared in pyproject.toml: every user has it, or has asked for it by an extra."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

#: Folders and files whose imports come with an extra; all others must do with the dependencies of every user.
EXTRAS = {
    "adapters/brian2": ("brian2",),
    "adapters/nest": ("nest",),
    "adapters/neuron": ("neuron",),
    "adapters/pynn_backends": ("nest", "brian2", "neuron"),
    "validation/ensembles/pools.py": ("dask",),
    "validation/statistics/sciunit_model.py": ("sciunit",),
    "validation/tabular.py": ("pandas",),
}

#: These simulators run in separate environments, which adapters/host/environment_builder.py makes.
APART = ("adapters/genn", "adapters/pygenn")

#: Part of what a declared package hands out: Neo's signals have units of quantities, Jinja2's texts are markupsafe's.
WITH = {"quantities": "neo", "markupsafe": "jinja2", "sciunit": "networkunit"}

#: pytest loads the plugin; IPython is what a notebook's kernel runs.
ELSEWHERE = {"ci/plugin.py": {"pytest"}, "unisono/bars.py": {"IPython"}, "unisono/progress.py": {"IPython"}}


def declared(*extras: str) -> set[str]:
    texts = [*PROJECT["dependencies"], *(text for e in extras for text in PROJECT["optional-dependencies"][e])]
    return {re.split(r"[^A-Za-z0-9._-]", text)[0].lower() for text in texts}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found - {"unisono", *sys.stdlib_module_names}


@pytest.mark.parametrize("layer", ["models", "adapters", "validation", "ci", "unisono"])
def test_imports_are_declared(layer):
    distributions, undeclared = packages_distributions(), set()
    for path in (ROOT / layer).rglob("*.py"):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(APART):
            continue
        allowed = declared(*(e for folder, extras in EXTRAS.items() if place.startswith(folder) for e in extras))
        for module in imported(path) - ELSEWHERE.get(place, set()):
            names = {name.lower() for name in distributions.get(module, [])} | {WITH.get(module, module)}
            if not names & allowed:
                undeclared.add(f"{place}: {module}")
    assert not undeclared
