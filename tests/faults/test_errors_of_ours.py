"""What goes wrong in Unisono itself, or in what it is given, is one sentence and status 2: never a verdict."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from small_scripts import SCRIPT

from unisono import cell
from unisono.adapters.contract import Settings
from unisono.adapters.runtime import jobs, unexpected
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results_folder import save_results
from unisono.ci import baseline, output
from unisono.ci.check import CheckContext, check
from unisono.ci.configuration import read
from unisono.cli import main
from unisono.models.errors import ConfigurationError, InternalError, ModelError, NetworkError
from unisono.models.library import build_network
from unisono.validation.workflow import Workflow

GATE = '[gate]\nsimulators = ["nest", "reference"]\n'


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "unisono.toml").write_text(GATE + '[[model]]\nmodel = "single_cell"\noptions = { duration = 40 }\n')
    return tmp_path


def said(capsys, *arguments: str, status: int = 2) -> str:
    """What a command says where it fails, which is a sentence."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == status
    text = capsys.readouterr().err
    assert text.count("unisono: ") == 1 and "Traceback (most recent" not in text
    return text


def raising(error):
    def fail(*args, **given):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyError("x"), "An error in Unisono: KeyError: 'x'."),
        (RecursionError(), "An error in Unisono: RecursionError."),
        (MemoryError("Unable to allocate 8 PiB"), "The memory is used up: Unable to allocate 8 PiB."),
    ],
)
def test_an_error_of_ours_is_no_verdict(error, says, place, capsys, monkeypatch):
    monkeypatch.setattr(Workflow, "run", raising(error))
    text = said(capsys, "compare", "single_cell", "--set", "duration=40")
    assert says in text
    if not isinstance(error, MemoryError):
        file = Path(re.search(r"traceback is in '(.+?)'", text)[1])
        assert type(error).__name__ in file.read_text() and "Report it" in text


def test_tracebacks_do_not_pile_up_and_are_printed_where_no_folder_can_be_written(place, monkeypatch):
    for number in range(unexpected.KEPT + 5):
        assert "is in" in unexpected.named(ValueError(number)).remedy
    assert len(list((place / "cache" / "errors").iterdir())) == unexpected.KEPT
    monkeypatch.setenv("UNISONO_CACHE", str(place / "unisono.toml"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(place / "unisono.toml"))
    found = unexpected.named(ValueError("here"))
    assert isinstance(found, InternalError) and "ValueError: here" in found.remedy


def test_an_error_of_ours_costs_one_model(place, monkeypatch):
    text = (place / "unisono.toml").read_text()
    (place / "unisono.toml").write_text(text + '[[model]]\nname = "bad"\nmodel = "single_cell"\ntransient = 7\n')
    compare = Workflow.compare

    def fail(self, runs, transient, *args, **given):
        if transient == 7:
            raise ZeroDivisionError("seven")
        return compare(self, runs, transient, *args, **given)

    monkeypatch.setattr(Workflow, "compare", fail)
    gate = check(read("unisono.toml"), CheckContext())
    assert [model.status for model in gate.models] == [0, 2] and gate.exit_status == 2
    assert "An error in Unisono: ZeroDivisionError: seven." in gate.models[1].why


def test_an_error_of_ours_costs_one_simulator(place, monkeypatch):
    monkeypatch.setattr(jobs, "read_run", raising(KeyError("trials")))
    run = Executor(fresh=True).run(build_network("single_cell", duration=40.0), ["reference"])["reference"]
    assert run.status == "failed" and "KeyError" in str(run.error)


def test_a_page_that_cannot_be_made_costs_no_other_file(place, monkeypatch):
    gate = check(read("unisono.toml"), CheckContext())
    monkeypatch.setattr("unisono.validation.compare.agreement.Agreement.to_html", raising(MemoryError()))
    with pytest.raises(InternalError, match="The memory is used up"):
        output.write(gate, place / "r", "unisono check")
    assert {p.name for p in (place / "r").iterdir()} == {"index.html", "gate.json", "junit.xml", "summary.md"}


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        ("brunel", {"delay": 0.05}, "'delay' must be at least the time step of 0.1 ms, not 0.05"),
        ("vogels_abbott", {"dt": 2}, "'delay' must be at least the time step of 2 ms, not 1.5"),
        ("balanced", {"dt": 20}, "'dt' must be at most 10, not 20"),
        ("brunel", {"n": "99999999999999999999"}, "'n' must be at most 1e\\+07, not 1e\\+20"),
    ],
)
def test_options_of_library_models(model, options, says):
    with pytest.raises(NetworkError, match=says):
        build_network(model, **options)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--time-limit", "nan"), "The time limit must be a time above zero, not nan s."),
        (("--time-limit", "-5"), "The time limit must be a time above zero, not -5 s."),
        (("--python", "nset=/usr/bin/python3"), "Unknown simulator 'nset'."),
        (("--on", "nest:native:euler"), "'nest:native:euler': native and euler exclude each other."),
        (("--on", "genn:single:double"), "single and double exclude each other."),
    ],
)
def test_what_a_command_line_says(arguments, says, place, capsys):
    assert says in said(capsys, "run", "single_cell", *arguments, status=64)


