"""The same model at two sizes: do rates and irregularity stay?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.errors import NetworkError
from unisono.models.network import Network
from unisono.validation.lint.findings import LintReport, Resized, Severity, merged
from unisono.validation.lint.rule import Rule
from unisono.validation.statistics.statistics import Statistic, statistics_of

#: Statistics that are compared; what their values may differ by: in parts of the larger one, and absolutely.
RATE, CV = "rate", "CV of ISI"
SAME_RATE, SAME_CV = 0.2, 0.1

RULE = Rule(
    "size",
    "Rates and irregularity do not depend on the number of cells.",
    "van Albada, Helias & Diesmann (2015), PLoS Comput Biol 11:e1004490; van Vreeswijk & Sompolinsky (1998), Neural "
    "Comput 10:1321-1371",
    lambda rule, subject: iter(()),
)


def with_sizes(
    report: LintReport,
    source: ModelSource,
    sizes: tuple[int, int],
    simulator: str,
    settings: Settings,
    executor: Executor,
    transient: float,
) -> LintReport:
    """The report with what runs of the model at two sizes show.

    Parameters
    ----------
    report : LintReport
        On one network.
    source : ModelSource
        A library model with the option ``n``, or a script with ``{n}`` among its arguments.
    sizes : tuple of int
        Numbers of cells.
    simulator : str
    settings : Settings
    executor : Executor
    transient : float
        Cut before the statistics, ms; at most half of a trial is.

    Raises
    ------
    UnknownName
        If the model takes no number of cells.
    NetworkError
        If the two networks have different populations, or the same size.
    UnisonoError
        If a run fails.
    """
    networks = [source.network(settings, executor, n=size) for size in sizes]
    found = [_statistics(network, simulator, settings, executor, transient) for network in networks]
    rows = _compared(networks, found)
    broken = [row for row in rows if not row.robust]
    findings = [
        RULE.finding(
            Severity.WARNING,
            f"The {row.statistic} depends on the size of the network.",
            " and ".join(
                f"{_said(value)} {row.unit}".rstrip() + f" at {n} cells"
                for n, value in zip(row.sizes, row.values, strict=True)
            )
            + f" ({simulator}).",
            "Scale weights with 1/sqrt(K) and correct the mean input, or publish the size with the results.",
            row.population,
        )
        for row in broken
    ]
    (network,) = report.networks
    network = replace(network, findings=merged([*network.findings, *findings]), resized=tuple(rows))
    return replace(report, networks=(network,), rules={**report.rules, RULE.name: RULE})


def _statistics(
    network: Network, simulator: str, settings: Settings, executor: Executor, transient: float
) -> dict[tuple[str, str], Statistic]:
    runs = executor.run(network, [simulator], settings)
    (run,) = runs.values()
    found = statistics_of(run.recorded, network, transient)
    return {(s.population, s.name): s for s in found if s.name in (RATE, CV) and s.trial == 0}


def _compared(networks: Sequence[Network], found: Sequence[dict[tuple[str, str], Statistic]]) -> list[Resized]:
    first, second = found
    cells = networks[0].neurons, networks[1].neurons
    if first.keys() != second.keys():
        raise NetworkError("The model has other populations at another size.", "Compare models with the same labels.")
    if cells[0] == cells[1]:
        raise NetworkError(f"Both networks have {cells[0]} cells.", "Give two sizes, as in --resize 1000,2000.")
    rows = []
    for key, statistic in first.items():
        values = statistic.value, second[key].value
        rows.append(Resized(*key, statistic.unit, cells, values, _same(statistic.name, *values)))
    return rows


def _same(name: str, a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= (SAME_RATE * max(a, b) if name == RATE else SAME_CV)


def _said(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3g}"
