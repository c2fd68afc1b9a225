"""Pictures of what the examples and the library's models of plasticity do, from runs; `make docs` calls it.

python docs/gallery.py [--on neuron] [--only bcm] [--folder docs/gallery]
"""

from __future__ import annotations

import argparse
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
import numpy as np

import unisono
from unisono.adapters.contract.recording import Signal
from unisono.adapters.runtime.executor import Executor
from unisono.models import pynn
from unisono.models.library import LIBRARY
from unisono.models.library.bcm import Bcm
from unisono.models.library.bi_poo import WEIGHT, BiPoo
from unisono.models.network import Network
from unisono.models.pynn.simulator import capturing
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS

EXAMPLES = Path(__file__).parent.parent / "examples"
FIRST, SECOND, GREY = "#1f5f99", "#c1502e", "#8a8a8a"


class Sampling:
    """Unisono's PyNN module with projections that record their weights, where spikes change them."""

    def __init__(self, interval: float) -> None:
        self.interval = interval

    def __getattr__(self, name: str) -> Any:
        return getattr(pynn, name)

    def Projection(self, *given: Any, **named: Any) -> Any:  # noqa: N802
        """A projection, recorded in intervals."""
        projection = pynn.Projection(*given, **named)
        if not projection.synapse_type.model.is_static:
            projection.record("weight", sampling_interval=self.interval)
        return projection


class Result:
    """The first trial of a network on one simulator."""

    def __init__(self, simulator: str, network: Network) -> None:
        self.network = network
        self.trial = Executor().run(network, [simulator])[simulator].recorded.trials[0]

    @classmethod
    def of_library(cls, simulator: str, name: str, interval: float = 0.0, **options: object) -> Result:
        """A run of a library model, whose weights are sampled if an interval is given (ms)."""
        with capturing(label=name) as capture:
            LIBRARY[name].build(Sampling(interval) if interval else pynn, **options)
        return cls(simulator, capture.network())

    @property
    def plastic(self) -> int:
        """Which projection has synapses that spikes change."""
        return next(i for i, p in enumerate(self.network.projections) if not p.model.is_static)

    def spikes(self, label: str) -> tuple[Any, Any]:
        """Cells and times (ms) of the spikes of a population."""
        index = next(i for i, p in enumerate(self.network.populations) if p.label == label)
        found = self.trial.spikes[index]
        return found.cells, found.steps * self.network.dt

    def rate(self, label: str, edges: Any) -> Any:
        """Rate of a population between edges, Hz."""
        size = next(p.size for p in self.network.populations if p.label == label)
        return np.histogram(self.spikes(label)[1], edges)[0] / size / np.diff(edges) * 1000.0


def bi_poo(on: str) -> Any:
    """Pairs of spikes: the learning window."""
    figure, axes = plt.subplots(figsize=(6, 3.6))
    for rule, color in (("STDP_Bi_Poo_1998", FIRST), ("STDP_Song_2000_published", SECOND)):
        o, values, result = BiPoo(rule=rule), SYNAPSE_PARAMETER_SETS[rule], Result.of_library(on, "bi_poo", rule=rule)
        changes = 100.0 * (result.trial.synapses[result.plastic]["weight"] / WEIGHT - 1.0)
        lags = np.linspace(0.01, o.largest, 400)
        for side, size, tau in ((1, values["A_plus"], "tau_plus"), (-1, -values["A_minus"], "tau_minus")):
            axes.plot(side * lags, 100.0 * o.pairs * size * np.exp(-lags / values[tau]), color=color, lw=1, alpha=0.6)
        axes.plot(o.lags, changes, "o", ms=4, color=color, label=rule)
        print(f"bi_poo, {rule}: from {changes.min():.1f} to {changes.max():.1f} %")
    axes.axhline(0, color=GREY, lw=0.5)
    axes.axvline(0, color=GREY, lw=0.5)
    axes.set(xlabel="spike of the cell after that of the source, ms", ylabel="change of the weight, %")
    axes.legend(frameon=False)
    return figure


def tsodyks_markram(on: str) -> Any:
    """A train of spikes and a test spike, through a depressing and a facilitating synapse."""
    result = Result.of_library(on, "tsodyks_markram")
    figure, axes = plt.subplots(2, 1, figsize=(6, 3.8), sharex=True, sharey=True)
    cells = [(i, p.label) for i, p in enumerate(result.network.populations) if not p.is_source]
    for (index, label), ax, color in zip(cells, axes, (FIRST, SECOND), strict=True):
        signal = next(s for s in result.trial.signals if s.population == index)
        v = signal.values[:, 0]
        ax.plot(np.arange(v.size) * signal.interval * result.network.dt, v, color=color, lw=1)
        ax.set_title(label, loc="left", fontsize=9)
        ax.set_ylabel("v, mV")
        print(f"tsodyks_markram, {label}: largest v {v.max():.2f} mV at {v.argmax() * result.network.dt:.0f} ms")
    axes[1].set_xlabel("time, ms")
    return figure


