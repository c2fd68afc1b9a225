"""``unisono cache``: sizes, clear, limit."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import USAGE
from typer.testing import CliRunner

from unisono.cli import app, main
from unisono.commands.caching import bytes_of, seconds_of, size_text

DIGEST = "0123456789abcdef" * 4


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    for place in ("runs", "nest"):
        (tmp_path / place / DIGEST).mkdir(parents=True)
        (tmp_path / place / DIGEST / "data").write_bytes(b"x" * 1_500_000)
    return tmp_path


def said(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["cache", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_the_cache_is_shown_cleared_and_limited(folder: Path) -> None:
    assert f"3.0 MB in {folder}" in said().replace("\n", "")
    assert "Would remove 2 entries (3.0 MB)" in said("clear", "--dry-run")
    assert "Removed 1 entry (1.5 MB)" in said("clear", "runs")
    assert "Nothing to remove." in said("limit", "--size", "2M")
    assert "Nothing to remove." in said("limit", "--age", "1d")
    assert "Removed 1 entry (1.5 MB)" in said("limit", "--size", "1 MB")
    assert "0 B in" in said()


@pytest.mark.parametrize(
    "arguments", [("limit",), ("limit", "--age", "old"), ("limit", "--size", "big"), ("clear", "runz"), ("empty",)]
)
def test_what_is_wrong_is_said_in_a_sentence_and_removes_nothing(arguments, folder: Path, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["cache", *arguments])
    assert stop.value.code == USAGE
    assert capsys.readouterr().err.startswith("unisono: ")
    assert "3.0 MB in" in said()


def test_sizes_and_times() -> None:
    assert [bytes_of(text) for text in ("500M", "2 GB", "1.5g", "10")] == [500_000_000, 2 * 10**9, 1_500_000_000, 10]
    assert [seconds_of(text) for text in ("12h", "30d", "4 w")] == [43200.0, 2592000.0, 2419200.0]
    assert [size_text(number) for number in (0, 999, 1500, 2_600_000, 3 * 10**9)] == [
        *("0 B", "999 B", "1.5 kB", "2.6 MB", "3.0 GB")
    ]
