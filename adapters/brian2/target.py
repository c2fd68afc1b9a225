"""A target of Brian2's code generation: the C++ that Brian2 writes for its standalone mode, called while Python runs.

Brian2's own runtime target compiles a Cython module of 6 s for each object. Here the code of all objects is compiled
together (:mod:`unisono.adapters.brian2.compiler`). Arrays and numbers are arguments, named in the order in which the
code does, so that the text depends neither on sizes nor on values nor on names, and what has the same shape is compiled
once.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from brian2.codegen.codeobject import CodeObject, constant_or_scalar
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator, c_data_type
from brian2.codegen.targets import codegen_targets
from brian2.codegen.templates import Templater
from brian2.core.variables import ArrayVariable, Constant
from brian2.devices.device import get_device
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.brian2 import AROUND, flow_in_c, structured

#: Brian2's name of the target.
TARGET = "cpp_runtime"

#: What stands in the templates for the name of the function, and for the synapses at which spikes arrive.
MAIN, ARRIVED, ARRIVALS = "MAIN", "ARRIVED", "ARRIVALS"

_WORD = re.compile(r"[A-Za-z_]\w*")

#: Brian2 leaves ``__restrict`` out where an array has one element now: the text would depend on the size.
_POINTER = re.compile(r"\* +(?:__restrict)? +(_ptr\w+) =")

#: Lines around the two ways of a choice, and what has to be positive for the first.
_CHOICE, _OTHERWISE, _CHOSEN = "// choice: ", "// otherwise", "// chosen"

#: Where the code of a cell hands a new value of a state back.
_WRITTEN = re.compile(rf"(?P<place>_ptr\w+\[\w+\]) = {AROUND[0]}\w+;")

#: Where the code of a cell reads or writes a flag.
_FLAG = re.compile(r"^(?:const )?char (?P<read>\w+) = (?P<from>_ptr\w+)\[_idx\];|^(?P<to>_ptr\w+)\[_idx\] = \w+;")

Loader = Callable[[str], Callable[[Any], None]]


class _Generator(CPPCodeGenerator):  # type: ignore[misc]
    """Brian2's, with the loops and choices that its language does not have."""

    def translate_to_statements(self, statements: Any, conditional_write_vars: Any) -> list[str]:
        lines = super().translate_to_statements(statements, conditional_write_vars)
        parts = (part for line in lines for part in line.split("\n"))
        return structured(parts, _flow)


def _flow(asked: str, body: list[str], otherwise: list[str] | None = None) -> list[str]:
    if otherwise is None:
        return list(flow_in_c(asked, body))
    return [f"{_CHOICE}{asked}", *body, _OTHERWISE, *otherwise, _CHOSEN]


def flags(code: list[str]) -> list[str]:
    """Where the flags of the cells lie that the code of a cell reads."""
    return list(dict.fromkeys(found["from"] for line in code if (found := _FLAG.match(line)) and found["from"]))


def widened(code: list[str]) -> list[str]:
    """The code of a cell with its flags as numbers of four bytes, in blocks of cells.

    A loop over numbers of 1 and of 8 bytes takes as many cells at once as a register holds of the narrowest, and eight
    registers for each of the wide ones: it is as fast, but takes twice as long to compile. With flags of 8 bytes, which
    would be floating-point numbers, the compiler would not vectorise their conditions.
    """
    places = {pointer: f"_flags[{k}][_idx - _first]" for k, pointer in enumerate(flags(code))}

    def wide(found: re.Match[str]) -> str:
        if found["from"]:
            return f"int32_t {found['read']} = {places[found['from']]};"
        return found[0].replace(f"{found['to']}[_idx]", places.get(found["to"], f"{found['to']}[_idx]"))

    return [_FLAG.sub(wide, line) for line in code]


def chooses(code: list[str]) -> bool:
    """Whether the code of a cell has a choice."""
    return _CHOSEN in code


def usual(code: list[str]) -> list[str]:
    """The code for the cells where nothing positive is asked, carried out for all of them.

    It has no branch and, if it calls no function, is vectorised. What was asked and the states before are kept for the
    second pass.
    """
    begin, middle, end = _places(code)
    asked = [f"_asked[_idx - _first] = {code[begin].removeprefix(_CHOICE)};", "_any |= _asked[_idx - _first] > 0;"]
    kept = [f"_kept[{k}][_idx - _first] = {place};" for k, place in enumerate(states(code))]
    return [*code[:begin], *asked, *code[middle + 1 : end], *kept, *code[end + 1 :]]


def unusual(code: list[str]) -> list[str]:
    """The code for the other cells, from their states before."""
    begin, middle, end = _places(code)
    restored = [f"{place} = _kept[{k}][_idx - _first];" for k, place in enumerate(states(code))]
    return [*restored, *code[:begin], *code[begin + 1 : middle], *code[end + 1 :]]


def states(code: list[str]) -> list[str]:
    """Where the code of a cell writes the states of the model."""
    return [found["place"] for line in code if (found := _WRITTEN.match(line))]


def _places(code: list[str]) -> tuple[int, int, int]:
    begin = next(i for i, line in enumerate(code) if line.startswith(_CHOICE))
    return begin, code.index(_OTHERWISE), code.index(_CHOSEN)


