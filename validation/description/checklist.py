"""The reporting checklist: eleven points, each with what the network says and what its author must add."""

from __future__ import annotations

from unisono.adapters.codegen.substeps import population_step
from unisono.adapters.runtime.results import Runs
from unisono.models.network import Network
from unisono.models.words import listed
from unisono.validation.description.elements import Point
from unisono.validation.description.overview import input_kinds
from unisono.validation.description.values import count, number
from unisono.validation.statistics.activity import transient_of
from unisono.validation.statistics.statistics import STATISTICS

#: Integration methods in words.
METHODS = {
    "exact": "exact integration (Rotter & Diesmann 1999)",
    "collocation": "exponential collocation of order four",
    "lobatto": "Lobatto IIIC of order four in parts of a step",
    "rk4": "the classical Runge-Kutta method of order four in parts of a step",
    "euler": "Euler's method",
}


def checklist(network: Network, wiring: str, runs: Runs | None, transient: float) -> tuple[Point, ...]:
    """The eleven points, in the order of a methods section.

    Parameters
    ----------
    network : Network
    wiring : str
        The connectivity in sentences.
    runs : Runs or None
    transient : float
        ms.
    """
    cells = {p.cell: p.model for p in network.populations if not p.is_source}
    synapses = {p.synapse: p.model for p in network.projections}
    unsourced = [name for name, model in {**cells, **synapses}.items() if not model.source]
    plastic = [p.label for p in network.projections if not p.model.is_static]
    drive, wired = input_kinds(network), bool(network.projections)
    ran = any(run.recording is not None for run in (runs or {}).values())
    return (
        Point("Neuron models", f"{listed(list(cells)) or 'None'}; table D.", _of_sources(unsourced)),
        Point("Synapse models", f"{listed(list(synapses)) or 'None'}; tables C and E."),
        Point("Topology", _topology(network), ("what the populations stand for",)),
        Point(
            "Connectivity",
            wiring or "No projection.",
            _where(wired, "the rules and distributions that connections and values were drawn from"),
        ),
        Point(
            "Weights and scaling",
            _scaling(network),
            _where(wired, "how weights scale with the number of synapses, and why"),
        ),
        Point(
            "Input",
            f"{listed(drive)}; table F." if drive else "None.",
            _where(bool(drive), "what the input stands for"),
        ),
        Point("Plasticity", f"{listed(plastic)}: table E." if plastic else "None: all synapses are static."),
        Point("Integration", integration(network, runs)),
        Point("Duration", duration(network, transient), ("why the transient is long enough",)),
        Point("Validation", f"Statistics: {listed(list(STATISTICS))}.", _where(not ran, "figures: run the model")),
        Point("Software and seeds", software(network, runs), _where(not ran, "versions of simulators")),
    )


def _where(condition: bool, text: str) -> tuple[str, ...]:
    """What the author must add, where a condition holds."""
    return (text,) if condition else ()


def _of_sources(unsourced: list[str]) -> tuple[str, ...]:
    missing = (f"the source of the equations of {listed(unsourced)}",) if unsourced else ()
    return (*missing, "the source of parameter values")


def _topology(network: Network) -> str:
    cells = sum(p.size for p in network.populations if not p.is_source)
    sources = sum(p.size for p in network.populations if p.is_source)
    placed = any(p.positions is not None for p in network.populations)
    return (
        f"{count(cells, 'cell')} and {count(sources, 'spike source')} in "
        f"{count(len(network.populations), 'population')}, {'with' if placed else 'without'} positions in space."
    )


def _scaling(network: Network) -> str:
    """Mean number of synapses times mean weight, for each target."""
    rows = []
    for index, projection in enumerate(network.projections):
        if not projection.size:
            continue
        target = network.populations[projection.post_population]
        synapses, weight = projection.size / target.size, float(projection.weight.mean())
        unit = network.unit_of(index, "weight")
        rows.append(f"{projection.label}: K = {synapses:.4g}, K·J = {number(float(f'{synapses * weight:.4g}'), unit)}")
    return f"{'; '.join(rows)}." if rows else "No projection."


def integration(network: Network, runs: Runs | None) -> str:
    """Step and methods."""
    numerics = next((run.settings.numerics for run in runs.values()), "matched") if runs else "matched"
    grid = f"Time step {number(network.dt, 'ms')}; spikes and delays lie on the grid."
    if numerics == "native":
        return f"{grid} Each simulator integrates by its own method."
    methods = []
    for index, population in enumerate(network.populations):
        if not population.is_source:
            program = population_step(network, index, numerics)
            methods.append(
                f"{population.cell}: {METHODS[program.method]}"
                + (f", {program.substeps} substeps" if program.substeps > 1 else "")
            )
    return f"{grid} {'; '.join(dict.fromkeys(methods))}." if methods else grid


def duration(network: Network, transient: float) -> str:
    """Simulated time, and what is cut from it before statistics."""
    lengths = [trial.steps * network.dt for trial in network.trials]
    if not lengths:
        return "Nothing is run."
    cut = transient_of(lengths[0], transient)
    trials = f"{count(len(lengths), 'trial')}: " if len(lengths) > 1 else ""
    times = listed([number(length, "ms") for length in dict.fromkeys(lengths)])
    return f"{trials}{times}; the first {number(cut, 'ms')} do not enter statistics."


def software(network: Network, runs: Runs | None) -> str:
    """Simulators with their versions, the seed, the fingerprint."""
    ran = []
    for name, run in (runs or {}).items():
        version = run.provenance.get("version", "")
        ran.append(f"{name} {version}".strip() if run.recording is not None else f"{name} (failed)")
    seed = f"Seed {network.seed} of sim.setup(); all random numbers were drawn once, for every simulator."
    return f"{'Run on ' + listed(ran) + '. ' if ran else ''}{seed} Fingerprint {network.fingerprint[:12]}."
