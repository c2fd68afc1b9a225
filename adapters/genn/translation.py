"""The cells of a design as Brian2 objects, and what Brian2GeNN makes of them: GeNN's code.

Brian2GeNN would go on to write a program around that code. Its program knows one
run, one delay a projection, one spike a step and source, no changes, and is compiled
anew for every number of synapses; :mod:`unisono.adapters.genn.program` writes another.
"""

from __future__ import annotations

import re
from typing import Any

import brian2
import brian2genn  # noqa: F401 (registers its device)
import numpy as np
from brian2.core.network import _get_all_objects
from brian2.devices.device import runtime_device
from brian2.stateupdaters.base import StateUpdateMethod
from brian2genn.device import GeNNDevice

from unisono.adapters.codegen.printers.brian2 import ARRIVED, GroupCode, flow_in_c, structured
from unisono.adapters.genn.design import CellsDesign, Design
from unisono.adapters.genn.functions import namespace
from unisono.adapters.genn.program import CellsCode, Variable
from unisono.adapters.genn.synapses import TARGET_SPIKE, TOLD

#: Around the part of a step that is carried out several times; what is computed from a state is not moved.
BEGIN, END = "part_begins", "part_ends"

#: Methods among which Brian2 chooses by itself.
NATIVE_METHODS = ("exact", "euler", "heun")


class _Step:
    """A Brian2 state updater that gives a step already written, or Brian2's own, and adds how it ends."""

    def __init__(self, code: GroupCode, substeps: int) -> None:
        self._code = code
        self._state = code.equations.removeprefix("d").partition("/dt")[0]
        self._substeps = substeps

    def __call__(self, equations: Any, variables: Any = None, method_options: Any = None) -> str:
        step = self._code.step
        if step is None:
            step = StateUpdateMethod.apply_stateupdater(equations, variables, NATIVE_METHODS, method_options)
        elif self._substeps > 1:
            active, _, parts = step.partition("\n")
            step = f"{active}\n{BEGIN} = {self._state}\n{parts}\n{END} = {self._state}"
        return f"{step}\n{self._code.ending}"


def translate(design: Design) -> dict[str, CellsCode]:
    """Let Brian2GeNN write the code of all cells, by the names of the populations."""
    _configure(design)
    functions = namespace("float" if design.single else "double")
    groups: dict[str, Any] = {}
    for cells in design.cells:
        groups[cells.name] = brian2.NeuronGroup(
            cells.size,
            cells.code.equations,
            threshold=cells.code.threshold,
            reset=cells.code.reset or None,
            refractory=cells.code.refractory,
            method=_Step(cells.code, cells.substeps),
            namespace=functions,
            name=cells.name,
        )
    network = brian2.Network(*groups.values())
    device: GeNNDevice = brian2.get_device()
    network.run(brian2.defaultclock.dt, namespace={})
    objects = {part.name: part for part in _get_all_objects(network.objects)}
    device.process_neuron_groups([groups[cells.name] for cells in design.cells], objects)
    by_name = {model.name: model for model in device.neuron_models}
    return {cells.name: _cells_code(by_name[cells.name], cells) for cells in design.cells}


def _configure(design: Design) -> None:
    """Begin anew with Brian2GeNN's device and the project's settings."""
    if brian2.get_device() is not runtime_device:
        brian2.get_device().reinit()
    brian2.set_device("genn", build_on_run=False)
    brian2.prefs.core.default_float_dtype = np.float32 if design.single else np.float64
    brian2.BrianLogger.log_level_warn()
    brian2.BrianLogger.suppress_name("only_threshold")
    brian2.defaultclock.dt = design.dt * 1e-3 * brian2.second


def _cells_code(model: Any, cells: CellsDesign) -> CellsCode:
    """The code of a population, with shared values read from one array."""
    parts = (model.code_lines, model.thresh_cond_lines, model.reset_code_lines, model.support_code_lines)
    texts = [_plain("".join(lines)) for lines in parts]
    for name, value in zip(model.parameters, model.pvalue, strict=True):  # constants such as ms
        texts = [text.replace(f"$({name})", f"({value})") for text in texts]
    support = texts.pop()
    texts[2] = texts[2].replace("$(lastspike) = t;", "")  # nobody reads it
    step, condition, reset = (_with_shared(text, cells.shared) for text in texts)
    used = f"{step} {condition} {reset}"
    variables = []
    arrivals = []
    for name, kind in zip(model.variables, model.variabletypes, strict=True):
        if name.startswith(ARRIVED):
            arrivals.append(name)
        elif f"$({name})" in used:
            written = re.search(rf"\$\({name}\)\s*[-+*/]?=(?!=)", used) is not None
            variables.append(Variable(name, kind, written))
    if cells.heard:
        reset += TARGET_SPIKE
        variables.append(Variable(TOLD, "uint32_t", True))
    step = "\n".join(structured(step.splitlines(), flow_in_c))
    return CellsCode(_with_loop(step, cells.substeps), condition, reset, support, tuple(variables), tuple(arrivals))


def _plain(text: str) -> str:
    """The code that Brian2GeNN has written as the text of a C++ string literal."""
    return text.replace("\\n\\\n", "\n").replace('\\"', '"')


def _with_shared(text: str, names: tuple[str, ...]) -> str:
    for position, name in enumerate(names):
        text = text.replace(f"$({name})", f"$(shared)[{position}]")
    return text


def _with_loop(text: str, times: int) -> str:
    """The step with the part between the marks in a loop."""
    if times == 1:
        return text
    loop = f"for (int part = 0; part < {times}; part++) {{"
    text, begins = re.subn(rf"[^\n]*\b{BEGIN} = [^;]*;", loop, text)
    text, ends = re.subn(rf"[^\n]*\b{END} = [^;]*;", "}", text)
    if (begins, ends) != (1, 1):
        raise RuntimeError("Brian2GeNN has not kept the marks around the parts of a step.")
    return text
