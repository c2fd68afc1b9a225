"""What the terminal shows: progress of a script, the table of runs."""

from io import StringIO

from networks import driven
from rich.console import Console

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.display import runs_table, script_progress
from unisono.models.pynn.capture import CaptureProgress


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
