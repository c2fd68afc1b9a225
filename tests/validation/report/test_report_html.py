"""What the report says, that it needs nothing else, and that it is the same every time."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from accessible import problems_of

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.compare.agreement import compare
from unisono.validation.report.drawing import DARK_PALETTE, PALETTE
from unisono.validation.report.html import render, reproduce
from unisono.validation.report.page import number, prose

DT = 0.1
PROVENANCE = {"version": "1.0", "seconds": {"start": 0.5, "run": 1.25}, "peak_rss_mb": 100.0, "fingerprint": "f00d"}


def network(sizes: tuple[int, int] = (8, 4), steps: int = 3000, trials: int = 1, label: str = "model") -> Network:
    return Network(
        DT,
        (Population("E", "IF_curr_exp", sizes[0]), Population("I", "IF_cond_exp", sizes[1])),
        (Projection("E to I", 0, 1, [0, 1], [1, 2], np.array([0.1, 0.3]), np.array(15)),),
        trials=(Trial((Epoch(steps),)),) * trials,
        label=label,
    )


def run(name: str, net: Network, spikes: list[tuple[int, int, int]], v: float = -60.0) -> Run:
    by_population = {
        p: Spikes.sorted([c for q, c, _ in spikes if q == p], [s for q, _, s in spikes if q == p]) for p in (0, 1)
    }
    steps = net.trials[0].steps
    signal = Signal(0, "v", "mV", np.array([0, 3], np.uint32), 1, np.full((steps + 1, 2), v))
    recording = Recording(
        DT, ("E", "I"), tuple(p.size for p in net.populations), (TrialRecording(steps, by_population, (signal,)),)
    )
    if len(net.trials) > 1:
        recording = replace(recording, trials=(TrialRecording(steps, {}),) * (len(net.trials) - 1) + recording.trials)
    return Run(name, net, Settings(), recording, PROVENANCE)


def drawn(net: Network, count: int = 120) -> list[tuple[int, int, int]]:
    random = np.random.RandomState(2)
    sizes = [p.size for p in net.populations]
    populations = random.randint(0, 2, count)
    cells = [int(random.randint(sizes[p])) for p in populations]
    steps = random.randint(1, net.trials[0].steps + 1, count)
    return sorted(set(zip(populations.tolist(), cells, steps.tolist(), strict=True)), key=lambda e: (e[2], e[0], e[1]))


def report(net: Network, *runs: Run) -> str:
    return render(compare(Runs(net, {r.simulator: r for r in runs}), examine=False))


def shifted(spikes: list, index: int) -> list:
    population, cell, step = spikes[index]
    return [*spikes[:index], (population, cell, step + 1), *spikes[index + 1 :]]


def failed(name: str, net: Network) -> Run:
    error = SimulatorFailed("killed by <signal> 9.")
    return Run(name, net, Settings(), None, {"version": "1"}, error, "its last words")


@pytest.fixture(scope="module")
def identical() -> str:
    net = network()
    return report(net, run("a", net, drawn(net)), run("b", net, drawn(net)))


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_identical_runs_say_so_first(identical: str) -> None:
    spikes = drawn(network())
    page = Page(identical)
    heading = page.text.split("Neurons")[0]
    assert "Identical" in heading
    assert f"On a and b: All {len(spikes)} spikes lie in the same steps" in heading
    for section in ("Model", "Runs", "Pairs", "Activity", "Traces", "Statistics", "Provenance"):
        assert section in page.text
    assert "f00d" in page.text


def test_a_difference_is_said_first() -> None:
    net = network()
    spikes = drawn(net)
    text = report(net, run("a", net, spikes), run("b", net, shifted(spikes, 40)))
    heading = Page(text).text.split("Neurons")[0]
    assert "Identical until" in heading
    assert f"cell {spikes[40][1]} of" in heading
    assert 'class="verdict open"' in text  # it was not examined: no green


def test_another_network_is_different() -> None:
    net = network()
    other = replace(run("b", net, []), provenance={**PROVENANCE, "fingerprint": "beef"})
    text = report(net, run("a", net, []), other)
    assert 'class="verdict disagree"' in text
    assert "a and b: They ran different networks" in text


def test_a_failed_run_is_shown_with_its_error_and_log() -> None:
    net = network()
    text = report(net, run("a", net, drawn(net)), failed("b", net))
    assert 'class="verdict open"' in text
    assert "killed by &lt;signal&gt; 9." in text
    assert "its last words" in text


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b")])
def test_a_report_without_any_result(names: tuple[str, ...]) -> None:
    net = network()
    page = Page(report(net, *(failed(name, net) for name in names)))
    assert "Cannot tell" in page.text


def test_silent_networks_trials_and_other_shapes_make_a_report() -> None:
    net = network(trials=2)
    spikes = drawn(net)
    assert "trial 2 of 2" in report(net, run("a", net, spikes), run("b", net, spikes[1:]))
    silent = network()
    assert "Identical" in report(silent, run("a", silent, []), run("b", silent, []))
    short = run("b", network(steps=2999), [])
    assert "Different" in report(silent, run("a", silent, []), replace(short, network=silent))


def test_nan_in_a_trace_makes_a_report() -> None:
    net = network()
    assert "not numbers" in report(net, run("a", net, []), run("b", net, [], v=float("nan")))


def test_it_needs_nothing_from_outside(identical: str) -> None:
    for tag, attributes in Page(identical).tags:
        assert tag not in ("script", "link", "iframe", "object")
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#"))
    assert "@import" not in identical
    assert "url(" not in identical


def test_every_figure_has_a_text_for_those_who_cannot_see_it(identical: str) -> None:
    images = [attributes for tag, attributes in Page(identical).tags if tag == "img"]
    assert len(images) >= 9
    assert all(len(image["alt"] or "") > 20 for image in images)


def test_it_is_accessible(identical: str) -> None:
    net = network()
    assert problems_of(identical) == []
    assert problems_of(report(net, run("a", net, drawn(net)), failed("b", net))) == []


def palettes(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the style sheet on a light page and on a dark one."""
    light, dark = re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in (light, dark)]
    return found[0], found[1]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(identical: str, mode: int) -> None:
    colours = palettes(identical)[mode]
    for name in ("ink", "soft", "accent", "agree", "disagree", "open"):
        for ground in ("paper", "wash"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("agree", "disagree", "open"):
        for text in (name, "ink", "soft", "accent"):
            assert contrast(colours[text], colours[f"{name}-wash"]) >= 4.5, (text, name)
    assert [colours[f"c{i}"] for i in range(6)] == [c.lower() for c in (PALETTE, DARK_PALETTE)[mode]]


def test_figures_have_a_palette_for_dark_pages(identical: str) -> None:
    dark = palettes(identical)[1]
    figures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', identical)
    for figure in figures:
        svg = base64.b64decode(figure).decode()
        assert svg.count("@media (prefers-color-scheme:dark)") == 1
        assert f'[style*="fill: #1d2733"]{{fill:{dark["ink"]}!important}}' in svg
        assert f'[style*="fill: #ffffff"]{{fill:{dark["paper"]}!important}}' in svg


def test_it_says_how_much_a_difference_matters_and_what_to_type() -> None:
    net = network()
    spikes = drawn(net)
    native = replace(run("b", net, spikes[:-20]), settings=Settings("native"))
    agreement = compare(Runs(net, {"a": run("a", net, spikes), "b": native}), examine=False)
    effect = agreement.effect
    assert effect is not None and effect.spikes == {"a": len(spikes), "b": len(spikes) - 20}
    assert effect.shared == len(spikes) - 20
    assert agreement.to_dict()["effect"]["shared_spikes"] == effect.shared
    page = Page(render(agreement, "unisono compare script.py 7 --on a,b:native --set n=3 --report r.html")).text
    assert f"{len(spikes) - 20} (b:native) to {len(spikes)} (a) spikes" in page
    assert "Do they agree when all use the same numerics?" in page
    assert "unisono compare script.py 7 --set n=3 --on a,b --report matched.html" in page


def test_identical_spikes_have_no_effect_and_lead_to_a_check(identical: str) -> None:
    page = Page(identical).text
    assert "lie in the same step on all" not in page
    assert "unisono init model" in page
    assert "Every spike of 12 cells and v of 2 cells" in page


def test_a_section_that_is_folded_is_found_from_the_contents(identical: str) -> None:
    links = [a["href"] for tag, a in Page(identical).tags if tag == "a" and "href" in a]
    assert [link for link in links if link and link.startswith("#")][-1] == "#provenance"
    assert "#statistics" in links and '<div id="statistics">' in identical


def test_labels_cannot_break_the_page() -> None:
    net = network(label="<script>alert(1)</script>")
    text = report(net, run("a", net, []), run("b", net, []))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_same_comparison_gives_the_same_bytes(identical: str) -> None:
    net = network()
    assert report(net, run("a", net, drawn(net)), run("b", net, drawn(net))) == identical


def test_a_large_network_stays_a_small_file() -> None:
    net = network((3200, 800), 10_000)
    spikes = drawn(net, 30_000)
    text = report(net, run("a", net, spikes), run("b", net, shifted(spikes, 20_000)))
    assert len(text) < 5e6


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0"), (-50.0, "−50"), (1.5e-14, "1.5·10⁻¹⁴"), (-2e9, "−2·10⁹"), (12.5, "12.5")],
)
def test_numbers_for_reading(value: float | None, text: str) -> None:
    assert number(value) == text