def tsodyks_uziel(on: str) -> Any:
    """Population spikes: all spikes, and how many fall into each millisecond."""
    result = Result.of_library(on, "tsodyks_uziel")
    figure, (raster, activity) = plt.subplots(
        2, 1, figsize=(6, 4.6), sharex=True, gridspec_kw={"height_ratios": [3, 1.2]}
    )
    edges, below = np.arange(result.network.duration + 1.0), 0
    counts = np.zeros(edges.size - 1)
    for label, color in (("excitatory", FIRST), ("inhibitory", SECOND)):
        cells, times = result.spikes(label)
        raster.plot(times, cells + below, ",", color=color, rasterized=True)
        below += next(p.size for p in result.network.populations if p.label == label)
        counts += np.histogram(times, edges)[0]
        print(f"tsodyks_uziel, {label}: {result.rate(label, edges[[0, -1]])[0]:.1f} Hz")
    activity.plot(edges[:-1], counts, color="black", lw=0.6)
    raster.set_ylabel("cell")
    activity.set(xlabel="time, ms", ylabel="spikes a ms")
    print(f"tsodyks_uziel: at most {counts.max():.0f} spikes in 1 ms, median {np.median(counts):.0f}")
    return figure


def song_abbott(on: str) -> Any:
    """Competing weights at the beginning and at the end."""
    result = Result.of_library(on, "song_abbott")
    projection = result.network.projections[result.plastic]
    largest = float(projection.parameters["w_max"])
    weights = result.trial.synapses[result.plastic]["weight"] / largest
    figure, (cloud, histogram) = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True, width_ratios=[2, 1])
    cloud.plot(weights, ".", ms=3, color=FIRST)
    cloud.set(xlabel="input", ylabel="weight, as a part of the largest")
    bins = np.linspace(0.0, 1.0, 21)
    histogram.hist(projection.weight / largest, bins, orientation="horizontal", color=GREY, alpha=0.6, label="0 s")
    end = f"{result.network.duration / 1000:g} s"
    counts, *_ = histogram.hist(weights, bins, orientation="horizontal", color=FIRST, alpha=0.7, label=end)
    histogram.set_xlabel("inputs")
    histogram.legend(frameon=False)
    print(f"song_abbott: tenths {counts.reshape(-1, 2).sum(1).astype(int).tolist()}")
    return figure


def vogels_sprekeler(on: str) -> Any:
    """Rates that fall to the one aimed at, and the inhibitory weights that grow meanwhile."""
    result = Result.of_library(on, "vogels_sprekeler", interval=250.0)
    edges = np.arange(0.0, result.network.duration + 1.0, 250.0)
    figure, (rates, weights) = plt.subplots(2, 1, figsize=(6, 4.4), sharex=True)
    for label, color in (("excitatory", FIRST), ("inhibitory", SECOND)):
        found = result.rate(label, edges)
        rates.plot(edges[:-1] / 1000 + 0.125, found, color=color, label=label)
        print(f"vogels_sprekeler, {label}: {found[0]:.1f} Hz at first, {found[-8:].mean():.1f} Hz in the last 2 s")
    rates.axhline(5.0, color=GREY, lw=0.8, ls="--")
    rates.set(ylabel="rate, Hz", ylim=(0, None))
    rates.legend(frameon=False)
    (samples,) = result.trial.samples
    nano = 1000.0 * samples.values
    time = np.arange(nano.shape[0]) * samples.interval * result.network.dt / 1000
    low, middle, high = np.quantile(nano, (0.1, 0.5, 0.9), axis=1)
    weights.fill_between(time, low, high, color=SECOND, alpha=0.25, lw=0)
    weights.plot(time, middle, color=SECOND)
    weights.set(xlabel="time, s", ylabel="inhibitory weight, nS")
    print(f"vogels_sprekeler: median weight {middle[-1]:.2f} nS in the end, 80 % in {low[-1]:.2f} to {high[-1]:.2f}")
    return figure


