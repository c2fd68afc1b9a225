"""Measuring in separate processes, medians, tables."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

Result = dict[str, Any]


def measured(
    module: str, arguments: Mapping[str, Any], home: Path, time_limit: float, python: str = sys.executable
) -> Result:
    """What a worker module prints on its last line, as JSON; ``error`` where it fails.

    Parameters
    ----------
    module : str
        Run with ``python -m``; gets the arguments as one JSON text.
    arguments : mapping
    home : Path
        Home folder of the process: an empty one means that nothing is compiled yet.
    time_limit : float
        In seconds.
    python : str
        The interpreter; another one than this finds Unisono's packages by links in the home folder.
    """
    home.mkdir(parents=True, exist_ok=True)
    elsewhere = ("UNISONO_CACHE", "XDG_CACHE_HOME", "CYTHON_CACHE_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere} | {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(python).parent), os.environ["PATH"]]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYNEST_QUIET": "1",
    }
    command = [python, "-m", module, json.dumps(arguments)]
    if python != sys.executable:
        environment["PYTHONPATH"] = str(_importable(home / "packages"))
        command.insert(1, "-P")  # in this folder `unisono` is a part of the package
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=time_limit)
    except subprocess.TimeoutExpired:
        return {"error": f"stopped after {time_limit:g} s"}
    lines = done.stdout.strip().splitlines()
    try:
        found: Result = json.loads(lines[-1])
        return found
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-1:]
        return {"error": f"exit status {done.returncode}: {' '.join(last)}"}


def _importable(folder: Path) -> Path:
    """A folder in which an interpreter without Unisono finds the scripts and the networks."""
    for place, part in (("unisono/models", "models"), ("benchmarks", "benchmarks")):
        link = folder / place
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(ROOT / part)
    return folder


def medians(results: Iterable[Result]) -> Result:
    """The median of each number over repeated results; the first error, if there is one."""
    results = list(results)
    for result in results:
        if "error" in result:
            return {"error": result["error"]}
    return {
        name: statistics.median(r[name] for r in results) if isinstance(value, int | float) else value
        for name, value in results[0].items()
    }


def ratio(theirs: Result, ours: Result, name: str) -> float | None:
    """Their figure over ours; None where one is missing."""
    if theirs.get(name) is None or not ours.get(name):
        return None
    return float(theirs[name]) / float(ours[name])


def cell(value: Any, digits: int = 2) -> str:
    """A value as a table cell."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}" if isinstance(value, float) else str(value)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *([cell(v) for v in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """The machine in one line."""
    cores = os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def report(text: str, data: Mapping[str, Any], markdown: Path | None, as_json: Path | None) -> None:
    """Print a report and write it to files."""
    print(text)
    for path, content in ((markdown, text + "\n"), (as_json, json.dumps(data, indent=1) + "\n")):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
