"""The code of README and docs runs, and gives what the pages say.

A Python block runs after the blocks above it on its page, in a process of its own. A comment ``run first`` above a
block has what the page does not show; ``not run: REASON`` leaves a block out.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
_CODE = re.compile(
    r"(?:<!-- (?P<note>run first|not run:)(?P<said>.*?)-->\s*)?(?P<indent> *)```python\n(?P<code>.*?)^(?P=indent)```",
    re.M | re.S,
)
#: Rounding errors differ between processors.
_TINY = re.compile(r"\d[\d.]*e-\d+")


def code_of(page: Path) -> list[str]:
    """The blocks of a page that run, each with what comes before it."""
    found = []
    for block in _CODE.finditer(page.read_text()):
        lines = [line.removeprefix(block["indent"]) for line in block["code"].splitlines()]
        first = block["said"] if block["note"] == "run first" else ""
        if block["note"] != "not run:":
            found.append("\n".join([first, *lines]))
    return found


def script_of(page: Path) -> str:
    """All of them, in order."""
    return "\n".join(code_of(page))


WITH_CODE = [page for page in PAGES if code_of(page)]
#: Pages whose code runs three simulators, or the reference on a hundred cells.
SLOW = ("README.md", "tutorial.md", "python.md")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.relative_to(ROOT).as_posix(), marks=[pytest.mark.slow] * (page.name in SLOW))
        for page in WITH_CODE
    ],
)
def test_the_code_of_a_page_runs(page, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "page.py").write_text(script_of(page))
    ran = subprocess.run(
        [sys.executable, "page.py"],
        cwd=tmp_path,
        env={**os.environ, "UNISONO_SIMULATOR": "reference"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr


def statements(text: str) -> list[str]:
    """The sentences of a command's output, without commands, tables and the width of lines."""
    kept = [line for line in text.splitlines() if not re.match(r"\$ | |Runs \(|─|$", line)]
    joined = _TINY.sub("#", " ".join(" ".join(kept).split()))
    return [said.strip() for said in re.split(r" (?=[\w:.]+ and [\w:.]+[:,] )| (?=Verdict:|Report:)", joined)]


def block_with(page: str, words: str) -> str:
    """The console block of a page that has these words."""
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
    return next(block for block in blocks if words in block)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "beginning", "more", "status"),
    [
        ("docs/tutorial.md", "unisono compare examples/first_network.py --report", "", 0),
        ("docs/disagree.md", "unisono compare examples/conductances.py --on nest:native", "NEST and NEURON, cause", 1),
    ],
)
def test_a_comparison_says_what_the_page_shows(page, beginning, more, status, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    shown = block_with(page, beginning)
    command = next(line for line in shown.splitlines() if line.startswith("$ ")).split()[2:]
    ran = subprocess.run(
        [sys.executable, "-m", "unisono", *command], cwd=tmp_path, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == status, ran.stderr
    said = _TINY.sub("#", " ".join((ran.stdout + ran.stderr).split()))
    for statement in statements(shown) + (statements(block_with(page, more)) if more else []):
        assert statement in said
