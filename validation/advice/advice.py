"""Advice on a model, from a few answers: cell, synapses, time step, duration, simulators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from unisono.adapters import registry
from unisono.adapters.contract import Capabilities
from unisono.models.cards import Card, brief
from unisono.models.cells import CELLS
from unisono.models.cells.parameter_sets import PARAMETER_SETS
from unisono.models.errors import UnisonoError
from unisono.models.synapses.model import SOURCE_SPIKES, TARGET_SPIKES, TIME
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS
from unisono.validation.advice.measured import nearest
from unisono.validation.advice.phenomena import PHENOMENA, Phenomenon
from unisono.validation.written import Written

_DEPRESSING, _FACILITATING, _PAIRS = (
    SYNAPSE_PARAMETER_SETS[name] for name in ("TM_depressing", "TM_facilitating_1998", "STDP_Song_2000_published")
)


def _arguments(values: Mapping[str, float]) -> str:
    """Parameters as arguments of a call."""
    return ", ".join(f"{name}={value:g}" for name, value in values.items())


#: Kinds of plasticity, what changes such a synapse, the PyNN line, why, and the source.
PLASTICITY: Mapping[str, tuple[frozenset[str], str, str, str]] = {
    "none": (frozenset(), "", "", ""),
    "short-term": (
        frozenset({SOURCE_SPIKES, TIME}),
        f"sim.TsodyksMarkramSynapse(weight=w, delay=d, {_arguments(_DEPRESSING)})",
        f"It depresses, and with other parameters facilitates ({_FACILITATING.name}).",
        f"{_DEPRESSING.source}; {_FACILITATING.source}",
    ),
    "long-term": (
        frozenset({SOURCE_SPIKES, TARGET_SPIKES, TIME}),
        f"sim.STDPMechanism(timing_dependence=sim.SpikePairRule({_arguments(_PAIRS)}), "
        "weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=w_max), weight=w, delay=d)",
        "Pairs of spikes change the weight. With A_minus*tau_minus above A_plus*tau_plus, uncorrelated inputs lose; "
        "w_max bounds the weights. Add homeostasis where rates must stay.",
        f"{_PAIRS.source}; Bi & Poo (1998), J Neurosci 18:10464-10472",
    ),
}

#: Cells that NEST has built in, with the same exact integration as everywhere.
BUILT_IN_ON_NEST = ("IF_curr_exp", "IF_curr_alpha", "IF_curr_delta")

#: Cells from which on a GPU is worth its compilation and its transfers.
GPU_CELLS = 10_000

#: Synapses a cell where none are given: a tenth of the cells, as in cortex at most some thousands.
DENSITY, MOST_INPUTS = 0.1, 5_000


@dataclass(frozen=True)
class Question:
    """What a modeller wants.

    Attributes
    ----------
    phenomenon : str
        One of :data:`~unisono.validation.advice.phenomena.PHENOMENA`.
    cells : int
    own_equations : bool
        Whether the cell or the synapse will be written as text.
    gpu : bool
        Whether an NVIDIA GPU is there.
    plasticity : str
        One of :data:`PLASTICITY`.

    Raises
    ------
    UnknownName
        If there is no such phenomenon.
    UnisonoError
        If there is no such plasticity, or the number of cells is not above zero.
    """

    phenomenon: str
    cells: int = 1_000
    own_equations: bool = False
    gpu: bool = False
    plasticity: str = "none"

    def __post_init__(self) -> None:
        PHENOMENA[self.phenomenon]
        if self.plasticity not in PLASTICITY:
            raise UnisonoError(f"Unknown plasticity '{self.plasticity}'.", f"Choose one of: {', '.join(PLASTICITY)}.")
        if self.cells < 1:
            raise UnisonoError(f"The number of cells, {self.cells:,}, must be 1 or more.", "Write it as 4000 or 1e5.")

    @property
    def asked(self) -> Phenomenon:
        """The phenomenon."""
        return PHENOMENA[self.phenomenon]

    @property
    def synapses(self) -> int:
        """About how many synapses such a network has."""
        return round(self.cells * min(DENSITY * self.cells, MOST_INPUTS))


@dataclass(frozen=True)
class Recommendation:
    """One choice.

    Attributes
    ----------
    topic : str
    choice : str
    why : str
    source : str
    line : str
        To paste into a script; empty where there is none.
    """

    topic: str
    choice: str
    why: str
    source: str
    line: str = ""

    __repr__ = brief


@dataclass(frozen=True, repr=False)
class Advice(Written):
    """All recommendations for a question."""

    question: Question
    recommendations: tuple[Recommendation, ...]

    def _card(self) -> Card:
        facts = tuple(f"{one.topic} {one.choice}" for one in self.recommendations)
        rows = [(one.topic, one.choice, one.why, one.line) for one in self.recommendations]
        name, columns = f"on {self.question.phenomenon}", ("topic", "choice", "why", "line")
        return Card("Advice", name, facts, columns=columns, rows=rows)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def advise(question: Question) -> Advice:
    """Recommend cell, synapses, time step, duration and simulators."""
    topics = (_cell(question), *_synapses(question), _time_step(question), _duration(question))
    return Advice(question, (*topics, _prototype(question), _production(question), _check(question)))


def _cell(question: Question) -> Recommendation:
    asked = question.asked
    entry = PARAMETER_SETS.get(asked.parameter_set)
    given = _arguments(entry.parameters) if entry else ""
    line = f"cells = sim.Population({question.cells}, sim.{asked.cell}({given}))"
    called = f"{asked.cell} ({asked.parameter_set})" if entry else asked.cell
    return Recommendation("cell model", called, asked.why, asked.source, line)


def _synapses(question: Question) -> tuple[Recommendation, ...]:
    """Currents or conductances, then plasticity."""
    model = CELLS[question.asked.cell]
    kind = "conductances" if model.conductance_based else "currents"
    why = (
        "Input depends on the potential: shunting, reversal potentials. AMPA decays in some 5 ms, GABA_A in 5 to 10 ms."
        if model.conductance_based
        else "Nothing here depends on shunting; currents are exact at any step, and theory covers them."
    )
    source = (
        "Destexhe, Mainen & Sejnowski (1998), in: Methods in Neuronal Modeling, chapter 1; Brette et al. (2007), J "
        "Comput Neurosci 23:349-398"
        if model.conductance_based
        else "Rotter & Diesmann (1999), Biol Cybern 81:381-402; Brunel (2000), J Comput Neurosci 8:183-208"
    )
    receptors = Recommendation("synapses", kind, why, source)
    if question.plasticity == "none":
        return (receptors,)
    _, line, reason, source = PLASTICITY[question.plasticity]
    return receptors, Recommendation("plasticity", question.plasticity, reason, source, f"synapse = {line}")


def _time_step(question: Question) -> Recommendation:
    model = CELLS[question.asked.cell]
    recommended, largest = model.time_step
    return Recommendation(
        "time step",
        f"{recommended:g} ms",
        f"Recommended for {model.name}; at most {largest:g} ms. Delays are whole steps, so no delay is shorter. "
        f"'unisono converge' measures whether it is fine enough.",
        model.source,
        f"sim.setup(timestep={recommended:g}, min_delay={recommended:g})",
    )


def _duration(question: Question) -> Recommendation:
    why = "The transient does not belong to the statistics: 'unisono compare --transient 500' cuts it."
    source = "Nawrot et al. (2008), J Neurosci Methods 169:374-390"
    return Recommendation("duration", question.asked.duration, why, source)


def able(question: Question) -> dict[str, Capabilities]:
    """The simulators that can run such a network, by name: matched numerics, this cell, this plasticity."""
    needed = PLASTICITY[question.plasticity][0]
    found = {}
    for name in registry.names():
        here = registry.get(name).capabilities
        has_cell = here.cells is None or question.asked.cell in here.cells
        if has_cell and needed <= here.synapses and (question.gpu or not here.needs_cuda):
            found[name] = here
    return found


def _prototype(question: Question) -> Recommendation:
    """Where a model is written and changed many times: what answers soonest."""
    cell = question.asked.cell
    if question.own_equations:
        choice, why = (
            "brian2",
            "It takes equations as text, compiles them in seconds, and shows where an error is; 'unisono.cell' takes "
            "the same text to every other simulator.",
        )
    elif cell in BUILT_IN_ON_NEST and question.plasticity == "none":
        choice, why = "nest", f"{cell} and static synapses are built in: nothing is compiled."
    else:
        choice, why = "brian2", f"It compiles {cell} and its synapses in seconds, NEST takes longer."
    live = " A script can read and change it while it runs." if able(question)[choice].live else ""
    return Recommendation("prototype on", choice, why + live, "docs/benchmarks.md, benchmarks.first_run", _run(choice))


def _production(question: Question) -> Recommendation:
    """Where a model runs for long: what costs least."""
    known = able(question)
    if question.gpu and question.cells >= GPU_CELLS and "pygenn-gpu" in known:
        why = (
            f"From some {GPU_CELLS:,} cells on a GPU repays its compilation. No figure of ours: GeNN's authors "
            "measured the cortical microcircuit of 77,000 cells on several GPUs."
        )
        source = "Knight & Nowotny (2018), Front Neurosci 12:941"
        return Recommendation("produce on", "pygenn-gpu", why, source, _run("pygenn-gpu"))
    costs = {name: cost for name in known if (cost := nearest(name, question.synapses)) is not None}
    choice = min(costs, key=lambda name: costs[name].total)
    said = ", ".join(
        f"{name} {cost.total:g} s and {cost.memory:,} MB" + (f" ({cost.threads} threads)" if cost.threads > 1 else "")
        for name, cost in costs.items()
    )
    one = costs[choice]
    why = (
        f"Measured for a simulated second with {one.synapses:,} static synapses: {said}. {choice} compiles for "
        f"{one.cold:.0f} s the first time. Threads: nest only."
    )
    return Recommendation("produce on", choice, why, "docs/benchmarks.md, benchmarks.genn", _run(choice))


def _check(question: Question) -> Recommendation:
    names = [name for name in ("nest", "brian2", "neuron") if name in able(question)]
    return Recommendation(
        "cross-check",
        ", ".join(names),
        "The same spikes on simulators with different code show that none of them is wrong by itself; "
        "'unisono lint' finds mistakes of the model, which all of them repeat.",
        "docs/agreement.md",
        f"unisono compare my_model.py --on {','.join(names)}",
    )


def _run(simulator: str) -> str:
    return f"unisono run my_model.py --on {simulator}"
