"""What an installed Unisono consists of."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_folder_with_code_is_a_listed_package():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {".".join(init.parent.relative_to(ROOT).parts) for init in (ROOT / "unisono").rglob("__init__.py")}
    for top in ("models", "adapters", "validation", "ci"):
        for init in (ROOT / top).rglob("__init__.py"):
            found.add(".".join(("unisono", *init.parent.relative_to(ROOT).parts)))
    assert found == listed


def test_importing_unisono_imports_no_simulator_and_no_heavy_library():
    code = "import sys, unisono; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("nest", "brian2", "neuron", "pyNN", "neo", "elephant", "numpy", "matplotlib", "typer"):
        assert f"'{name}'" not in loaded


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text()
    assert f"/unisono@v{version}\n" in (ROOT / "docs" / "gate.md").read_text()


def test_files_that_github_looks_for_are_there():
    for name in ("README.md", "LICENSE", "SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "action.yml"):
        assert (ROOT / name).is_file(), name
    for name in ("pull_request_template.md", "ISSUE_TEMPLATE/bug.yml", "workflows/tests.yml"):
        assert (ROOT / ".github" / name).is_file(), name
