"""Cells put together: a membrane and any number of named receptors.

Symbols of a receptor named ``AMPA`` are ``AMPA_tau_syn``, ``AMPA_gsyn``, ...: renamed in the
parsed equations, so that no two receptors can share a variable. The membrane's equations name
the sum of synaptic currents ``i_syn``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.dynamics import text as model_text
from unisono.models.errors import ModelError
from unisono.models.receptors import ReceptorModel
from unisono.models.registry import Registry

#: The sum of the currents of all receptors into the cell, nA.
SYNAPTIC = "i_syn"


@dataclass(frozen=True)
class Membrane:
    """A cell without receptors.

    Attributes
    ----------
    model : CellModel
        The cell with its receptors, which are left out; one of its equations names ``i_syn``.
    potential : str
        The symbol that receptors take for ``v``.
    """

    model: CellModel
    potential: str = "v"

    @property
    def own(self) -> CellModel:
        """The cell without synaptic input."""
        return compose(self, {})


#: The membranes, by name; PyNN's are LIF and AdExp. Each is the standard cell without its own receptors.
MEMBRANES: Registry[Membrane] = Registry(
    "membrane",
    {
        "LIF": Membrane(CELLS["IF_cond_exp"]),
        "AdExp": Membrane(CELLS["EIF_cond_exp_isfa_ista"], "v_in"),
        "EIF": Membrane(CELLS["EIF"], "v_in"),
        "HH": Membrane(CELLS["HH"]),
        "HH_Traub": Membrane(CELLS["HH_cond_exp"]),
        "GIF": Membrane(CELLS["GIF_cond_exp"]),
    },
)


def symbol(receptor: str, name: str) -> str:
    """What a symbol of a receptor is called in the composed cell."""
    return f"{receptor}_{name}"


def compose(on: Membrane, receptors: Mapping[str, ReceptorModel], name: str = "PointNeuron") -> CellModel:
    """A cell of a membrane and receptors.

    Parameters
    ----------
    on : Membrane
    receptors : mapping of str to ReceptorModel
        By the names that projections call them.
    name : str
        Of the cell.

    Raises
    ------
    ModelError
        If a receptor's name cannot stand in an equation, or gives a symbol that there is already.
    """
    model = on.model
    equations, parameters = attach(_bare_equations(model), _bare_parameters(model), receptors, name, on.potential)
    return replace(
        model,
        name=name,
        parameters=parameters,
        equations=equations,
        receptors={key: jump(key, receptor, model.clamped) for key, receptor in receptors.items()},
        initial={state: value for state, value in model.initial.items() if state not in _synaptic(model)},
        recordable=(
            *(state for state in model.recordable if state not in _synaptic(model)),
            *(symbol(key, state) for key, receptor in receptors.items() for state in receptor.recordable),
        ),
        conductance_based=any(receptor.conductance_based for receptor in receptors.values()),
        source="; ".join(dict.fromkeys([model.source, *(receptor.source for receptor in receptors.values())])),
    )


def attach(
    equations: str,
    parameters: Mapping[str, Parameter],
    receptors: Mapping[str, ReceptorModel],
    name: str,
    potential: str = "v",
) -> tuple[str, dict[str, Parameter]]:
    """Equations and parameters with those of the receptors, and with their sum ``i_syn``.

    Raises
    ------
    ModelError
        If a receptor's name cannot stand in an equation, or gives a symbol that there is already.
    """
    merged = dict(parameters)
    for key, receptor in receptors.items():
        for parameter, entry in receptor.parameters.items():
            if (new := symbol(key, parameter)) in merged:
                raise ModelError(f"Cell model '{name}': '{new}' has two meanings.", f"Rename receptor '{key}'.")
            merged[new] = entry
    currents = [symbol(key, SYNAPTIC) for key, receptor in receptors.items() if receptor.current]
    total = f"{SYNAPTIC} = {' + '.join(currents) or '0*nA'} : nA"
    parts = [_renamed(key, receptor, potential) for key, receptor in receptors.items()]
    return "\n".join([equations, *filter(None, parts), total]), merged


def _renamed(key: str, receptor: ReceptorModel, potential: str) -> str:
    """The receptor's equations and its current, in the symbols of the composed cell."""
    text = receptor.equations + (f"\n{SYNAPTIC} = {receptor.current} : nA" if receptor.current else "")
    if not key.isidentifier():
        raise ModelError(f"'{key}' cannot be the name of a receptor.", "Take letters, digits and single underscores.")
    own = [*receptor.parameters, *model_text.names_defined(receptor.name, text)]
    return model_text.renamed(receptor.name, text, {n: symbol(key, n) for n in own} | {"v": potential})


def jump(key: str, receptor: ReceptorModel, clamped: frozenset[str]) -> Receptor:
    """What a spike does at a receptor of that name; one that moves a clamped ``v`` loses input in the refractory period."""
    if receptor.state == "v":
        return Receptor("v", receptor.sign, only_when_active="v" in clamped)
    return Receptor(symbol(key, receptor.state), receptor.sign)


# -- the membrane of a cell that has receptors -------------------------------


def _synaptic(model: CellModel) -> set[str]:
    """The states that receptors move, and that are of no use without them."""
    return {receptor.state for receptor in model.receptors.values()} - {"v"}


def _bare_equations(model: CellModel) -> str:
    """The equations without those of the receptors."""
    gone = _synaptic(model) | {SYNAPTIC}
    lines = model_text.renamed(model.name, model.equations, {}).splitlines()
    names = model_text.names_defined(model.name, model.equations)
    return "\n".join(line for name, line in zip(names, lines, strict=True) if name not in gone)


def _bare_parameters(model: CellModel) -> Mapping[str, Parameter]:
    """The parameters that are not of the receptors alone."""
    used = model_text.symbols_in(model.name, _bare_equations(model)) | set(model.tested) | {model.refractory}
    return {name: entry for name, entry in model.parameters.items() if name in used}
