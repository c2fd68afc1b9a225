"""Known runs in the cache folder: which of two that race is kept."""

import pytest

from unisono.adapters.host.folders import cache_folder
from unisono.adapters.runtime import cache
from unisono.models.errors import OutputError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    return tmp_path


def finished(job, text):
    """A job as a worker leaves it."""
    (job / "tmp").mkdir()
    (job / "outcome.json").write_text(text)
    return job


def outcome(place):
    return (place / "outcome.json").read_text()


def test_a_finished_job_is_kept_under_its_name_without_its_temporary_files():
    assert cache.kept("name") is None
    with cache.job_folder() as job:
        place = cache.keep(finished(job, "first"), "name")
    assert cache.kept("name") == place
    assert [path.name for path in place.iterdir()] == ["outcome.json"]


def test_of_two_that_race_the_first_is_kept(folder):
    with cache.job_folder() as one, cache.job_folder() as other:
        place = cache.keep(finished(one, "first"), "name")
        reader = (place / "outcome.json").open()  # another process has begun to read it
        assert cache.keep(finished(other, "second"), "name") == place
    with reader:
        assert reader.read() == "first"
    assert outcome(place) == "first"
    assert not list((folder / "jobs").iterdir())


def test_one_that_loses_the_race_in_the_last_moment_gives_way(monkeypatch):
    with cache.job_folder() as one, cache.job_folder() as other:
        finished(one, "first")
        rename = cache.os.rename

        def late(job, place):
            monkeypatch.setattr(cache.os, "rename", rename)
            cache.keep(one, "name")
            rename(job, place)

        monkeypatch.setattr(cache.os, "rename", late)
        place = cache.keep(finished(other, "second"), "name")
    assert outcome(place) == "first"


def test_a_fresh_run_replaces_the_one_that_is_kept(folder):
    for text in ("first", "second"):
        with cache.job_folder() as job:
            place = cache.keep(finished(job, text), "name", fresh=True)
    assert outcome(place) == "second"
    assert not list((folder / "jobs").iterdir())


def test_what_a_crash_left_in_the_place_is_replaced():
    place = cache_folder() / "runs" / "name"
    place.mkdir(parents=True)
    (place / "half").write_text("no outcome")
    assert cache.kept("name") is None
    with cache.job_folder() as job:
        cache.keep(finished(job, "whole"), "name")
    assert outcome(place) == "whole"
    assert not (place / "half").exists()


def test_a_job_that_cannot_be_moved_is_an_error(monkeypatch):
    def refused(*_):
        raise PermissionError("no")

    monkeypatch.setattr(cache.os, "rename", refused)
    with cache.job_folder() as job, pytest.raises(OutputError, match="Cannot write to the cache folder"):
        cache.keep(finished(job, "text"), "name")
    assert cache.kept("name") is None
