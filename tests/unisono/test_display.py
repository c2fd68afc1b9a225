"""What the terminal shows: progress of a script, the table of runs."""

from io import StringIO

import pytest
from networks import driven
from rich.console import Console

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.display import notes, progress, runs_table, script_progress
from unisono.models.pynn.capture import CaptureProgress
from unisono.progress import rows_shown, steps_shown


def shown(**options):
    text = StringIO()
    with script_progress(Console(file=text, width=100, **options)) as display:
        display.listen("nest", {"phase": "build"})
        display.listen("nest", {"phase": "run", "done": 400, "total": 1000})
        display.watch(CaptureProgress(100.0, 1))
        display.watch(CaptureProgress(1234.5, 12))
    return text.getvalue()


def test_a_line_now_and_then_in_a_log():
    assert shown() == "run for the script: NEST building\n"


def test_a_line_that_is_renewed_on_a_terminal():
    assert "1,234.5 ms, 12 requests for data" in shown(force_terminal=True)


def test_no_number_is_cut_at_80_columns():
    network = driven()
    seconds = dict.fromkeys(("start", "prepare", "build", "run", "collect"), 123.45)
    provenance = {"version": "3.10.0", "live": True, "seconds": seconds, "peak_rss_mb": 14800.0}
    text = StringIO()
    runs = Runs(network, {"nest": Run("nest", network, Settings(), None, provenance)})
    Console(file=text, width=80).print(runs_table(runs))
    assert text.getvalue().count("123.45") == 5 and "14800" in text.getvalue()
    assert "…" not in text.getvalue()


def compiling(done, total, **options):
    """What is shown when so many parts are compiled."""
    text = StringIO()
    with progress(Console(file=text, width=100, **options), ["nest"]) as listen:
        listen("nest", {"phase": "start"})
        listen("nest", {"phase": "prepare"})
        for number in range(done + 1):
            listen("nest", {"phase": "prepare", "done": number, "total": total})
    return text.getvalue()


def test_what_compiles_shows_a_count():
    assert [line.partition("nest: ")[2] for line in compiling(3, 3).splitlines()] == [
        "starting",
        "preparing",
        "compiling 1 of 3",
        "compiling 2 of 3",
        "compiling 3 of 3",
    ]
    assert "compiling 2 of 3" in compiling(1, 3, force_terminal=True)
    text = StringIO()
    with script_progress(Console(file=text, width=100)) as display:
        display.listen("nest", {"phase": "prepare", "done": 1, "total": 3})
    assert text.getvalue() == "run for the script: NEST compiling 2 of 3\n"


def test_one_that_compiles_alone_needs_no_count():
    assert compiling(1, 1).count("compiling") == 1 and "of 1" not in compiling(1, 1)


def test_what_is_special_about_runs_is_said_once():
    network, text = driven(), StringIO()
    provenance = {"notes": ["Brian2 ran its NumPy code."]}
    runs = {name: Run(name, network, Settings(), None, provenance) for name in ("brian2", "pynn.brian2")}
    notes(Console(file=text, width=80), Runs(network, runs | {"nest": Run("nest", network, Settings(), None)}))
    assert text.getvalue() == "Brian2 ran its NumPy code.\n"


@pytest.mark.parametrize(("progress", "terminal", "shown"), [(None, False, ""), (False, True, ""), (True, False, "x")])
def test_progress_of_functions_is_for_terminals_unless_it_is_asked_for(progress, terminal, shown, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    with steps_shown(progress) as step:
        step("x")
    with rows_shown(progress) as (_, announce):
        announce("x")
    said = capsys.readouterr()
    assert said.err == (f"{shown}\n" * 2 if shown else "") and not said.out