def test_only_numbers_are_changed_in_prose() -> None:
    said = prose("neuron-3 at -50 mV (+1.2e-09 mV), step-size 1e-3")
    assert said.replace("\u00a0", "~") == "neuron-3 at −50~mV (+1.2·10⁻⁹~mV), step-size 1·10⁻³"


def test_the_command_that_reproduces_it(tmp_path: Path) -> None:
    net = network()
    native = replace(run("a", net, []), settings=Settings("native", 2))
    agreement = compare(Runs(net, {"a": native, "b": run("b", net, [])}), transient=100.0)
    assert reproduce(agreement) == (
        "unisono compare model --on a:native,b --threads 2 --transient 100 --report report.html"
    )
    agreement.to_html(tmp_path / "r.html", "make this")
    assert re.search(r"<pre>make this</pre>", (tmp_path / "r.html").read_text())


def test_what_is_special_about_a_run_is_said():
    net = network()
    one, other = run("nest", net, drawn(net)), run("brian2", net, drawn(net))
    note = "Brian2 ran its NumPy code, without a compiler."
    assert note not in report(net, one, other)
    noted = replace(other, provenance={**PROVENANCE, "notes": [note]})
    assert f"<p>{note}</p>" in report(net, one, noted)
    agreement = compare(Runs(net, {"nest": one, "brian2": noted}), examine=False)
    assert agreement.to_dict()["runs"]["brian2"]["notes"] == [note] and not agreement.to_dict()["runs"]["nest"]["notes"]
