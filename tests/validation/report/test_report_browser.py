"""The report in a real browser: the verdict is seen, nothing overflows, nothing is fetched."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.compare.agreement import compare
from unisono.validation.report.detection import render as detection_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

if CHROMIUM is None and os.environ.get("CI", "").lower() != "true":
    pytest.skip("Chromium is not installed; on Debian: apt-get install chromium", allow_module_level=True)

PHONE, DESK = (390, 844), (1280, 900)

#: Tells the title what the page cannot say itself: its width, and what it shows of the verdict.
#: The page to look at is named by the first of its values.
PROBE = """<!DOCTYPE html><html><head><title>waiting</title><style>
body { margin: 0 } iframe { border: 0; display: block }
</style></head><body><iframe src="%s" width="%d" height="%d"></iframe><script>
window.addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
  const verdict = page.querySelector("#verdict h1").getBoundingClientRect();
  const images = [...page.images];
  document.title = JSON.stringify({
    scroll: root.scrollWidth, client: root.clientWidth, top: verdict.top, bottom: verdict.bottom,
    left: verdict.left, right: verdict.right, images: images.length,
    loaded: images.filter(i => i.complete && i.naturalWidth > 0).length,
    boxes: [...page.querySelectorAll(".scroll")].filter(b => b.scrollWidth > b.clientWidth).length,
    fetched: page.defaultView.performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length,
  });
});
</script></body></html>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and remembers what was asked for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of a network with long labels and wide tables."""
    labels = ("excitatory_population_of_layer_2/3_with_a_long_name", "inhibitory")
    populations = tuple(Population(label, "IF_curr_exp", 40) for label in labels)
    weight, delay = np.array([0.125, 0.375]), np.array(15)
    ends = [(a, b) for a in (0, 1) for b in (0, 1)]
    rules = ("SpikePairAdditive", *("StaticSynapse",) * 3)  # the first with weights and a learning window to show
    projections = tuple(
        Projection(f"{a}{b}", a, b, [0, 1], [2, 3], weight, delay, synapse=rule)
        for (a, b), rule in zip(ends, rules, strict=True)
    )
    network = Network(0.1, populations, projections, trials=(Trial((Epoch(3000),)),), label="a_model_" * 12)
    random = np.random.RandomState(4)
    cells, steps = random.randint(0, 40, 400), random.randint(1, 3001, 400)
    runs = {}
    for index, name in enumerate(("first", "second", "third")):
        late = steps + (steps == np.sort(steps)[200]) * (index == 2)
        spikes = {0: Spikes.sorted(cells, late), 1: Spikes.sorted(cells[::2], steps[::2])}
        v = Signal(0, "v", "mV", np.array([1], np.uint32), 1, np.sin(np.arange(3001.0))[:, None] * (1 + index / 1e9))
        trial = TrialRecording(3000, spikes, (v,), {0: {"weight": weight + 0.1}})
        recording = Recording(0.1, labels, (40, 40), (trial,))
        seconds = dict.fromkeys(("start", "prepare", "build", "run", "collect"), 12.25)
        known = {"version": "10.11.12", "seconds": seconds, "peak_rss_mb": 12345.0, "platform": "Linux-" + "x" * 90}
        runs[name] = Run(name, network, Settings(), recording, {**known, "fingerprint": "0123456789abcdef" * 4})
    place = tmp_path_factory.mktemp("page")
    compare(Runs(network, runs), examine=False).to_html(place / "report.html")
    cells = [
        {"simulator": s, "tier": "identical", "caught": 3, "runs": 3, "interval": [0.3, 1.0], "note": "a_note_" * 9}
        for s in ("first", "second", "third", "fourth", "fifth")
    ]
    fault = {"name": "forward Euler", "cause": "an error in words", "claimed_by": ["identical"], "cells": cells}
    data = {"model": "a_model_" * 12, "faults": [fault], "aa": [], "versions": {"first": "1.0"}}
    (place / "detection.html").write_text(detection_page(data))
    return place


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()


def chromium(tmp_path: Path, size: tuple[int, int], *arguments: str) -> str:
    assert CHROMIUM is not None, "Chromium is missing, and CI must have it: apt-get install chromium"
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={size[0]},{size[1]}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("name", ["report.html", "detection.html"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_fits_and_shows_its_verdict(
    folder: Path, address: str, tmp_path: Path, size: tuple[int, int], name: str
) -> None:
    (folder / "probe.html").write_text(PROBE % (name, *size))
    Quiet.asked.clear()
    # The page stands in a frame as narrow as a phone: Chromium's own windows cannot be.
    arguments = ("--hide-scrollbars", "--virtual-time-budget=15000", "--dump-dom", f"{address}/probe.html")
    page = chromium(tmp_path, (max(size[0], 500), size[1]), *arguments)
    title = re.search(r"<title>(.*?)</title>", page)
    assert title is not None
    found = json.loads(title[1].replace("&quot;", '"'))
    assert found["client"] == size[0]
    assert found["scroll"] <= found["client"], "the page scrolls sideways"
    assert 0 <= found["top"] < found["bottom"] < size[1], "the verdict is not on the first screen"
    assert 0 <= found["left"] < found["right"] <= size[0]
    assert found["images"] == found["loaded"]
    assert found["images"] >= (11 if name == "report.html" else 0)
    assert found["fetched"] == 0
    assert set(Quiet.asked) <= {"/probe.html", f"/{name}", "/favicon.ico"}
    if size == PHONE:
        assert found["boxes"] > 0, "wide tables scroll in their own box"


CLICK = """<!DOCTYPE html><html><body><iframe src="report.html"></iframe><script>
window.addEventListener("load", () => document.querySelector("iframe").contentDocument.querySelector("a.save").click());
</script></body></html>"""


def test_a_click_saves_the_data_of_a_figure(folder: Path, address: str, tmp_path: Path) -> None:
    assert CHROMIUM is not None, "Chromium is missing, and CI must have it: apt-get install chromium"
    saved, profile = tmp_path / "saved", tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    saved.mkdir()
    settings = {"download": {"default_directory": str(saved), "prompt_for_download": False}}
    (profile / "Default" / "Preferences").write_text(json.dumps(settings))
    (folder / "click.html").write_text(CLICK)
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    command = [CHROMIUM, *options, f"--user-data-dir={profile}", "--remote-debugging-port=0", f"{address}/click.html"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            end = time.monotonic() + 60
            while not list(saved.glob("*.csv")) and time.monotonic() < end:
                time.sleep(0.2)
        finally:
            browser.terminate()
    (table,) = saved.glob("*.csv")
    assert table.name == "agreement.csv"
    assert table.read_text().startswith(
        "a,b,verdict,identical until (ms),spikes of a,spikes of b\nfirst,second,identical,"
    )


def test_from_the_disk_without_a_server_it_is_painted(folder: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    picture = tmp_path / "page.png"
    chromium(tmp_path, DESK, "--hide-scrollbars", f"--screenshot={picture}", (folder / "report.html").as_uri())
    pixels = imread(picture)[:, :, :3]
    assert pixels.shape[:2] == (DESK[1], DESK[0])
    # The verdict's box is tinted; its wash is not the white of the page.
    tinted = np.abs(pixels[60:300] - np.array([253, 245, 226]) / 255).max(axis=2) < 0.01
    assert tinted.mean() > 0.3


def test_it_prints(folder: Path, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    chromium(tmp_path, DESK, f"--print-to-pdf={paper}", (folder / "report.html").as_uri())
    content = paper.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) in range(2, 9)
