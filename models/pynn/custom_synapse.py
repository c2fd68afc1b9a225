"""Custom synapses: rules as text, checked and made into a PyNN synapse type that runs on every simulator."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from unisono.models.dynamics.model import Parameter
from unisono.models.dynamics.text import names_defined
from unisono.models.errors import ModelError
from unisono.models.pynn.quantities import Quantity, parameter, with_time_constants
from unisono.models.pynn.synapses import EquationsSynapse, synapse_class
from unisono.models.synapses import SYNAPSES, SynapseModel
from unisono.models.synapses.common import CONSTANT_WEIGHT, STATE_OF_WEIGHT
from unisono.models.synapses.model import RECEPTOR, WEIGHT

#: Units of weights: each stands for the unit of the receptor that the synapse acts on; in a rule that follows the
#: potential mV is one of potentials.
OF_WEIGHTS = ("nA", "uS", "mV")

_ASSIGNED = re.compile(rf"\b{WEIGHT}\s*[-+*/]?=(?!=)")


def synapse(
    name: str,
    *,
    parameters: Mapping[str, Quantity],
    equations: str = "",
    pre: str = "",
    post: str = "",
    on_pre: str = "",
    on_post: str = "",
    on_modulator: str = "",
    potential: str = "",
    drive: str = "",
    on_drive: str = "",
    send: str = WEIGHT,
    initial: Mapping[str, float | str] | None = None,
    random: tuple[str, ...] = (),
    source: str = "",
) -> type[EquationsSynapse]:
    """A PyNN synapse type from a rule: ``sim.Projection(a, b, connector, STDP(weight=0.05, delay=1.0))``.

    The text is parsed and its units are checked; it is never executed.

    Parameters
    ----------
    name : str
    parameters : mapping of str to str or tuple
        Defaults with their units: ``"20 ms"``, ``(0.01, "1")``. What is given in nA, uS or mV has the unit of the
        weight, whatever receptor the synapse acts on; in a rule with a ``drive`` mV is a potential.
    equations : str
        Of states of each synapse between spikes: ``dx/dt = -x/tau : 1``. ``weight`` needs none: it is a state if a
        statement changes it, else a parameter.
    pre, post : str
        Traces of the source's and of the target's side: ``dx/dt = -x/tau : 1; x += 1``.
    on_pre, on_post : str
        What a spike of the source or of the target does at the synapse: ``weight = min(weight + A*w_max*x, w_max)``.
        Traces are read as they were before the spikes of the step.
    on_modulator : str
        What a spike of any cell of the modulating population does: ``n += 1/tau_n``.
    potential : str
        What is kept of the potential ``v`` of each target: ``du/dt = (v - u)/tau : mV``. ``on_pre`` reads it.
    drive, on_drive : str
        A definition, ``name = expression : unit``, and what happens at the synapse in each step in which it is
        positive; there the name is its integral over the step. The rule has parameters ``v_peak`` in mV, what the
        potential counts as from a spike of the target on, and ``t_peak`` in ms, how long.
    send : str
        What a spike of the source delivers, after ``on_pre``.
    initial : mapping of str to float or str
        States and traces at t = 0; those left out are 0. A state may begin as a parameter of its synapse, by its name.
    random : tuple of str
        States that begin with a random whole number, drawn for each synapse when the network is captured.
    source : str
        Where the rule comes from.

    Returns
    -------
    PyNN synapse type
        Its instances take ``weight``, ``delay``, the parameters, ``dendritic_delay_fraction``, and with
        ``on_modulator`` a population as ``modulator``, whose spikes take ``modulator_delay`` ms (a time step).

    Raises
    ------
    ModelError
        If anything is wrong with the text; the message shows the place.
    """
    where = f"Synapse model '{name}'"
    if not name.isidentifier():
        raise ModelError(f"'{name}' cannot be the name of a synapse model.", "Use letters, digits and underscores.")
    if name in SYNAPSES:
        raise ModelError(f"'{name}' is a synapse model of Unisono.", "Give the synapse model another name.")
    weights = tuple(unit for unit in OF_WEIGHTS if unit != "mV" or not drive)
    table = {key: _parameter(f"{where}, parameter '{key}'", value, weights) for key, value in parameters.items()}
    if WEIGHT not in table and WEIGHT not in names_defined(name, equations):
        if _ASSIGNED.search(f"{on_pre}\n{on_post}\n{on_modulator}\n{on_drive}"):
            equations = f"{STATE_OF_WEIGHT}\n{equations}"
        else:
            table = CONSTANT_WEIGHT | table
    begun = dict(initial or {})
    model = SynapseModel(
        name,
        table,
        equations,
        initial={state: value for state, value in begun.items() if not isinstance(value, str)},
        initially={state: value for state, value in begun.items() if isinstance(value, str)},
        pre=pre,
        post=post,
        on_pre=on_pre,
        on_post=on_post,
        on_modulator=on_modulator,
        potential=potential,
        drive=drive,
        on_drive=on_drive,
        send=send,
        random=tuple(random),
        source=source,
    )
    system = (*model.system, *model.pre_side.system, *model.post_side.system, *model.potential_system)
    return synapse_class(replace(model, parameters=with_time_constants(model.parameters, system)))


def _parameter(where: str, value: Quantity, weights: Collection[str]) -> Parameter:
    found = parameter(where, value)
    return replace(found, unit=RECEPTOR) if found.unit in weights else found