def test_settings_of_one_kind_are_given_once():
    assert Settings().named("genn:single:native") == ("genn", Settings("native", precision="single"))


def test_a_cell_cannot_have_the_name_of_a_spike_source():
    with pytest.raises(ModelError, match="'SpikeSourceArray' is the name of a spike source"):
        cell("SpikeSourceArray", parameters={"tau": "10 ms", "v_thresh": "1 mV"}, equations="dv/dt = -v/tau : mV")


ENTRY = {
    "tier": "identical",
    "until_ms": 20.0,
    "fingerprint": "ab",
    "pairs": {"nest and reference": {"tier": "identical", "until_ms": 20.0}},
    "spikes": {"nest": 3},
    "statistics": {"nest": {"rate of cells": 1.5}},
    "versions": {"nest": "3.10"},
    "because": "",
    "history": [{"tier": "identical", "spikes": {"nest": 2}}],
}


@pytest.mark.parametrize("key", sorted(ENTRY))
@pytest.mark.parametrize("wrong", [7, "text", [1], {"a": {"b": []}}, {"a": [1]}, True, [[]], [{"spikes": 3}]])
def test_a_baseline_of_wrong_types_is_refused_before_anything_runs(key, wrong, tmp_path):
    path = tmp_path / "b.json"

    def entry(value):
        path.write_text(json.dumps({"format": 1, "models": {"m": {**ENTRY, key: value}}}))
        return baseline.read(path)["m"]

    assert entry(ENTRY[key]).tier == "identical"
    valid = (key == "until_ms" and wrong == 7 and wrong is not True) or (
        key in ("fingerprint", "because") and wrong == "text"
    )
    if valid:
        assert entry(wrong)
        return
    with pytest.raises(ConfigurationError, match="cannot be used"):
        entry(wrong)


def test_results_are_as_private_as_the_user_wants(place):
    runs = Executor().run(build_network("single_cell", duration=40.0), ["reference"])
    for mask, folder in ((0o077, "a"), (0o022, "b")):
        before = os.umask(mask)
        try:
            save_results(runs, place / folder)
        finally:
            os.umask(before)
        modes = {p.stat().st_mode & 0o777 & mask for p in (place / folder, *(place / folder).rglob("*"))}
        assert modes == {0} and (place / folder).stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_script_of_a_gate_with_an_unknown_error_is_named(place, monkeypatch):
    (place / "m.py").write_text(SCRIPT)
    monkeypatch.setattr("unisono.adapters.runtime.loading.captured_apart", raising(OSError("no")))
    (place / "unisono.toml").write_text(GATE + '[[model]]\nmodel = "m.py"\n')
    gate = check(read("unisono.toml"), CheckContext())
    assert gate.exit_status == 2 and "An error in Unisono: OSError: no." in gate.models[0].why
