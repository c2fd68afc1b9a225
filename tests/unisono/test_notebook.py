"""The notebook of the examples in a real kernel: progress, cards, a data frame and pictures come out of it."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "examples/first_comparison.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The executed code cells, in a kernel of this interpreter, with nothing cached."""
    folder = tmp_path_factory.mktemp("notebook")
    kernel = folder / "share/jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    text = {"argv": arguments, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder / "share/jupyter"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("UNISONO_CACHE", str(folder / "cache"))
        patch.delenv("MPLBACKEND", raising=False)
        book = nbformat.read(NOTEBOOK, as_version=4)
        NotebookClient(book, timeout=240, resources={"metadata": {"path": str(folder)}}).execute()
    assert (folder / "first_comparison.html").stat().st_size > 100_000
    return [cell for cell in book.cells if cell.cell_type == "code"]


def outputs(cells, start):
    """What a cell that begins with a text displayed: MIME types and their content."""
    cell = next(cell for cell in cells if cell.source.startswith(start))
    assert not any(output.output_type in ("error", "stream") for output in cell.outputs)
    return [output.data for output in cell.outputs]


def test_each_run_has_a_bar_that_ends_full(cells):
    bars, card = outputs(cells, "runs = ")
    assert bars["text/plain"].count("done") == 2 and "<pre" in bars["text/html"]
    assert "unisono-card" in card["text/html"] and card["text/plain"].startswith("<Runs of vogels_abbott: reference ")


def test_verdict_and_network_are_cards(cells):
    (network,) = outputs(cells, "import unisono")
    assert network["text/plain"].startswith("<Network vogels_abbott: 400 cells")
    *_, verdict = outputs(cells, "agreement = ")
    assert ">identical</span>" in verdict["text/html"]


def test_statistics_are_a_data_frame(cells):
    (frame,) = outputs(cells, "statistics = ")
    assert "dataframe" in frame["text/html"] and "CV of ISI" in frame["text/plain"]


@pytest.mark.parametrize("start", ["axes = runs.plot()", "from matplotlib"])
def test_plots_are_pictures(cells, start):
    (picture,) = outputs(cells, start)
    assert b64decode(picture["image/png"]).startswith(b"\x89PNG")


def test_the_example_is_kept_without_outputs():
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in book.cells)
