"""What the cache keeps is listed and removed, and nothing else: no other file, nothing outside, nothing in use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from networks import driven

from unisono.adapters.runtime import cache
from unisono.adapters.runtime.cache_entries import CODE, ERRORS, ROWS, RUNS, Entry, entries, remove, surplus
from unisono.adapters.runtime.executor import Executor

DIGEST = "0123456789abcdef" * 4
DAY = 86400.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, with files beside it."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("precious")
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made(path: Path, size: int = 100, days: float = 0.0) -> Path:
    """A folder with a file of so many bytes, last used so many days ago; a file where the name has an ending."""
    file = path if path.suffix else path / "data"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def filled(folder: Path) -> None:
    made(folder / "runs" / DIGEST, 1000, days=3)
    made(folder / "runs" / DIGEST[::-1], 2000, days=1)
    made(folder / "rows" / "01" / f"{DIGEST}.json", 10, days=2)
    made(folder / "nest" / DIGEST, 500, days=5)
    made(folder / "nest-headers" / DIGEST, 600, days=4)
    made(folder / "errors" / "unisono-abc.txt", 20)


def files(place: Path) -> dict[str, bytes]:
    return {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_what_is_kept_is_listed_by_kind_with_its_size(folder: Path) -> None:
    assert entries() == []
    filled(folder)
    found = entries()
    assert [(e.kind, e.size) for e in found] == [
        *((CODE, 500), (CODE, 600), (RUNS, 1000), (ROWS, 10), (RUNS, 2000), (ERRORS, 20))
    ]
    gone, stay = remove(found)
    assert gone == found and not stay and entries() == []


def test_old_entries_go_first_then_those_that_were_not_used_for_long(folder: Path) -> None:
    filled(folder)
    found = entries()
    assert [e.size for e in surplus(found, 2.5 * DAY, None)] == [500, 600, 1000]
    assert [e.size for e in surplus(found, None, 2500)] == [500, 600, 1000]
    assert [e.size for e in surplus(found, 4.5 * DAY, 3030)] == [500, 600]
    assert surplus(found, None, None) == surplus(found, 10 * DAY, 10**6) == []
    assert surplus(found, 0.0, None) == surplus(found, None, 0) == found


def test_what_has_another_name_stays_wherever_the_cache_lies(folder: Path) -> None:
    # a home folder, named as the cache by mistake
    for name in (
        "nest/README",
        "nest/src",
        "runs/marathon",
        "errors/list.txt",
        "rows/01/table.json",
        "thesis",
        ".ssh/id",
    ):
        made(folder / name)
    before = files(folder)
    assert entries() == []
    assert files(folder) == before


def test_links_are_removed_and_never_followed(folder: Path) -> None:
    outside = folder.parent / "precious"
    before = files(outside)
    made(folder / "runs" / DIGEST)
    (folder / "runs" / DIGEST / "link").symlink_to(outside)
    (folder / "runs" / DIGEST[::-1]).symlink_to(outside)
    (folder / "brian2").mkdir()
    (folder / "brian2" / f"code_{DIGEST[:32]}.so").symlink_to(outside / "thesis.txt")
    made(outside / DIGEST)
    (folder / "neuron").symlink_to(outside)
    before = files(outside)
    gone, stay = remove(entries())
    assert len(gone) == 3 and not stay
    assert files(outside) == before and list((folder / "runs").iterdir()) == []
    assert (folder / "neuron").is_symlink()


def test_a_run_that_is_read_stays(folder: Path) -> None:
    Executor().run(network := driven(), ["reference"])
    (entry,) = (e for e in entries() if e.kind == RUNS)
    os.utime(entry.path, (0, 0))
    with cache.reading(entry.path.name) as place:
        assert place == entry.path
        assert remove(entries()) == ([], [e for e in entries() if e.path == entry.path])
    assert entry.path.lstat().st_mtime > time.time() - 60  # used now
    assert remove(entries())[1] == []
    with cache.reading(entry.path.name) as place:
        assert place is None
    assert Executor().run(network, ["reference"])["reference"].status == "ok"


def test_code_that_a_running_command_may_use_stays(folder: Path) -> None:
    held = "from unisono.adapters.runtime.cache import job_folder\nwith job_folder(): print('.', flush=True); input()"
    made(folder / "nest" / DIGEST, days=1)
    command = [sys.executable, "-c", held]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == ".\n"
        used = made(folder / "neuron" / DIGEST)
        gone, stay = remove(entries())
        assert [e.path for e in gone] == [folder / "nest" / DIGEST] and [e.path for e in stay] == [used]
        process.communicate("\n")
    assert [e.path for e in remove(entries())[0]] == [used]


def test_what_another_process_removed_meanwhile_is_no_error(folder: Path) -> None:
    made(folder / "runs" / DIGEST)
    absent = Entry(RUNS, folder / "runs" / DIGEST[::-1], 0, 0.0)
    gone, stay = remove([absent, *entries()])
    assert [e.path.name for e in gone] == [DIGEST] and stay == [absent]
