"""Models as formulas and tables of parameters: cells (table D) and synapses (table E)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from unisono.models.cells.model import CellModel
from unisono.models.dynamics.model import DynamicModel
from unisono.models.network import Network
from unisono.models.synapses.model import RECEPTOR, SynapseModel
from unisono.validation.description.elements import Formula, Formulas, Section, Table
from unisono.validation.description.values import sign_of_unit, spread

_LINE = re.compile(r"(?:d(?P<state>\w+)\s*/\s*dt|(?P<name>\w+))\s*(?P<sign>[+\-*/]?=)\s*(?P<right>.+)")


def formulas_of(text: str, note: str = "") -> list[Formula]:
    """The lines of a model's text.

    Parameters
    ----------
    text : str
        Equations, definitions and statements, in lines or separated by semicolons.
    note : str
        When the statements among them are carried out.
    """
    found = []
    for line in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        body, _, unit = (part.strip() for part in line.partition(" : "))
        match = _LINE.fullmatch(body)
        if match is None:
            continue
        unit, _, condition = unit.partition("(")
        name, sign, right = match["state"] or match["name"], match["sign"], match["right"]
        if match["state"]:
            when = condition.strip(") ") or ("changed by spikes alone" if right == "0" else "")
            found.append(Formula("derivative", name, right, sign, unit.strip(), when))
        elif unit:
            found.append(Formula("definition", name, right, sign, unit.strip()))
        else:
            found.append(Formula("assignment", name, right, "<-" if sign == "=" else sign, "", note))
    return found


def cells(network: Network) -> Section:
    """Table D: the model of each population that is no source, once where populations share it."""
    parts: list[Table | Formulas] = []
    shown: set[str] = set()
    for population in network.populations:
        if population.is_source:
            continue
        model = population.model
        if model.digest not in shown:
            shown.add(model.digest)
            parts.append(Formulas(f"{model.name}: {_source(model)}", tuple(cell_lines(model))))
    for population in network.populations:
        if not population.is_source:
            parts.append(
                _values(
                    f"{population.label} ({population.cell})",
                    population.model,
                    {**population.parameters, **population.initial},
                )
            )
    return Section("D. Neuron models", tuple(parts))


def cell_lines(model: CellModel) -> Iterable[Formula]:
    """The lines of a cell: equations, the condition for a spike, the reset, what arrives."""
    yield from formulas_of(model.equations)
    refractory = f", then {model.refractory} refractory" if model.refractory else ""
    yield Formula("condition", "", model.threshold, note=f"a spike{refractory}")
    yield from formulas_of(model.reset, "at a spike")
    for name, receptor in model.receptors.items():
        yield Formula("assignment", receptor.state, "weight", "+=", note=f"a spike arrives at receptor {name}")


def plasticity(network: Network) -> Section:
    """Table E: the synapse models that spikes change; static synapses need no more than table C."""
    parts: list[Table | Formulas] = []
    shown: set[str] = set()
    for index, projection in enumerate(network.projections):
        model = projection.model
        if model.is_static:
            continue
        if model.digest not in shown:
            shown.add(model.digest)
            parts.append(Formulas(f"{model.name}: {_source(model)}", tuple(synapse_lines(model))))
        unit = network.unit_of(index, "weight")
        parts.append(_values(f"{projection.label} ({projection.synapse})", model, projection.values, unit))
    return Section("E. Plasticity", tuple(parts), "" if parts else "All synapses are static.")


def synapse_lines(model: SynapseModel) -> Iterable[Formula]:
    """The lines of a synapse: its states, the traces of both sides, what each spike does."""
    yield from formulas_of(model.equations)
    yield from formulas_of(model.pre, "a spike of the source, after the synapse has read it")
    yield from formulas_of(model.post, "a spike of the target, after the synapse has read it")
    yield from formulas_of(model.on_pre, "a spike of the source")
    yield Formula("definition", "sent", model.send, note="what a spike of the source delivers")
    yield from formulas_of(model.on_post, "a spike of the target")
    yield from formulas_of(model.on_modulator, "a spike of a modulating cell")
    yield from formulas_of(model.potential, "v is the potential of the target; from a spike on v_peak for t_peak")
    yield from formulas_of(model.drive, "where this is positive")
    yield from formulas_of(model.on_drive, "it acts, with its integral over the step")


def _source(model: DynamicModel) -> str:
    return model.source or "given by the author of the model"


def _values(title: str, model: DynamicModel, values: Mapping[str, NDArray[np.float64]], weight: str = "") -> Table:
    """Parameters, and states at the beginning."""
    rows = []
    for name, array in values.items():
        unit = model.units[name]
        meaning = model.parameters[name].meaning if name in model.parameters else "at the beginning"
        rows.append((name, meaning, spread(array), sign_of_unit(weight if unit == RECEPTOR else unit)))
    return Table(title, ("name", "meaning", "value", "unit"), tuple(rows))