class CppCode(CodeObject):  # type: ignore[misc]
    """A code object in C++.

    Attributes
    ----------
    text : str
        The function, :data:`MAIN`; empty where there is nothing to compile.
    """

    templater = Templater(
        "unisono.adapters.brian2",
        ".cpp",
        env_globals={
            **{"c_data_type": c_data_type, "constant_or_scalar": constant_or_scalar},
            **{"chooses": chooses, "usual": usual, "unusual": unusual, "states": states},
            **{"flags": flags, "widened": widened},
        },
    )
    generator_class = _Generator
    class_name = TARGET

    @classmethod
    def is_available(cls) -> bool:
        """Always: whether there is a compiler is known before."""
        return True

    def compile(self) -> None:
        """Write the text; it is compiled with that of all others."""
        super().compile()
        self.text = ""
        self._arguments: list[Any] = []
        if self.template_name != "synapses_push_spikes":
            self.text = self._written()

    def compile_block(self, block: str) -> None:
        """Nothing is compiled block by block: :meth:`compile` does it all."""

    def run_block(self, block: str) -> None:
        """Nothing comes before or after a run; the run itself is :meth:`bound`."""

    def _written(self) -> str:
        """The text with numbered arguments, and what they are."""
        device, text = get_device(), _POINTER.sub(r"* __restrict \1 =", self.code.run)
        arrays: dict[str, Any] = {}
        constants: dict[str, Any] = {}
        for name, variable in self.variables.items():
            if isinstance(variable, ArrayVariable):
                arrays.setdefault(device.get_array_name(variable), variable)
            elif isinstance(variable, Constant):
                constants[name] = variable
        lines: list[str] = []
        renamed: dict[str, str] = {}
        for word in dict.fromkeys(_WORD.findall(text)):
            number = len(self._arguments)
            if word in arrays:
                kind = c_data_type(arrays[word].dtype)
                renamed |= {word: f"array_{number}", f"_ptr{word}": f"p_{number}"}
                lines.append(f"{kind} *array_{number} = ({kind} *)arguments[{number}];")
                self._arguments.append(arrays[word])
            elif word in constants:
                value = np.asarray([constants[word].get_value()])
                renamed[word] = f"number_{number}"
                kind = c_data_type(value.dtype)
                lines.append(f"const {kind} number_{number} = *({kind} *)arguments[{number}];")
                self._arguments.append(value)
        if self.template_name == "synapses":
            number = len(self._arguments)
            lines.append(f"const int32_t *{ARRIVED} = (const int32_t *)arguments[{number}];")
            lines.append(f"const int64_t {ARRIVALS} = *(const int64_t *)arguments[{number + 1}];")
        text = _WORD.sub(lambda match: renamed.get(match[0], match[0]), text)
        return text.replace("// ARGUMENTS", "\n    ".join(lines), 1)

    def bound(self, load: Loader) -> Callable[[], Any]:
        """The shortest way to carry out the code, on the arrays as they lie in memory now.

        Parameters
        ----------
        load : callable
            From the text to the compiled function.
        """
        arrays = [a.get_value() if isinstance(a, ArrayVariable) else a for a in self._arguments]
        if self.template_name == "synapses":
            return _arriving(load(self.text), arrays, self.variables["_queue"])
        return Bound.to_arrays(load(self.text), arrays)


class Bound:
    """A compiled function with its arguments.

    Parameters
    ----------
    function : callable
    addresses : sequence of int
        The arguments.
    keep : object
        What lies at the addresses.

    Attributes
    ----------
    addresses : uintp array
    """

    def __init__(self, function: Callable[[Any], None], addresses: Sequence[int], keep: Any) -> None:
        self._function, self._keep = function, keep
        self.addresses = np.array(addresses, np.uintp)
        self._address = ctypes.c_void_p(self.addresses.ctypes.data)

    @classmethod
    def to_arrays(cls, function: Callable[[Any], None], arrays: Sequence[NDArray[Any]]) -> Bound:
        """The arguments are addresses of arrays, as they lie in memory now."""
        return cls(function, [array.ctypes.data for array in arrays], arrays)

    def __call__(self) -> None:
        """Call it."""
        self._function(self._address)

    @property
    def pair(self) -> tuple[int, int]:
        """Addresses of the function and of its arguments."""
        function: Any = self._function
        return ctypes.cast(function, ctypes.c_void_p).value or 0, self.addresses.ctypes.data


#: Calls one function after another: the arguments are such pairs, and a zero.
IN_TURN = """\
extern "C" void MAIN(void **arguments)
{
    for (; arguments[0]; arguments += 2)
        ((void (*)(void **))arguments[0])((void **)arguments[1]);
}
"""


def in_turn(calls: list[Callable[[], Any]], load: Loader) -> list[Callable[[], Any]]:
    """The same with one call for compiled functions that follow each other."""
    found: list[Callable[[], Any]] = []
    for compiled, group in groupby(calls, lambda call: isinstance(call, Bound)):
        members = list(group)
        if compiled and len(members) > 1:
            pairs = [address for call in members if isinstance(call, Bound) for address in call.pair]
            members = [Bound(load(IN_TURN), [*pairs, 0], members)]
        found += members
    return found


def address_of(array: Any) -> int:
    """Address of an array that is not empty and may be written to; NumPy's own way takes a microsecond."""
    return ctypes.addressof(ctypes.c_char.from_buffer(array))


def _arriving(function: Callable[[Any], None], arrays: list[Any], queue: Any) -> Callable[[], None]:
    """Carry out the code of a projection for the synapses that Brian2's queue gives for this step."""
    count = np.zeros(1, np.int64)
    code, place = Bound.to_arrays(function, [*arrays, count, count]), len(arrays)

    def run() -> None:
        arrived = queue.peek()
        if size := arrived.size:
            code.addresses[place] = address_of(arrived)
            count[0] = size
            code()
        queue.advance()

    return run


codegen_targets.add(CppCode)
