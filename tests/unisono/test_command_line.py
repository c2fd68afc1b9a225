"""What every command has in common: help, version, display, completion, exit statuses; no simulator runs."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
import typer
from command_line import USAGE
from rich.console import Console
from typer.testing import CliRunner

from unisono.cli import app, main
from unisono.commands import common, completing
from unisono.commands.catalogue import CATALOGUE
from unisono.commands.exits import FAILED
from unisono.commands.group import loaded
from unisono.display import plain_table, progress
from unisono.models.library import LIBRARY
from unisono.table_layout import show_table

#: Commands of few options.
NO_GROUPS = ("env list", "env remove", "env create", "cache clear", "cache limit", "models", "doctor", "advise", "init")

COMMANDS = [entry.name for entry in CATALOGUE if not entry.location.endswith(":")]


def said(*arguments: str, **environment: str) -> tuple[int, str]:
    answer = CliRunner(env={"COLUMNS": "80", **environment}).invoke(app, list(arguments))
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples_and_options_in_groups(name: str) -> None:
    status, text = said(*name.split(), "-h")
    assert status == 0 and said(*name.split(), "--help")[1] == text
    assert "--quiet" in text and "--verbose" in text
    entry = next(entry for entry in CATALOGUE if entry.name == name)
    plain = " ".join(text.split())
    assert all(" ".join(example.split()) in plain for example in entry.examples)
    if name not in NO_GROUPS:
        assert "─ Files ─" in text or "─ Simulation ─" in text


def test_the_help_lists_all_commands_and_imports_none() -> None:
    loaded_before = {name for name in sys.modules if name.startswith("unisono.commands.")}
    status, text = said("--help")
    assert status == 0
    assert all(entry.summary in text for entry in CATALOGUE if " " not in entry.name)
    assert {name for name in sys.modules if name.startswith("unisono.commands.")} == loaded_before


def test_version() -> None:
    status, text = said("--version")
    assert status == 0 and text.startswith("unisono ")


@pytest.mark.parametrize("arguments", [(), ("env",)])
def test_no_command_is_a_wrong_command_line(arguments: tuple[str, ...]) -> None:
    status, text = said(*arguments)
    assert status == USAGE and "Usage: " in text


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("models", "nosuch"), USAGE),
        (("compare",), USAGE),
        (("models", "--nosuch"), USAGE),
        (("check", "nosuch.toml"), FAILED),
        (("models",), 0),
    ],
)
def test_exit_statuses(arguments: tuple[str, ...], status: int, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == status


def test_quiet_prints_the_result_alone() -> None:
    assert said("models", "-q")[1].count("\n") == 1
    assert said("models")[1].count("\n") > 30


def test_verbose_adds_the_traceback_of_an_error(capsys) -> None:
    for option, count in ((), 0), (("-v",), 1):
        with pytest.raises(SystemExit):
            main(["models", "nosuch", *option])
        error = capsys.readouterr().err
        assert error.startswith("unisono: Unknown library model 'nosuch'.") and error.count("Traceback") == count
    common.show_more(False, False)


@pytest.mark.parametrize("name", ["single_cell", "vogels_abbott", "tsodyks_markram"])
def test_a_model_is_shown_with_all_there_is_to_know(name: str) -> None:
    status, text = said("models", name)
    assert status == 0
    plain = " ".join(text.split())
    for option, default, unit, meaning in LIBRARY[name].describe():
        assert all(word in plain for word in (option, str(default), unit, meaning.split()[0]))
    assert "Source: " in text and "IF_curr_exp" in text.split("Cells: ")[1] and f"unisono compare {name} --set " in text
    assert {"single_cell": "none", "vogels_abbott": "StaticSynapse"}.get(name, "TsodyksMarkram") in text


# -- completion ---------------------------------------------------------------


def names(found: list[tuple[str, str]]) -> list[str]:
    return [name for name, _ in found]


def context(**parameters: str) -> typer.Context:
    found = typer.Context(loaded("compare"))
    found.params = parameters
    return found


def test_names_are_completed(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vogels.py").write_text("")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "vogels").mkdir()
    assert names(completing.models("vogels")) == ["vogels_abbott", "vogels_sprekeler", "vogels/", "vogels.py"]
    assert names(completing.simulators("nest,br")) == ["nest,brian2"]
    assert "nest,nest" not in names(completing.simulators("nest,n"))
    assert names(completing.simulators("nest,brian2:n")) == ["nest,brian2:native"]
    single = context(model="single_cell")
    assert names(completing.settings(single, "cu")) == ["current="]
    assert names(completing.settings(single, "current=s")) == ["current=step", "current=spikes"]
    assert "cell=EIF" in names(completing.settings(single, "cell=E"))
    assert names(completing.settings(context(model="my_script.py"), "")) == []
    assert names(completing.parameters(context(cell="IF_curr_exp"), "tau_m")) == ["tau_m="]
    assert names(completing.cells("AdEx_b")) == ["AdEx_bursting"]
    assert names(completing.phenomena("burst")) == ["bursting"]
    assert names(completing.rules("dal")) == ["dale"]
    assert "delay + 1 step" in names(completing.faults("delay"))
    assert names(completing.tiers("identical,conv")) == ["identical,converged"]
    assert names(completing.numerics("n")) == ["native"]


def completed(line: str, shell: str) -> list[str]:
    """What the shell is answered; Bash takes ``=`` for a word of its own."""
    words = line.replace("=", " = ").split(" ") if shell == "bash" else line.split(" ")
    words = [word for word in words[:-1] if word] + [words[-1]]
    environment = {"_UNISONO_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    environment |= {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    answer = CliRunner(env=environment).invoke(app, [], prog_name="unisono")
    assert answer.exit_code == 0, answer.output
    return answer.output.split()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("unisono conv", "converge"),
        ("unisono compare vogels_a", "vogels_abbott"),
        ("unisono compare single_cell --on nest,neur", "nest,neuron"),
        ("unisono env rem", "remove"),
        ("unisono lint single_cell --fail", "--fail-on"),
    ],
)
def test_bash_is_answered(line: str, found: str) -> None:
    assert completed(line, "bash") == [found]


def test_bash_is_answered_after_an_equals_sign() -> None:
    assert completed("unisono compare single_cell --set current=sp", "bash") == ["spikes"]


# -- tables and progress ------------------------------------------------------


def table() -> object:
    found = plain_table()
    for title in ("statistic", "nest", "brian2:native", "difference", "verdict"):
        found.add_column(title, justify="left" if title in ("statistic", "verdict") else "right")
    found.add_row("rate of excitatory (Hz)", "12.3456", "12.4567", "+0.00123 (-0.00123 to +0.0567)", "cannot tell")
    return found


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("terminal", [True, False])
def test_no_table_cuts_a_number(width: int, terminal: bool) -> None:
    text = StringIO()
    show_table(Console(file=text, width=width, force_terminal=terminal, color_system=None, soft_wrap=True), table())
    for number in ("12.3456", "12.4567", "+0.00123", "(-0.00123", "+0.0567)", "brian2:native"):
        assert number in text.getvalue()
    lines = text.getvalue().splitlines()
    assert "…" not in text.getvalue() and (not terminal or max(map(len, lines)) <= width)
    assert terminal or len(lines) == 3


def test_the_bar_that_pulses_is_the_one_that_works() -> None:
    text = StringIO()
    with progress(Console(file=text, width=80, force_terminal=True), ["nest", "pynn.brian2"]) as listen:
        bars = _bars(listen)

        def pulsing() -> list[bool]:
            column = next(c for c in bars.columns if hasattr(c, "bar_width"))
            return [column.render(task).pulse for task in bars.tasks]

        assert pulsing() == [False, False]
        listen("nest", {"phase": "start"})
        assert pulsing() == [True, False]
        listen("nest", {"phase": "run", "done": 400, "total": 1000})
        assert pulsing() == [False, False]
        listen("nest", {"phase": "collect"})
        listen("pynn.brian2", {"phase": "cached"})
        assert pulsing() == [True, False]
        listen("nest", {"phase": "done"})
        assert pulsing() == [False, False]
    assert "pynn.brian2" in text.getvalue()


def _bars(listen: object) -> object:
    """The bars that a listener moves."""
    cells = dict(zip(listen.__code__.co_freevars, listen.__closure__, strict=True))
    return cells["bars"].cell_contents


def test_phases_are_lines_on_a_terminal_where_they_are_asked_for() -> None:
    text = StringIO()
    with progress(Console(file=text, width=80, force_terminal=True), ["nest"], lines=True) as listen:
        listen("nest", {"phase": "start"})
    assert "nest: starting" in text.getvalue()
