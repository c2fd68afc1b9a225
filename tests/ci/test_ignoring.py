"""What ``init`` adds to ``.gitignore``: what is missing, once, below what is there."""

from __future__ import annotations

from unisono.ci.ignoring import ignore

PLACES = ("unisono-report/", "results/")


def test_a_new_file_and_the_same_again(tmp_path):
    path, added = ignore(tmp_path, PLACES)
    assert (path, added) == (tmp_path / ".gitignore", PLACES)
    assert path.read_text() == "# written by Unisono\nunisono-report/\nresults/\n"
    assert ignore(tmp_path, PLACES) == (path, ())
    assert path.read_text().count("results/") == 1


def test_what_is_there_stays_byte_by_byte(tmp_path):
    path = tmp_path / ".gitignore"
    path.write_bytes(b"*.pyc\n/results\n\xff")
    assert ignore(tmp_path, PLACES)[1] == ("unisono-report/",)
    assert path.read_bytes() == b"*.pyc\n/results\n\xff\n\n# written by Unisono\nunisono-report/\n"


def test_what_the_repository_ignores_above_is_not_repeated(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("unisono-report/\nresults/\n")
    (tmp_path / "models").mkdir()
    assert ignore(tmp_path / "models", PLACES)[1] == ()
    assert not (tmp_path / "models" / ".gitignore").exists()
    # a file above the repository is of no account
    (tmp_path / "models" / ".git").mkdir()
    assert ignore(tmp_path / "models", PLACES)[1] == PLACES