def bcm(on: str) -> Any:
    """Rates under both patterns, and the weights of both."""
    o, result = Bcm(), Result.of_library(on, "bcm", interval=500.0)
    _, times = result.spikes("cell")
    edges = np.arange(0.0, o.duration + 1.0, 2000.0)
    first = result.network.projections[result.plastic].pre < o.inputs // 2
    (samples,) = result.trial.samples
    nano = 1000.0 * samples.values
    axis = np.arange(nano.shape[0]) * samples.interval * o.dt / 1000
    figure, (rates, weights) = plt.subplots(2, 1, figsize=(6, 4.4), sharex=True)
    for number, (name, color, of) in enumerate((("first", FIRST, first), ("second", SECOND, ~first))):
        shown = times[times // o.shown % 2 == number]
        found = np.histogram(shown, edges)[0]  # each pattern is shown for half of 2 s
        rates.plot(edges[:-1] / 1000 + 1.0, found, color=color, label=f"{name} pattern")
        weights.plot(axis, nano[:, of], color=color, lw=0.3, alpha=0.35)
        weights.plot(axis, nano[:, of].mean(1), color=color, lw=2)
        print(
            f"bcm, {name}: {found[-5:].mean():.1f} Hz in the last 10 s, weights {nano[0, of].mean():.1f} to "
            f"{nano[-1, of].mean():.1f} pA"
        )
    rates.set(ylabel="rate under the pattern, Hz", ylim=(0, None))
    rates.legend(frameon=False)
    weights.set(xlabel="time, s", ylabel="weight, pA")
    return figure


def example(name: str, on: str) -> Any:
    """What a script does: the spikes of its first trial, and what else it records."""
    result = Result(on, unisono.load(EXAMPLES / f"{name}.py", on=on))
    recorded = [of[0] for of in (result.trial.signals, result.trial.samples) if of]
    heights = [1.8, *(1.0 for _ in recorded)]
    figure, panels = plt.subplots(len(heights), 1, figsize=(6, 1.5 * sum(heights)), sharex=True, height_ratios=heights)
    raster, *others = np.atleast_1d(panels)
    colors, below = cycle((FIRST, SECOND)), 0
    for population in result.network.populations:
        cells, times = result.spikes(population.label)
        color = GREY if population.is_source else next(colors)
        raster.plot(times, cells + below, ".", ms=1.5, color=color, rasterized=True)
        at = below + population.size / 2
        raster.text(1.01, at, population.label, transform=raster.get_yaxis_transform(), color=color, va="center")
        below += population.size
        print(f"{name}, {population.label}: {times.size} spikes")
    raster.set(ylabel="cell", ylim=(-0.5, below - 0.5))
    for shown, axes in zip(recorded, others, strict=True):
        time = np.arange(shown.values.shape[0]) * shown.interval * result.network.dt
        if isinstance(shown, Signal):
            axes.plot(time, shown.values[:, 0], lw=0.8, color=FIRST)
            axes.set_ylabel(f"{shown.variable}, {shown.unit}")
        else:
            axes.plot(time, shown.values, lw=0.4, alpha=0.4, color=FIRST)
            axes.set_ylabel(shown.state)
    panels_below = others or [raster]
    panels_below[-1].set_xlabel("time, ms")
    return figure


PICTURES: dict[str, Callable[[str], Any]] = {
    **{path.stem: partial(example, path.stem) for path in sorted(EXAMPLES.glob("*.py"))},
    **{made.__name__: made for made in (bi_poo, song_abbott, vogels_sprekeler, tsodyks_markram, tsodyks_uziel, bcm)},
}


#: Reports that the pages take figures from, as they stand there: script, simulators, and the section of each figure.
REPORTS = (
    ("first_network", ("nest", "brian2", "neuron"), {"report_spikes": "activity"}),
    ("conductances", ("nest:native", "neuron:native"), {"report_divergence": "pairs", "report_traces": "traces"}),
)
FIGURES = {name for _, _, figures in REPORTS for name in figures}


def of_reports(folder: Path) -> None:
    """Write the first figure of each section that the pages show."""
    for script, simulators, figures in REPORTS:
        runs = unisono.run(unisono.load(EXAMPLES / f"{script}.py"), on=simulators)
        with TemporaryDirectory() as scratch:
            report = Path(scratch) / "report.html"
            unisono.compare(runs).to_html(report)
            page = report.read_text()
        for name, section in figures.items():
            encoded = page.split(f'id="{section}"', 1)[1].split("data:image/svg+xml;base64,", 1)[1].split('"', 1)[0]
            (folder / f"{name}.svg").write_bytes(b64decode(encoded))


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="neuron", help="simulator")
    parser.add_argument("--only", choices=PICTURES, help="one picture")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "gallery")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "unisono"}
    if not given.only:
        of_reports(given.folder)
    for name in [given.only] if given.only else PICTURES:
        figure = PICTURES[name](given.on)
        figure.tight_layout()
        figure.savefig(given.folder / f"{name}.svg", metadata={"Date": None}, dpi=200)
        plt.close(figure)


if __name__ == "__main__":
    main()
