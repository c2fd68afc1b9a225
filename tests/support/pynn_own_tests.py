"""Run PyNN's own tests with Unisono as the simulator, and count: passed, refused, different.

    python tests/support/pynn_own_tests.py PATH_OF_PYNN [--on nest] [--group scenarios] [-v]

PATH_OF_PYNN is the source tree of the PyNN version that is installed, which has the folder ``test``. Every simulator
that the tests name is Unisono, and data come from ``--on``. A scenario that PyNN runs on several simulators runs once.
A test is *refused* where a named error says that a feature is not supported, *skipped* where it skips itself, and
*different* where it fails otherwise. Each difference that is known has its reason below; the exit status is 1 if there
is another.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models.errors import CaptureError, UnsupportedFeature
from unisono.models.pynn.backends import all_unisono, refused_import
from unisono.models.pynn.simulator import capturing
from unisono.models.pynn.sonata import plain_names

#: Groups of tests, by their places in ``test``; names that begin with a minus are left out.
GROUPS = {
    "scenarios": ("system/scenarios",),
    "back ends": ("system", "-system/scenarios"),
    "unit tests": ("unittests", *(f"-unittests/test_{name}.py" for name in ("nest", "neuron", "brian", "arbor"))),
}

#: Of pytest: nothing but the outcomes, and nothing of the project that is tested.
OPTIONS = (
    *("-q", "--no-header", "--tb=no", "--show-capture=no", "--continue-on-collection-errors", "-c", os.devnull),
    *("-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:xdist"),
)

_MOCK = "The test expects the spikes that PyNN's mock backend makes up: each cell has two, at (id, id + 5) modulo t."
_RANKS = "The test sets the number of MPI processes in the simulator's state; a network is captured in one process."
_GRID = "Delays lie on the grid of 0.1 ms; the test gives others, such as 0.123 ms, to a backend without a grid."

#: Why tests differ, by a part of their name.
REASONS = {
    "test_electrodes.py::test_issue512": (
        "Times and amplitudes read back what was set; PyNN's backends give those that are left on their grid."
    ),
    "test_recording.py::test_issue259": "Spikes lie on the grid: setup(spike_precision='off_grid') has no effect.",
    "test_neuroml.py": "The package neuroml is not installed; the test exports by it, without a simulator.",
    "_no_gather": _RANKS,
    "test_set_random_distribution_parallel": _RANKS,
    "test_mean_spike_count": _MOCK,
    "test_get_spike_counts": _MOCK,
    "test_get_spikes_with_gather": _MOCK,
    "test_get_data_with_gather": _MOCK,
    "test_connectors_serial.py": _GRID,
}


@dataclass
class Outcomes:
    """A plugin of pytest that lets all simulators be Unisono, and sorts what comes of the tests."""

    on: str
    group: str = ""
    found: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    errors: dict[str, BaseException] = field(default_factory=dict)

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Keep one simulator for each scenario."""
        seen: set[str] = set()
        kept, dropped = [], []
        for item in items:
            several = "sim" in getattr(getattr(item, "callspec", None), "params", {})
            name = item.nodeid.split("[")[0] if several else item.nodeid
            (dropped if name in seen else kept).append(item)
            seen.add(name)
        items[:] = kept
        config.hook.pytest_deselected(items=dropped)

    @pytest.fixture(autouse=True)
    def _session(self) -> Iterator[None]:
        with capturing(partial(live_run, Executor(time_limit=600), self.on, Settings())):
            yield

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """Note the error of a test."""
        if call.excinfo is not None:
            self.errors.setdefault(item.nodeid, call.excinfo.value)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Sort the outcome of a test."""
        if report.when != "call" and not (report.when == "setup" and report.outcome != "passed"):
            return
        name = report.nodeid.removeprefix("test/")
        error = self.errors.get(report.nodeid)
        outcome, why = report.outcome, ""
        if outcome == "failed":
            if isinstance(error, ImportError):
                error = refused_import(error) or error
            refused = isinstance(error, CaptureError | UnsupportedFeature)
            outcome = "refused" if refused else "different"
            why = f"{type(error).__name__}: {error}".splitlines()[0]
        elif outcome == "skipped":
            why = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
        self.found.setdefault(self.group, {})[name] = (outcome, why)

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be imported counts as one test."""
        if report.failed:
            words = str(report.longrepr).strip().splitlines()[-1]
            outcome = "refused" if re.search(r"No module named 'pyNN\.", words) else "different"
            self.found.setdefault(self.group, {})[report.nodeid.removeprefix("test/")] = (outcome, words)


def run(tree: Path, on: str, groups: list[str]) -> Outcomes:
    """Run the tests of a source tree."""
    outcomes = Outcomes(on)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        shutil.copytree(tree / "test", Path(folder) / "test")
        for prepared in (all_unisono(), plain_names()):
            stack.enter_context(prepared)
        before = os.getcwd()
        os.chdir(folder)
        stack.callback(os.chdir, before)
        for group in groups:
            outcomes.group = group
            places = [f"test/{place}" for place in GROUPS[group] if not place.startswith("-")]
            ignored = [f"--ignore=test/{place[1:]}" for place in GROUPS[group] if place.startswith("-")]
            pytest.main([*places, *ignored, *OPTIONS, "--rootdir", folder], plugins=[outcomes])
    return outcomes


def reason(name: str) -> str:
    """Why a test differs; empty where nobody knows."""
    return next((why for part, why in REASONS.items() if part in name), "")


def main() -> int:
    """Run, and print the table and the differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("--on", default="nest", help="the simulator that supplies data")
    parser.add_argument("--group", action="append", choices=GROUPS, help="only this group; all by default")
    parser.add_argument("-v", "--verbose", action="store_true", help="also print why tests were refused or skipped")
    options = parser.parse_args()
    if not (options.tree / "test").is_dir():
        parser.error(f"{options.tree} has no folder 'test'")
    outcomes = run(options.tree.resolve(), options.on, options.group or list(GROUPS))
    print(f"\nPyNN {version('PyNN')}, data from {options.on}")
    unexplained = 0
    for group, tests in outcomes.found.items():
        counts = Counter(outcome for outcome, _ in tests.values())
        print(f"\n{group}: " + ", ".join(f"{counts[k]} {k}" for k in ("passed", "refused", "different", "skipped")))
        for name, (outcome, why) in tests.items():
            known = reason(name) if outcome == "different" else ""
            unexplained += outcome == "different" and not known
            if outcome == "different" or (options.verbose and outcome != "passed"):
                print(f"  {outcome}: {name}: {why}" + (f"\n    reason: {known}" if known else ""))
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main())
