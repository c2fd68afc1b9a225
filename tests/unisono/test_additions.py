"""What an addition touches: files of the code that name an entry, as CONTRIBUTING.md lists them.

An entry that more files name than these has leaked: the next one of its kind would have to be added there, too.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from unisono.adapters import registry
from unisono.models.cells import CELLS
from unisono.models.library import LIBRARY
from unisono.validation.diagnose.hypotheses import HYPOTHESES
from unisono.validation.faults.faults import FAULTS
from unisono.validation.statistics.statistics import STATISTICS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("models", "adapters", "validation", "ci", "unisono")

#: Tables of NEST's built-in models and of PyNN's own backends, the network that the doctor tries, the cells that theory
#: covers, and those that advice and findings recommend.
CHOICES_OF_CELLS = {
    "adapters/nest/models.py",
    "adapters/pynn_backends/__init__.py",
    "unisono/doctor.py",
    "validation/mean_field/equations.py",
    *(f"validation/advice/{name}.py" for name in ("advice", "measured", "phenomena")),
    *(f"validation/lint/{name}.py" for name in ("receptors", "synapse_kind", "time_step")),
}


#: Examples of the help name some; tests/test_docs.py reads each as it is called.
EXAMPLES = "unisono/commands/catalogue.py"

#: Files that commands have in common; the catalogue names all others.
SHARED_BY_COMMANDS = ("__init__", "catalogue", "common", "completing", "exits", "group", "options")


@cache
def texts() -> dict[str, str]:
    """Every file of the code."""
    files = [path for part in PARTS for path in (ROOT / part).rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


def naming(word: str) -> set[str]:
    """Files that name something as a word of its own."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(word)}(?!\w)")
    return {file for file, text in texts().items() if pattern.search(text)}


@pytest.mark.parametrize("name", [name for name in CELLS if "_" in name])
def test_a_cell_is_one_file_and_a_line(name: str) -> None:
    files = naming(name) - CHOICES_OF_CELLS
    assert f"models/cells/{name.lower()}.py" in files
    # within the models, library networks and the PyNN API choose among cells
    assert {file for file in files if not file.startswith("models/")} <= {EXAMPLES}


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_a_simulator_is_one_folder_and_a_line(name: str) -> None:
    module, adapter = registry.locations()[name].split(":")
    folder = module.removeprefix("unisono.").replace(".", "/")
    assert {file for file in naming(adapter) if not file.startswith(f"{folder}/")} <= {"adapters/registry.py"}
    assert f'"{module}:{adapter}"' in texts()["adapters/registry.py"]


@pytest.mark.parametrize("name", [name for name in STATISTICS if name != "rate"])  # a word of sources, too
def test_a_statistic_is_a_row(name: str) -> None:
    files = {file for file, text in texts().items() if f'"{name}"' in text}
    assert "validation/statistics/statistics.py" in files
    assert {file for file in files if not file.startswith("validation/")} == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_entry(name: str) -> None:
    files = {file for file, text in texts().items() if f'"{name}"' in text}
    # margins are measured in units of one fault, the help of a command names one, and PyNN's back ends state theirs
    others = {"validation/ensembles/margins.py", "unisono/commands/checking.py", EXAMPLES}
    others |= {f"adapters/pynn_backends/{file}.py" for file in ("__init__", "synapses")}
    assert {f for f in files if not f.startswith(("validation/faults/", "validation/diagnose/"))} <= others


def test_a_hypothesis_is_one_file_and_a_line() -> None:
    files = {f"validation/diagnose/{entry.test.__module__.rpartition('.')[2]}.py" for entry in HYPOTHESES}
    assert len(files) == len(HYPOTHESES)
    assert files <= texts().keys()


@pytest.mark.parametrize("name", LIBRARY)
def test_a_library_model_is_one_file_and_a_line(name: str) -> None:
    module = f"unisono.models.library.{name}"
    importers = {file for file, text in texts().items() if module in text and not file.startswith("models/library/")}
    assert importers == set()


def test_commands_are_named_by_the_command_line_alone() -> None:
    for file in texts():
        if file.startswith("unisono/commands/") and Path(file).stem not in SHARED_BY_COMMANDS:
            module = file.removesuffix(".py").replace("/", ".")
            assert not {other for other, text in texts().items() if f"{module} import" in text}
            assert f'"{Path(file).stem}:' in texts()["unisono/commands/catalogue.py"]
