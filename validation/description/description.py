"""The description of a network: tables, checklist, methods paragraph, and what its author planned."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from unisono.adapters.runtime.results import Runs
from unisono.models.cards import Card, counted
from unisono.models.network import Network
from unisono.validation.description.checklist import checklist
from unisono.validation.description.connectivity import connectivity, in_words, patterns_of
from unisono.validation.description.dynamics import cells, plasticity
from unisono.validation.description.elements import Point, Section
from unisono.validation.description.methods import paragraph
from unisono.validation.description.overview import inputs, measurements, populations, summary
from unisono.validation.description.plan import Judged, Plan
from unisono.validation.statistics.activity import TRANSIENT
from unisono.validation.statistics.signs import kind_of, sign_of
from unisono.validation.statistics.statistics import statistics_of
from unisono.validation.written import Written

#: Where tables and checklist come from.
SOURCE = "Nordlie, Gewaltig & Plesser (2009), PLoS Comput Biol 5:e1000456"


@dataclass(frozen=True)
class Node:
    """A population in the figure of a network: ``excitatory``, ``inhibitory``, ``source`` or empty."""

    label: str
    size: int
    kind: str


@dataclass(frozen=True)
class Arrow:
    """A projection in the figure of a network, from node to node; ``sign`` is +1, -1 or 0."""

    start: int
    end: int
    sign: int
    synapses: int
    plastic: bool


@dataclass(frozen=True, repr=False)
class Description(Written):
    """A network as a paper describes it.

    Attributes
    ----------
    label, fingerprint : str
    sections : tuple of Section
        Tables A to G of Nordlie et al. (2009).
    points : tuple of Point
        The checklist.
    methods : str
        A methods paragraph.
    nodes : tuple of Node
    arrows : tuple of Arrow
        The figure of the network.
    plan : Plan or None
    judged : tuple of Judged
        What was expected, and what came; empty where nothing was run.
    """

    label: str
    fingerprint: str
    sections: tuple[Section, ...]
    points: tuple[Point, ...]
    methods: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    plan: Plan | None = None
    judged: tuple[Judged, ...] = ()

    def _card(self) -> Card:
        facts = (counted(len(self.points), "point"), f"{self.open} open for the author")
        rows = [(point.title, point.text) for point in self.points]
        return Card("Description", f"of {self.label}", facts, text=self.methods, columns=("point", "text"), rows=rows)

    @property
    def open(self) -> int:
        """Number of things that the author has to say."""
        return sum(len(point.open) for point in self.points)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "judged": [one.to_dict() for one in self.judged]}

    def to_markdown(self, path: Any) -> None:
        """Write it as Markdown.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._save("markdown", path)

    def to_latex(self, path: Any) -> None:
        """Write it as a LaTeX document that needs no package beyond those of every installation.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._save("latex", path)

    def to_figure(self, path: Any) -> None:
        """Write the figure of the network (.svg, .pdf, .png).

        Raises
        ------
        OutputError
            If the file format is not supported, or the file cannot be written.
        """
        self._writer("figure")(self, path)


def describe(
    network: Network, runs: Runs | None = None, transient: float = TRANSIENT, plan: Plan | None = None
) -> Description:
    """Describe a network, and what its runs add.

    Parameters
    ----------
    network : Network
    runs : Runs, optional
    transient : float
        Cut before statistics, ms; at most half of a trial is.
    plan : Plan, optional
        What its author says.
    """
    patterns = patterns_of(network)
    wiring = in_words(network, patterns)
    run = next((run for run in (runs or {}).values() if run.recording is not None), None)
    statistics = statistics_of(run.recorded, network, transient) if run else ()
    sections = (
        summary(network),
        populations(network),
        connectivity(network, patterns),
        cells(network),
        plasticity(network),
        inputs(network),
        measurements(network, run, statistics, transient),
    )
    return Description(
        network.label,
        network.fingerprint,
        sections,
        checklist(network, wiring, runs, transient),
        paragraph(network, wiring, runs, transient),
        _nodes(network),
        _arrows(network),
        plan,
        plan.judged(statistics) if plan is not None and run else (),
    )


def _nodes(network: Network) -> tuple[Node, ...]:
    return tuple(
        Node(p.label, p.size, "source" if p.is_source else kind_of(network, index))
        for index, p in enumerate(network.populations)
    )


def _arrows(network: Network) -> tuple[Arrow, ...]:
    return tuple(
        Arrow(p.pre_population, p.post_population, sign_of(network, p), p.size, not p.model.is_static)
        for p in network.projections
    )
