"""The documentation names things that exist: tests, files, commands of the command line."""

import importlib.util
import re
from pathlib import Path

import pytest
from typer.main import get_command

import unisono
from unisono.cli import app
from unisono.models import errors
from unisono.models.synapses import SYNAPSES
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS
from unisono.validation.lint import RULES, resizing

ROOT = Path(__file__).resolve().parent.parent
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


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_and_their_options_exist(page):
    for command, rest in re.findall(r"^ *(?:\$ )?unisono +((?:env +)?\w+)(.*)$", page.read_text(), re.M):
        found = get_command(app)
        for name in command.split():
            found = found.commands[name]
        known = {option for parameter in found.params for option in parameter.opts}
        given = re.findall(r"(?<= )--?[a-z]\w*(?=[ =]|$)", rest.split(" -- ")[0].split("#")[0])
        assert set(given) <= known, (command, rest)


def test_each_error_is_explained_by_its_own_words():
    classes = [
        e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, (errors.UnisonoError, UserWarning))
    ]
    text = (ROOT / "docs/troubleshooting.md").read_text()
    explained = re.findall(r"^### (\w+)\n\n(.+)\n\n(?!#)", text, re.M)
    assert explained == [(error.__name__, error.__doc__.strip().splitlines()[0]) for error in classes]


def test_each_public_name_is_in_the_reference():
    text = (ROOT / "docs/api/unisono.md").read_text()
    assert {name for name in unisono.__all__ if not re.search(rf"^   {name}$", text, re.M)} <= {"UnisonoError"}


def test_each_picture_is_drawn_and_described():
    place = importlib.util.spec_from_file_location("gallery", ROOT / "docs/gallery.py")
    gallery = importlib.util.module_from_spec(place)
    place.loader.exec_module(gallery)
    drawn = {*gallery.PICTURES, *gallery.FIGURES}
    shown = set()
    for page in ROOT.glob("docs/**/*.md"):
        text = page.read_text()
        figures = re.findall(r"^```\{figure\} (\S+)\n:alt: \S", text, re.M)
        assert len(figures) == text.count("```{figure}"), page
        assert "![](" not in text, page
        shown |= {Path(figure).stem for figure in figures if figure.startswith("gallery/")}
    assert shown == drawn
