"""The phase diagram of Brunel (2000), figure 2 A: by theory, and simulated at a smaller size.

The simulated panel is drawn from explorations, as ``unisono explore brunel --json FILE`` writes them; where several
have a point, the last counts::

    python -m benchmarks.brunel_diagram docs/brunel.svg FILE.json [FILE.json ...]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from unisono.validation.exploration.axes import Axis
from unisono.validation.exploration.measures import CV, FREQUENCY, MODULATION, RATE, SPIKES
from unisono.validation.exploration.regimes import Regime, regime_of
from unisono.validation.mean_field.brunel import PUBLISHED, model_a
from unisono.validation.mean_field.first_passage import irregularity
from unisono.validation.mean_field.rates import solutions
from unisono.validation.mean_field.stability import stability
from unisono.validation.report.drawing import STYLE
from unisono.validation.report.exploration import draw_regimes

#: Excitatory synapses a cell and their weight, mV, of the smaller network.
SMALLER = (320, 0.3125)


def predicted(g: float, eta: float, inputs: int, weight: float) -> Regime:
    """The regime by mean-field theory, of the state that is reached from silence."""
    network = model_a(g, eta, inputs, weight)
    rates = solutions(network)[0]
    mean, sd, _ = network.inputs(rates / 1000.0)
    found = stability(network, rates)
    cv = irregularity(network.cells[0], float(mean[0]), float(sd[0]))
    return regime_of(float(rates[0]), cv, 0.0 if found.is_stable else np.inf, found.frequency)


def simulated(paths: Sequence[Path]) -> tuple[tuple[Axis, Axis], list[Regime]]:
    """Axes and regimes of explorations of g and eta."""
    points: dict[tuple[float, float], dict[str, Any]] = {}
    for path in paths:
        data = json.loads(path.read_text(encoding="utf-8"))
        for point in data["points"]:
            at = point["values"]["g"], point["values"]["eta"]
            points[at] = {name.rpartition(" of ")[0]: value for name, value in point["figures"].items()
                          if name.endswith(f" of {data['population']}")}  # fmt: skip
    gs, etas = (tuple(sorted({at[k] for at in points})) for k in (0, 1))
    names = (RATE, CV, MODULATION, FREQUENCY, SPIKES)
    regimes = [regime_of(*(points[g, eta].get(name) for name in names)) for eta in etas for g in gs]
    return (Axis("g", gs), Axis("eta", etas)), regimes


def main() -> None:
    """Draw the three panels."""
    place, *paths = map(Path, sys.argv[1:])
    axes, regimes = simulated(paths)
    panels = {
        f"theory, {1.25 * inputs:.0f} synapses a cell": [
            predicted(float(g), float(eta), inputs, weight) for eta in axes[1].values for g in axes[0].values
        ]
        for inputs, weight in (PUBLISHED, SMALLER)
    }
    panels[f"simulation, {1.25 * SMALLER[0]:.0f} synapses a cell"] = regimes
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(10.5, 3.6))
        for panel, (title, found) in zip(figure.subplots(1, 3, sharey=True), panels.items(), strict=True):
            draw_regimes(panel, axes, found)
            panel.set_title(title)
        figure.savefig(place, metadata={"Date": None})
    for title, found in panels.items():
        print(title)
        for k in range(len(axes[1].values) - 1, -1, -1):
            width = len(axes[0].values)
            print(f"  eta {axes[1].values[k]:g}:", ", ".join(r.short for r in found[k * width : (k + 1) * width]))


if __name__ == "__main__":
    main()
