"""Compiled code that is damaged, cut off or gone is compiled again; what a compiler says reaches the user."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest
from networks import driven

from unisono.adapters.host import compiled, logs
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import OutputError

#: A cell that each of them has to compile, and what the compiled code is.
CELL = "Izhikevich"
COMPILED = {"nestml": "nest/*/*.so", "brian2": "brian2/*/code.so", "neuron": "neuron/*/libnrnmech.so"}


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


DAMAGES = {"truncated": _truncate, "changed": _change, "removed": Path.unlink, "empty": lambda p: p.write_bytes(b"")}


def test_code_is_whole_or_compiled_again(tmp_path):
    folder = tmp_path / "place" / "key"
    built = 0

    def build() -> None:
        nonlocal built
        if not compiled.whole(folder):
            with compiled.building(folder) as work:
                (work / "sub").mkdir()
                (work / "sub" / "code.so").write_bytes(bytes(range(256)))
                built += 1

    build()
    build()
    assert built == 1 and stat.S_IMODE(folder.stat().st_mode) & 0o700 == 0o700
    for number, damage in enumerate(DAMAGES.values(), 2):
        damage(folder / "sub" / "code.so")
        build()
        assert built == number and compiled.whole(folder)
    for index in ("", "{", "[]", "{}", "7"):
        (folder / compiled.INDEX).write_text(index)
        build()
        assert compiled.whole(folder)
    assert [p.name for p in folder.parent.iterdir()] == ["key"]


def test_code_that_another_process_compiled_meanwhile_stays(tmp_path):
    folder = tmp_path / "key"
    with compiled.building(folder) as slow:
        (slow / "code").write_text("slow")
        with compiled.building(folder) as fast:
            (fast / "code").write_text("fast")
    assert (folder / "code").read_text() == "fast" and os.listdir(tmp_path) == ["key"]


def test_a_failure_leaves_nothing_and_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(KeyError), compiled.building(tmp_path / "a" / "key"):
        raise KeyError
    assert not os.listdir(tmp_path / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write to"), compiled.building(tmp_path / "file" / "key"):
        pass


def test_a_single_file_is_dropped_unless_it_fits_its_checksum(tmp_path):
    path = tmp_path / "code.so"
    for damage in (_change, _truncate, lambda p: (tmp_path / "code.so.sha256").unlink()):
        path.write_bytes(bytes(range(256)))
        compiled.note_checksum(path)
        compiled.drop_damaged(path)
        assert path.exists()
        damage(path)
        compiled.drop_damaged(path)
        assert not path.exists()


def test_the_processor_is_part_of_the_key(monkeypatch):
    here = compiled.processor()
    read = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda p, *a: read(p, *a).replace(" avx", " axx").replace(" fp ", " fq "))
    compiled.processor.cache_clear()
    assert compiled.processor() != here
    compiled.processor.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("simulator", COMPILED)
def test_each_simulator_compiles_damaged_code_again(simulator, tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    network, executor = driven(CELL), Executor(fresh=True, time_limit=300)
    first = executor.run(network, [simulator])[simulator]
    assert first.status == "ok", first.error
    for name, damage in DAMAGES.items():
        files = list(tmp_path.glob(COMPILED[simulator]))
        assert files
        for path in files:
            damage(path)
        again = executor.run(network, [simulator])[simulator]
        assert again.status == "ok", f"{name}: {again.error}"
        assert again.spike_count == first.spike_count
    assert not list(tmp_path.glob("*/.building-*")) and not list((tmp_path / "jobs").iterdir())


@pytest.mark.parametrize("simulator", COMPILED)
def test_the_message_of_the_compiler_is_what_is_shown(simulator, tmp_path, monkeypatch):
    broken = tmp_path / "bin" / "g++"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'model.cc:7:3: error: the compiler is on strike' >&2\nexit 1\n")
    broken.chmod(0o755)
    for name in ("c++", "gcc", "cc", "clang++", "x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++"):
        shutil.copy(broken, broken.with_name(name))
    monkeypatch.setenv("PATH", f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CXX", str(broken))
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    error = Executor(fresh=True).run(driven(CELL), [simulator])[simulator].error
    assert "error: the compiler is on strike" in str(error)
    assert "Traceback" not in str(error) and "See the log" not in str(error)


def test_a_quotation_begins_at_the_first_error():
    text = "make: entering\n\n" + "warning\n" * 20 + "a.cc:1: error: no\nmore\nmake: *** Error 1\n"
    assert logs.said(text).splitlines() == ["It said:", "  | a.cc:1: error: no", "  | more", "  | make: *** Error 1"]
    assert logs.said("\n") == "It said nothing."
    assert len(logs.said("line\n" * 50).splitlines()) == 16
