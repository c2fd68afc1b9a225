"""Custom cells: equations as text, checked and made into a PyNN cell type that runs on every simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unisono.models.cells import SOURCES
from unisono.models.cells.composition import attach, jump
from unisono.models.cells.model import CellModel, Receptor
from unisono.models.dynamics.text import names_defined
from unisono.models.dynamics.units import UNITS, Unit, parse_unit
from unisono.models.errors import ModelError
from unisono.models.pynn.cells import EquationsCell, cell_class
from unisono.models.pynn.quantities import Quantity, is_quantity, parameter, quantity, with_time_constants
from unisono.models.receptors import RECEPTORS, ReceptorModel

#: The parameter that a refractory period given as a number becomes.
REFRACTORY = "tau_refrac"


def cell(
    name: str,
    *,
    parameters: Mapping[str, Quantity],
    equations: str,
    threshold: str = "v >= v_thresh",
    reset: str = "",
    refractory: str = "",
    receptors: Mapping[str, str | Receptor | ReceptorModel] | None = None,
    initial: Mapping[str, float | str] | None = None,
    recordable: tuple[str, ...] | None = None,
    source: str = "",
    time_step: tuple[float, float] = (0.1, 0.1),
) -> type[EquationsCell]:
    """A PyNN cell type from equations: ``sim.Population(100, Cell(tau=10.0))``.

    The text is parsed and its units are checked; it is never executed.

    Parameters
    ----------
    name : str
    parameters : mapping of str to str or tuple
        Defaults with their units: ``"10 ms"``, ``"0.04/ms"``, ``(1.0, "nF")``. One without a unit is written
        ``(2.0, "1")``. Values given to the cell type later are numbers in these units.
    equations : str
        Lines ``dv/dt = expression : unit``, with ``(unless refractory)`` behind the unit where the variable stands
        still after a spike, and definitions ``name = expression : unit``. ``i_inj`` is the injected current, nA.
    threshold : str
        ``a >= b`` or ``a > b``.
    reset : str
        ``v = v_reset; w += b``, or a statement a line. Without one a spike is a crossing of the threshold.
    refractory : str
        Name of a parameter in ms, or a time as ``"2 ms"``, which makes a parameter ``tau_refrac``.
    receptors : mapping of str to str
        By the names that projections call them: the variable that jumps by the weight, or a receptor of
        :data:`unisono.models.receptors.RECEPTORS` by its name, as ``"AMPA"``. The equations call the sum of the
        currents (nA) of the latter ``i_syn``.
    initial : mapping of str to float or str
        Variables at t = 0, in their units; those left out are 0.
    recordable : tuple of str, optional
        All variables by default.
    source : str
        Where the equations come from.
    time_step : tuple of float
        Recommended and largest time step, ms.

    Raises
    ------
    ModelError
        If anything is wrong with the text; the message shows the place.
    """
    where = f"Cell model '{name}'"
    if not name.isidentifier():
        raise ModelError(f"'{name}' cannot be the name of a cell model.", "Use letters, digits and underscores.")
    if name in SOURCES:
        raise ModelError(f"'{name}' is the name of a spike source.", "Give the cell model another name.")
    table = {key: parameter(f"{where}, parameter '{key}'", value) for key, value in parameters.items()}
    if refractory and refractory not in table and is_quantity(refractory):
        if REFRACTORY in table:
            raise ModelError(f"{where} has a refractory period and a parameter '{REFRACTORY}'.", "Name the parameter.")
        table[REFRACTORY] = parameter(f"{where}, refractory", refractory)
        refractory = REFRACTORY
    states = names_defined(name, equations)
    presets = {key: found for key, r in (receptors or {}).items() if (found := _preset(where, key, r, states))}
    if presets:
        equations, table = attach(equations, table, presets, name)
    model = CellModel(
        name=name,
        parameters=table,
        equations=equations,
        threshold=threshold,
        reset=reset,
        refractory=refractory,
        recordable=(),
        source=source,
        time_step=time_step,
    )
    model = replace(
        model,
        parameters=with_time_constants(model.parameters, model.system),
        receptors={
            key: jump(key, presets[key], model.clamped) if key in presets else _jump(model, r)
            for key, r in (receptors or {}).items()
        },
        initial={key: _initial(model, key, value) for key, value in (initial or {}).items()},
        recordable=model.states if recordable is None else tuple(recordable),
    )
    siemens = UNITS["uS"].powers
    conductances = (parse_unit(model.weight_unit(key)).powers == siemens for key in model.receptors)
    return cell_class(replace(model, conductance_based=any(conductances)))


def _preset(
    where: str, key: str, receptor: str | Receptor | ReceptorModel, states: tuple[str, ...]
) -> ReceptorModel | None:
    """The receptor with its own equations; None for one that is a variable of the cell."""
    if isinstance(receptor, ReceptorModel):
        return receptor
    if isinstance(receptor, Receptor) or receptor in states:
        return None
    if receptor in RECEPTORS:
        return RECEPTORS[receptor]
    raise ModelError(
        f"{where}, receptor '{key}': '{receptor}' is neither a state variable nor a receptor.",
        f"There are: {', '.join([*states, *RECEPTORS])}.",
    )


def _jump(model: CellModel, receptor: Any) -> Receptor:
    if isinstance(receptor, Receptor):
        return receptor
    return Receptor(receptor, only_when_active=receptor in model.clamped)


def _initial(model: CellModel, state: str, value: float | str) -> float:
    if not isinstance(value, str):
        return float(value)
    where = f"Cell model '{model.name}', initial value of '{state}'"
    number, unit = quantity(where, value)
    wanted = model.units.get(state, unit)
    if _known(where, unit) != parse_unit(wanted):
        raise ModelError(f"{where}: its unit is {wanted}, not {unit}.")
    return number


def _known(where: str, unit: str) -> Unit:
    try:
        return parse_unit(unit)
    except ValueError as error:
        raise ModelError(f"{where}: '{error}' is not a unit.", f"Choose one of: {', '.join(UNITS)}.") from None
