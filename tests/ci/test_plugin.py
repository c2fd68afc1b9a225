"""The pytest plugin, in a pytest of its own, found by its entry point."""

from __future__ import annotations

import subprocess
import sys

import pytest
from small_scripts import SCRIPT

# pytester forgets the modules that a run has imported, and PyNN cannot be imported twice: they are imported here.
import unisono.models.pynn  # noqa: F401

pytest_plugins = ["pytester"]

HEAD = "import pytest\n\n"
MARK = '@pytest.mark.simulators("nest", "neuron"{})\n'
LATE = """
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import load
from unisono.validation.faults.faults import FAULTS

def runs():
    network = load("network.py")
    late = FAULTS["delay + 1 step"].run(network, ["neuron"])
    return type(late)(network, {**Executor().run(network, ["nest"]), **late})
"""


@pytest.fixture
def pytest_in(pytester, monkeypatch):
    """Run pytest on a test module beside a PyNN script."""
    pytester.path.joinpath("network.py").write_text(SCRIPT)

    def run(text: str, *arguments: str):
        pytester.makepyfile(test_network=HEAD + text)
        return pytester.runpytest_inprocess("--strict-markers", "-p", "no:cacheprovider", *arguments)

    return run


def test_simulators_that_agree_pass(pytest_in):
    text = MARK.format("") + (
        "def test_it(agreement):\n"
        "    found = agreement.assert_identical('network.py')\n"
        "    assert list(found.runs) == ['nest', 'neuron']\n"
        "    assert agreement.assert_identical_until(50.0, found.runs).verdict.level == 'identical'\n"
        "    assert agreement('single_cell', cell='IF_curr_exp', duration=30).runs.network.duration == 30\n"
    )
    pytest_in(text).assert_outcomes(passed=1)


def test_a_failure_is_the_first_difference_and_no_traceback(pytest_in):
    text = LATE + MARK.format("") + "def test_it(agreement):\n    agreement.assert_identical(runs())\n"
    result = pytest_in(text)
    result.assert_outcomes(failed=1)
    said = result.stdout.str()
    assert "network is not identical on nest, neuron." in said
    assert "First divergence at 8.5 ms: cell 35 of 'cells' spikes in NEST but not in NEURON" in said
    assert "plugin.py" not in said
    assert "Traceback" not in said


def test_any_failed_assertion_shows_what_was_compared(pytest_in):
    text = LATE + MARK.format("") + "def test_it(agreement):\n    assert agreement(runs()).exit_status == 0\n"
    result = pytest_in(text)
    result.assert_outcomes(failed=1)
    lines = ["*- agreement of simulators -*", "NEST and NEURON: different. First divergence at 8.5 ms: cell 35 *"]
    result.stdout.fnmatch_lines(lines)


def test_what_goes_wrong_is_one_sentence(pytest_in):
    text = (
        MARK.format("") + "def test_model(agreement):\n    agreement('nothing.py')\n"
        '@pytest.mark.simulators("nest", "nueron")\ndef test_name(agreement):\n    pass\n'
        '@pytest.mark.simulators("nest")\ndef test_one(agreement):\n    pass\n'
        + MARK.format(", optinal=['brian2']")
        + "def test_option(agreement):\n    pass\n"
    )
    result = pytest_in(text)
    said = result.stdout.str()
    assert "Unknown model 'nothing.py'." in said
    assert "Unknown simulator 'nueron'." in said
    assert "It takes two simulators to compare" in said
    assert "does not take 'optinal'" in said
    assert "plugin.py" not in said
    result.assert_outcomes(failed=1, errors=3)


def test_a_missing_simulator_fails_unless_it_is_optional(pytest_in, monkeypatch):
    monkeypatch.setenv("UNISONO_BRIAN2_PYTHON", "/nowhere/python")
    text = (
        MARK.format(', "brian2"') + "def test_demanded(agreement):\n    pass\n"
        '@pytest.mark.simulators("nest", optional="brian2")\ndef test_skipped(agreement):\n    pass\n'
        + MARK.format(', optional=["brian2"]')
        + "def test_left_out(agreement):\n    assert agreement.simulators == ('nest', 'neuron')\n"
    )
    result = pytest_in(text, "-rs")
    result.assert_outcomes(errors=1, skipped=1, passed=1, warnings=1)
    assert result.stdout.str().count("Brian2 is not installed for /nowhere/python.") >= 3


def test_pytest_starts_without_anything_heavy(tmp_path):
    (tmp_path / "test_x.py").write_text(
        "import sys\n\ndef test_x():\n    loaded = {m.split('.')[0] for m in sys.modules}\n"
        "    assert 'unisono' in loaded\n    assert not loaded & {'numpy', 'neo', 'pyNN', 'typer', 'rich', 'h5py'}\n"
        "    assert 'unisono.ci.plugin' in sys.modules\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_x.py"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
