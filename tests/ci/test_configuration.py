"""``unisono.toml``: what is read from it, and what is said of everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from networks import driven

from unisono.ci.configuration import read
from unisono.models.errors import ConfigurationError

HEAD = '[gate]\nsimulators = ["nest", "neuron"]\n'
MODEL = '[[model]]\nmodel = "single_cell"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "unisono.toml"
    path.write_text(text)
    return path


def test_a_model_takes_what_the_gate_says_and_its_own(tmp_path):
    (tmp_path / "net.py").write_text("")
    text = (
        '[gate]\nsimulators = ["nest"]\noptional = ["brian2"]\ntier = "identical"\ntime_limit = 60\njobs = 2\n'
        '[[model]]\nmodel = "net.py"\nargs = ["--seed", "{seed}"]\nnetwork = 2\ntier = "equivalent"\n'
        "runs = 30\npilot = 10\n"
        '[[model]]\nname = "cell"\nmodel = "single_cell"\noptions = { cell = "EIF" }\n'
        'simulators = ["nest", "neuron"]\noptional = []\ntier = "identical until t*"\nuntil = 50\n'
        'numerics = "native"\ntraces = 1e-9\n'
    )
    found = read(written(tmp_path, text))
    script, cell = found.models
    assert (found.jobs, found.baseline, found.baseline_required) == (2, tmp_path / "unisono.baseline.json", False)
    assert (script.name, script.tier, script.runs, script.pilot) == ("net", "equivalent", 30, 10)
    assert (script.simulators, script.optional, script.time_limit) == (("nest",), ("brian2",), 60)
    assert script.seeded
    assert (script.source.model, script.source.on, script.source.number) == (str(tmp_path / "net.py"), "nest", 2)
    assert (cell.simulators, cell.optional, cell.until, cell.traces) == (("nest", "neuron"), (), 50.0, 1e-9)
    assert cell.settings.numerics == "native"
    assert cell.required == "identical until 50 ms"
    assert [d.name for d in found.only(["cell"])] == ["cell"]
    with pytest.raises(ConfigurationError, match="Did you mean 'cell'"):
        found.only(["cel"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + MODEL + 'teir = "identical"\n', r"\[\[model\]\] 1: 'teir' is not a known key. Did you mean 'tier'\?"),
        (HEAD + "[modle]\n" + MODEL, "'modle' is not a known key. Did you mean 'model'"),
        (HEAD + "time_limt = 3\n" + MODEL, r"\[gate\]: 'time_limt' is not a known key. Did you mean 'time_limit'"),
        (HEAD + MODEL + 'tier = "identicle"\n', r"'single_cell'\): unknown tier 'identicle'. Did you mean 'identical'"),
        (HEAD + MODEL + 'tier = "different"\n', "unknown tier 'different'. Choose one of: identical"),
        (HEAD + MODEL + 'time_limit = "long"\n', "'time_limit' must be a number above zero, not 'long'"),
        (HEAD + MODEL + "time_limit = true\n", "'time_limit' must be a number above zero, not True"),
        (HEAD + MODEL + "time_limit = nan\n", "'time_limit' must be a number above zero, not nan"),
        (HEAD + "jobs = 0\n" + MODEL, "'jobs' must be a whole number of at least 1, not 0"),
        (HEAD + MODEL + 'simulators = "nest"\n', "'simulators' must be a list of texts, not 'nest'"),
        (HEAD + MODEL + 'simulators = ["nset", "neuron"]\n', "'simulators' names .* 'nset'. Did you mean 'nest'"),
        (HEAD + MODEL + 'optional = ["nest"]\n', "'optional' names 'nest', which is in 'simulators' too"),
        (HEAD + MODEL + 'simulators = ["nest"]\n', "'simulators' must name at least two"),
        (MODEL, "'simulators' must name at least two"),
        (HEAD, "has no model"),
        (HEAD + '[[model]]\nname = "a"\n', "'model' is missing"),
        (HEAD + '[[model]]\nmodel = "net.py"\n', "'model' is 'net.py': neither a library model nor a file"),
        (HEAD + '[[model]]\nmodel = "singlecell"\n', "Did you mean 'single_cell'"),
        (HEAD + MODEL + 'options = { cel = "EIF" }\n', "'options' cannot be used"),
        (HEAD + MODEL + "options = { duration = -1 }\n", "'options' cannot be used"),
        (HEAD + MODEL + 'args = ["1"]\n', "'args' applies to scripts only"),
        (HEAD + MODEL + "until = 5.0\n", "'until' applies to the tier 'identical until a tie' only; the tier is"),
        (HEAD + MODEL + 'numerics = "exact"\n', "unknown numerics 'exact'"),
        (HEAD + MODEL + 'lint = "warnings"\n', "unknown lint 'warnings'. Did you mean 'warning'"),
        (HEAD + MODEL + 'lint = "error"\nlint_ignore = ["unit"]\n', "unknown lint_ignore 'unit'. Did you mean 'units'"),
        (HEAD + MODEL + MODEL, "two models have the name 'single_cell'"),
        (HEAD + '[[model]]\nmodel = "here.py"\ntier = "equivalent"\n', "the script takes none"),
        (HEAD + '[[model]]\nmodel = "net.h5"\nargs = ["1"]\n', "this is a network file"),
        (HEAD + '[[model]]\nmodel = "net.h5"\nnetwork = 2\n', "'network' applies to scripts only"),
        ("gate = 3\n" + MODEL, "'gate' must be a table"),
        ("[model]\n", "'model' must be a list of tables"),
        ("[gate\n", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text, says, tmp_path):
    (tmp_path / "here.py").write_text("")
    driven(spikes=(1,)).save(tmp_path / "net.h5")
    with pytest.raises(ConfigurationError, match=says) as caught:
        read(written(tmp_path, text))
    assert "unisono.toml" in caught.value.message
    assert caught.value.remedy


def test_no_file_names_what_writes_one(tmp_path):
    with pytest.raises(ConfigurationError, match="unisono init"):
        read(tmp_path / "unisono.toml")


def test_one_simulator_is_enough_against_exact_spike_times(tmp_path):
    text = '[gate]\nsimulators = ["nest"]\ntier = "converged"\n' + MODEL
    assert read(written(tmp_path, text)).models[0].simulators == ("nest",)


def test_findings_are_asked_for_by_their_severity(tmp_path):
    other = '[[model]]\nmodel = "balanced"\nlint = "note"\nlint_ignore = ["duration"]\n'
    text = HEAD + 'lint = "error"\n' + MODEL + other
    first, second = read(written(tmp_path, text)).models
    assert (first.lint.severity, first.lint.ignore) == ("error", ())
    assert (second.lint.severity, second.lint.ignore) == ("note", ("duration",))
    (plain,) = read(written(tmp_path, HEAD + MODEL)).models
    assert plain.lint is None
