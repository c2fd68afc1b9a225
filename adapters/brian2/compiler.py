"""Brian2's settings, and libraries of the code that is not in the cache: one, or several where there is much."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import brian2
import brian2.synapses
import numpy as np

from unisono.adapters.brian2.target import MAIN, TARGET, CppCode
from unisono.adapters.contract import Settings
from unisono.adapters.contract.simulation import Compiled
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, whole
from unisono.adapters.host.processes import own_folder
from unisono.adapters.host.tools import call, finish

#: Strict IEEE arithmetic, so that results depend neither on the compiler nor on the processor.
FLAGS = ("-w", "-O3", "-ffp-contract=off", "-std=c++14")

#: Characters that take about a second to compile: with so many, the compiler begins, and further code is generated
#: meanwhile.
MUCH = 100_000

#: What the code includes. Loops over all cells are compiled for wider registers, too; the processor chooses, and the
#: bits are the same. Not with AVX-512: afterwards the C library's ``exp`` takes ten times as long in this process.
_HEAD = """\
#include <cmath>
#include <cstdint>
#include <cstddef>
#include "stdint_compat.h"
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_PROCESSORS __attribute__((target_clones("avx2", "default")))
#else
#define FOR_PROCESSORS
#endif
__attribute__((noinline)) static void widen(const char *flags, int32_t *wide, int count)
{
    for (int k = 0; k < count; k++)
        wide[k] = flags[k];
}
__attribute__((noinline)) static void narrow(const int32_t *wide, char *flags, int count)
{
    for (int k = 0; k < count; k++)
        flags[k] = wide[k] != 0;
}
"""


def configure(settings: Settings) -> None:
    """Set Brian2's preferences for this process."""
    prefs = brian2.prefs
    prefs.codegen.target = TARGET if compiles(settings) else "numpy"
    prefs.core.default_float_dtype = np.float32 if settings.precision == "single" else np.float64
    if "codegen.synapse_connect_target" in prefs:
        prefs.codegen.synapse_connect_target = "numpy"
    if settings.numerics != "native":
        prefs.codegen.loop_invariant_optimisations = False
    brian2.BrianLogger.log_level_warn()
    # The objects are run without Network.run, which is what would mark them as used.
    brian2.BrianLogger.suppress_name("unused_brian_object")
    # Cells whose spikes are crossings have no reset and, most of them, no refractory period.
    brian2.BrianLogger.suppress_name("only_threshold")


def compiles(settings: Settings) -> bool:
    """Whether code is compiled; else Brian2 runs it with NumPy."""
    return str(settings.options.get("target", "cpp")) == "cpp"


def held(code: Any) -> Any:
    """The code object that Brian2's weak reference leads to."""
    return code.__call__.__self__


class Library:
    """Compiled functions, by their texts.

    Parameters
    ----------
    folder : Path
        Of the cache; each function is a link to the library that it was compiled into.
    native : bool
        Whether the code is compiled with Brian2's own flags.
    """

    def __init__(self, folder: Path, native: bool) -> None:
        own = (f for f in brian2.prefs["codegen.cpp.extra_compile_args_gcc"] if f != "-march=native")
        self._flags = tuple(own) if native else FLAGS
        self._folder = folder
        self._functions: dict[str, Callable[[Any], None]] = {}

    def prepare(self, texts: Iterable[str], compiled: Compiled) -> None:
        """Compile all code that is not in the cache, by one call of the compiler, or several if it is long.

        Parameters
        ----------
        texts : iterable of str
            May be generated while what came first is compiled.
        compiled : callable

        Raises
        ------
        SimulatorFailed
            If the compiler fails.
        """
        missing = (text for text in texts if text and not self._found(text))
        calls: list[Future[None]] = []
        with ThreadPoolExecutor(machine.cores()) as pool:
            for part in portions(missing):
                calls.append(pool.submit(self._compile, {self._symbol(text): text for text in part}))
                compiled(0, len(calls))
            finish(calls, compiled)

    def __call__(self, text: str) -> Callable[[Any], None]:
        """The function of a text that :meth:`prepare` was given."""
        if not self._found(text):
            self._compile({self._symbol(text): text})
            self._found(text)
        return self._functions[text]

    def _symbol(self, text: str) -> str:
        key = "\n".join((_HEAD, text, *self._flags, _surroundings()))
        return f"code_{hashlib.sha256(key.encode()).hexdigest()[:32]}"

    def _found(self, text: str) -> bool:
        """Look for a function in the cache; one that cannot be loaded is compiled anew."""
        if text in self._functions:
            return True
        symbol = self._symbol(text)
        try:
            path = (self._folder / f"{symbol}.so").resolve(strict=True)
            if not whole(path.parent):
                return False
            # Functions of microseconds: they keep Python's lock.
            function = getattr(ctypes.PyDLL(str(path)), symbol)
        except (OSError, AttributeError):
            return False
        function.argtypes, function.restype = [ctypes.c_void_p], None
        self._functions[text] = function
        return True

    def _compile(self, missing: dict[str, str]) -> None:
        """Compile into one library, and let each symbol lead to it."""
        parts = (f"namespace part_{n} {{\n{t.replace(MAIN, s)}\n}}" for n, (s, t) in enumerate(missing.items()))
        include = Path(brian2.synapses.__file__).parent
        folder = self._folder / hashlib.sha256("".join(missing).encode()).hexdigest()[:32]
        with building(folder) as work:
            source, part, library = work / "code.cpp", work / "code.o", work / "code.so"
            source.write_text(_HEAD + "\n".join(parts), encoding="utf-8")
            command, failure = [machine.compiler_path()], "Brian2's code could not be compiled."
            given = [*self._flags, "-fPIC", "-c", f"-I{include}", str(source), "-o", str(part)]
            call([*command, *given], work, failure, quiet=True)
            # Linked without the flags: with -ffast-math the library would have the whole process lose
            # subnormal numbers as soon as it is loaded.
            call([*command, "-shared", str(part), "-o", str(library)], work, failure, quiet=True)
            part.unlink()
        with own_folder(self._folder, ".building-") as work:
            for symbol in missing:
                link = work / symbol
                link.symlink_to(f"{folder.name}/code.so")
                os.replace(link, self._folder / f"{symbol}.so")


def portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """Different texts in their order, in parts: each as soon as it has more than :data:`MUCH` characters."""
    met: set[str] = set()
    part: list[str] = []
    for text in texts:
        if text not in met:
            met.add(text)
            part.append(text)
            if sum(map(len, part)) > MUCH:
                yield part
                part = []
    if part:
        yield part


@cache
def _surroundings() -> str:
    """What compiled code depends on besides its text and the flags."""
    version = subprocess.run([machine.compiler_path(), "--version"], capture_output=True, text=True).stdout
    return "\n".join((version, brian2.__version__, platform.machine()))


def called(code: Any, library: Library) -> Callable[[], Any]:
    """The shortest way to what a code object does; a step takes a dozen of them and few microseconds for each."""
    return code.bound(library) if isinstance(code, CppCode) else partial(type(code).__call__, code)
