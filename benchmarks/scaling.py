"""Whether balanced networks keep their activity as they grow: weights as 1/sqrt(K), drive as sqrt(K).

With K synapses a cell, weights of 1/sqrt(K) and an external input of sqrt(K), the rates of a balanced network tend to a
limit (van Vreeswijk & Sompolinsky 1996). The library models `balanced` and `brunel` at three sizes, with connection
probabilities as they are, beside mean-field theory::

    python -m benchmarks.scaling [SIMULATOR]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping

from unisono.adapters.runtime.loading import ModelSource
from unisono.validation.ensembles.ensemble import cases_of, run_ensemble
from unisono.validation.ensembles.rows import Row, Side
from unisono.validation.exploration.measures import CHI, CV, MEASURED, PREDICTED_CV, PREDICTED_RATE, RATE

SIZES = (1000, 2000, 4000)

#: Options at the size in the middle that change with K: as its root (1), or as one over its root (-1).
SCALED: Mapping[str, Mapping[str, tuple[float, int]]] = {
    "balanced": {"weight": (0.5, -1), "drive_e": (0.6, 1), "drive_i": (0.7, 1)},
    "brunel": {"weight": (0.25, -1), "eta": (2.0, 1)},
}
FIXED: Mapping[str, Mapping[str, float]] = {
    "balanced": {"duration": 1500.0, "recorded": 0},
    "brunel": {"duration": 600.0, "recorded": 0, "g": 5.0},
}
TRANSIENT = 200.0
COLUMNS = (RATE, PREDICTED_RATE, CV, PREDICTED_CV, CHI)


def options_of(model: str, n: int) -> dict[str, float]:
    """The options of a model at a size; K grows with the size."""
    root = math.sqrt(n / SIZES[1])
    return {"n": n} | {name: value * root**power for name, (value, power) in SCALED[model].items()}


def line_of(row: Row) -> str:
    """A line of the table."""
    figures = (row.figures.get(f"{name} of excitatory") for name in COLUMNS)
    return " | ".join(["-" if value is None else f"{value:.3g}" for value in figures])


def main() -> None:
    """Print a table for each model."""
    side = Side(sys.argv[1] if len(sys.argv) > 1 else "nest")
    print(f"| model | n | {' | '.join(COLUMNS)} |")
    for model in SCALED:
        points = [options_of(model, n) for n in SIZES]
        cases = cases_of([side], parameters=points)
        table = run_ensemble(ModelSource(model, dict(FIXED[model])), cases, transient=TRANSIENT, measure=MEASURED)
        for row in table.rows:
            print(f"| {model} | {row.case.parameters['n']} | {row.error or line_of(row)} |", flush=True)


if __name__ == "__main__":
    main()
