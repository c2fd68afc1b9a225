"""The documentation names things that exist: tests, files, commands of the command line."""

import re
import shlex
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from command_line import unisono
from documented import command_lines, parsed

import unisono as package
from unisono.cli import UNREADABLE
from unisono.commands.catalogue import CATALOGUE
from unisono.commands.group import loaded
from unisono.models import errors
from unisono.models.errors import UnknownName, UsageError
from unisono.models.synapses import SYNAPSES
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS
from unisono.validation.lint import RULES, resizing

ROOT = Path(__file__).resolve().parent.parent
#: What a command line raises that is wrong: a name, a value, an option, a command, a model.
WRONG = (UnknownName, UsageError, UNREADABLE, StopIteration, AssertionError)
PAGES = [*ROOT.glob("*.md"), *sorted(ROOT.glob("docs/**/*.md")), *ROOT.glob("examples/*.md")]


def test_each_convention_names_a_probe_that_exists():
    paths = ROOT.glob("tests/**/test_*.py")
    defined = {name for path in paths for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    text = (ROOT / "docs/conventions.md").read_text().split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) > 10
    for row in rows[1:]:
        probes = re.findall(r"`(test_\w+)`", row.split("|")[-2])
        assert probes, row
        assert set(probes) <= defined, row


def test_each_fault_names_a_test_that_exists():
    paths = ROOT.glob("tests/**/test_*.py")
    defined = {name for path in paths for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    rows = [line for line in (ROOT / "docs/faults.md").read_text().splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    for row in rows[1:]:
        tests = re.findall(r"`(test_\w+)`", row.split("|")[-2])
        assert tests and set(tests) <= defined, row


def test_each_synapse_model_is_described():
    text = (ROOT / "docs/synapses.md").read_text().split("## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", text, re.M)
    assert dict(rows) == {name: model.source for name, model in SYNAPSES.items()}


def test_each_rule_of_lint_is_described():
    text = (ROOT / "docs/lint.md").read_text().split("## The rules")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.M) == [*RULES, resizing.RULE.name]


def test_each_named_set_of_synapses_is_described():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| [^|]+ \| ([^|]+) \|$", (ROOT / "docs/synapses.md").read_text(), re.M)
    assert rows == [(name, entry.owner, entry.source) for name, entry in SYNAPSE_PARAMETER_SETS.items()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


COMMAND_LINES = {line: page.name for page in PAGES for line in command_lines(page)}


@pytest.mark.parametrize("line", COMMAND_LINES, ids=lambda line: f"{COMMAND_LINES[line]}: {line.split('#')[0].strip()}")
def test_each_command_can_be_called_as_it_is_written(line):
    parsed(line)


@pytest.mark.parametrize("line", [line for entry in CATALOGUE for line in entry.examples])
def test_each_example_of_the_help_can_be_called(line):
    parsed(line)


@pytest.mark.parametrize(
    "line",
    [
        "unisono comapre my_script.py",
        "unisono compare my_script.py --raport r.html",
        "unisono compare vogels_abott",
        "unisono compare single_cell --set cel=EIF",
        "unisono compare single_cell --set current=dcc",
        "unisono compare single_cell --on nest,nset",
        "unisono explore brunel --vary gg=1,2",
        "unisono curve EFI",
        "unisono advise --phenomenon burst",
        "unisono models vogels",
        'unisono selftest single_cell --fault "delay + a step"',
        "unisono cache limit --age old",
    ],
)
def test_a_command_that_cannot_be_called_is_found(line):
    with pytest.raises(WRONG):
        parsed(line)


#: Commands of the README that run in seconds, and the exit statuses that they may end with.
QUICK = {"advise": (0,), "models": (0,), "lint": (0, 1), "describe": (0,), "init": (0,), "cache": (0,)}

#: Tests that run the others.
TESTED = {
    "doctor": "test_doctor_starts_every_simulator",
    "run": "test_run_writes_a_folder",
    "compare": "test_compare_writes_what_it_was_asked_for",
    "converge": "test_runge_kutta_has_order_four_on_every_simulator",
    "ensemble": "test_a_plan_a_table_and_a_verdict",
    "explore": "test_a_sweep_of_two_options_writes_table_and_page",
    "curve": "test_a_curve_is_compared_between_simulators",
    "check": "test_a_repository_is_green_and_turns_red_with_its_cause_named",
    "selftest": "test_identical_sees_every_fault_on_every_simulator",
    "env create": "test_an_environment_is_made_and_a_simulator_runs_in_it",
}


def test_each_command_of_the_readme_runs(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "my_script.py").write_text(
        "import pyNN.nest as sim\n"
        "sim.setup(timestep=0.1)\n"
        "cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0))\n"
        "cells.record('spikes')\n"
        "sim.run(2000.0)\n"
    )
    names = {}
    for line in command_lines(ROOT / "README.md"):
        name, _ = parsed(line)
        names[name] = line
    texts = [path.read_text() for path in ROOT.glob("tests/**/test_*.py")]
    defined = {test for text in texts for test in re.findall(r"^def (test_\w+)", text, re.M)}
    for name, line in names.items():
        if name in QUICK:
            answer = unisono(*shlex.split(line, comments=True)[1:], cwd=tmp_path)
            assert answer.returncode in QUICK[name], (line, answer.stdout + answer.stderr)
        else:
            assert TESTED[name] in defined, line


def of_docs(name):
    """A module of the documentation."""
    spec = spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_of_commands_has_every_option():
    text = of_docs("commands").reference()
    for entry in CATALOGUE:
        part = text.split(f"### unisono {entry.name}\n")[1].split("\n### ")[0]
        options = {option for parameter in loaded(entry.name).params for option in parameter.opts if option[0] == "-"}
        assert all(f"{option}" in part for option in options)


def test_each_environment_variable_is_described():
    parts = ("models", "adapters", "validation", "ci", "unisono")
    texts = [path.read_text() for part in parts for path in (ROOT / part).rglob("*.py")]
    used = {name for text in texts for name in re.findall(r"environ(?:\.get\(|\[)\"(UNISONO_\w+)\"", text)}
    page = (ROOT / "docs/commands.md").read_text()
    assert len(used) >= 3 and all(f"`{name}`" in page for name in used)


def test_each_error_is_explained_by_its_own_words():
    classes = [
        e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, (errors.UnisonoError, UserWarning))
    ]
    text = (ROOT / "docs/troubleshooting.md").read_text()
    explained = re.findall(r"^### (\w+)\n\n(.+)\n\n(?!#)", text, re.M)
    assert explained == [(error.__name__, error.__doc__.strip().splitlines()[0]) for error in classes]


def test_each_public_name_is_in_the_reference():
    text = (ROOT / "docs/api/unisono.md").read_text()
    assert {name for name in package.__all__ if not re.search(rf"^   {name}$", text, re.M)} <= {"UnisonoError"}


def test_each_picture_is_drawn_and_described():
    gallery = of_docs("gallery")
    drawn = {*gallery.PICTURES, *gallery.FIGURES}
    shown = set()
    for page in ROOT.glob("docs/**/*.md"):
        text = page.read_text()
        figures = re.findall(r"^```\{figure\} (\S+)\n:alt: \S", text, re.M)
        assert len(figures) == text.count("```{figure}"), page
        assert "![](" not in text, page
        shown |= {Path(figure).stem for figure in figures if figure.startswith("gallery/")}
    assert shown == drawn
