"""What the terminal shows while a script is captured."""

from io import StringIO

from rich.console import Console

from unisono.display import script_progress
from unisono.models.pynn.capture import Progress


def shown(**options):
    text = StringIO()
    with script_progress(Console(file=text, width=100, **options)) as display:
        display.listen("nest", {"phase": "build"})
        display.listen("nest", {"phase": "run", "done": 400, "total": 1000})
        display.watch(Progress(100.0, 1))
        display.watch(Progress(1234.5, 12))
    return text.getvalue()


def test_a_line_now_and_then_in_a_log():
    assert shown() == "run for the script: NEST building\n"


def test_a_line_that_is_renewed_on_a_terminal():
    assert "1,234.5 ms, 12 requests for data" in shown(force_terminal=True)
