"""Damaged runs and results are never used: refused by name, or run again. The damage is drawn with fixed seeds."""

from __future__ import annotations

import os
import random
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from networks import driven

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.adapters.runtime.results_folder import load_results, save_results
from unisono.models.errors import DamagedFile

#: Faults tried in each place; ``make faults`` tries more.
TRIES = int(os.environ.get("UNISONO_FAULTS", "60"))


def mutate(folder: Path, seed: int) -> str:
    """Damage one file of a folder; says what was done."""
    chance = random.Random(seed)
    path = chance.choice(sorted(p for p in folder.rglob("*") if p.is_file()))
    content = bytearray(path.read_bytes())
    place = chance.randrange(max(1, len(content)))
    kind = chance.choice(["flip", "cut", "empty", "insert", "remove", "zero", "swap"])
    if kind == "flip" and content:
        content[place] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del content[place:]
    elif kind == "insert":
        content[place:place] = chance.randbytes(chance.randrange(1, 9))
    elif kind == "zero":
        content[place : place + 64] = bytes(len(content[place : place + 64]))
    elif kind == "swap":
        content[place:], content[:place] = content[:place], content[place:]
    else:
        content.clear()
    path.write_bytes(content)
    if kind == "remove":
        path.unlink()
    return f"seed {seed}: {kind} at {place} of {path.relative_to(folder)}"


def same(a: Run, b: Run) -> bool:
    """Whether two runs hold the same results."""
    if a.recording is None or b.recording is None:
        return a.recording is b.recording and str(a.error) == str(b.error)
    assert (a.recording.dt, a.recording.labels, a.recording.sizes) == (
        b.recording.dt,
        b.recording.labels,
        b.recording.sizes,
    )
    for one, other in zip(a.recording.trials, b.recording.trials, strict=True):
        assert one.steps == other.steps and one.spikes.keys() == other.spikes.keys()
        for index, spikes in one.spikes.items():
            assert np.array_equal(spikes.cells, other.spikes[index].cells)
            assert np.array_equal(spikes.steps, other.spikes[index].steps)
        for x, y in zip(one.signals, other.signals, strict=True):
            assert (x.population, x.variable, x.unit, x.interval) == (y.population, y.variable, y.unit, y.interval)
            assert np.array_equal(x.values, y.values)
    return a.provenance.get("version") == b.provenance.get("version") and a.log == b.log


@pytest.fixture(scope="module")
def runs() -> Runs:
    return Executor().run(driven(spikes=(1, 5)), ["reference"])


def test_a_damaged_folder_of_results_is_refused(runs, tmp_path):
    save_results(runs, tmp_path / "good")
    assert same(load_results(tmp_path / "good")["reference"], runs["reference"])
    used = 0
    for seed in range(TRIES):
        folder = tmp_path / "bad"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tmp_path / "good", folder)
        what = mutate(folder, seed)
        try:
            found = load_results(folder)
        except DamagedFile:
            continue
        # what makes no difference (the log of an empty file, space between the entries of JSON) may be used
        assert same(found["reference"], runs["reference"]), what
        used += 1
    assert used < TRIES / 4


def test_a_damaged_cached_run_is_run_again(runs, tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    network = driven(spikes=(1, 5))
    executor = Executor()
    executor.run(network, ["reference"])
    (place,) = (tmp_path / "cache" / "runs").iterdir()
    shutil.copytree(place, tmp_path / "good")
    name, _ = executor.key(network, *_adapter())
    for seed in range(TRIES):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(tmp_path / "good", place)
        what = mutate(place, seed)
        found = executor._cached(name, network, *_adapter())
        assert found is None or same(found, runs["reference"]) or "log.txt" in what, what
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(tmp_path / "good", place)
    (place / "recording" / "trial-000" / "spikes.h5").write_bytes(b"no")
    again = executor.run(network, ["reference"])["reference"]
    assert not again.provenance["cached"] and same(again, replace_log(runs["reference"], again.log))
    assert executor.run(network, ["reference"])["reference"].provenance["cached"]


def _adapter():
    from unisono.adapters import registry
    from unisono.adapters.contract import Settings

    return registry.get("reference"), Settings()


def replace_log(run: Run, log: str) -> Run:
    from dataclasses import replace

    return replace(run, log=log)


def test_fresh_runs_side_by_side_are_all_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    network, failed = driven(spikes=(1,)), []

    def run(fresh: bool) -> None:
        for _ in range(3):
            try:
                found = Executor(fresh=fresh).run(network, ["reference"])["reference"]
                if found.status != "ok":
                    failed.append(found.error)
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=run, args=(number < 3,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert not list((tmp_path / "cache" / "jobs").iterdir())


def test_a_cache_can_be_shared(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    Executor().run(driven(), ["reference"])
    (place,) = (tmp_path / "cache" / "runs").iterdir()
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in (place, *place.rglob("*")))


def test_the_name_of_a_run_cannot_leave_the_folder(runs, tmp_path):
    from unisono.models.files import sealed, unsealed

    save_results(runs, tmp_path / "r")
    index = unsealed(tmp_path / "r" / "results.json")
    for name in ("../r/reference", "/etc", "..", ".", "", "a/b", "a\0b"):
        (tmp_path / "r" / "results.json").write_text(sealed({**index, "runs": {name: index["runs"]["reference"]}}))
        with pytest.raises(DamagedFile):
            load_results(tmp_path / "r")


def test_a_pipe_in_place_of_a_file_is_not_waited_for(runs, tmp_path):
    for number, name in enumerate(("results.json", "network.h5", "reference/recording.json", "reference/log.txt")):
        folder = tmp_path / str(number)
        save_results(runs, folder)
        (folder / name).unlink()
        os.mkfifo(folder / name)
        with pytest.raises(DamagedFile):
            load_results(folder)
