"""Brian2's code objects: how they are compiled, called, and given other numbers."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from contextlib import nullcontext, redirect_stderr
from functools import cache, partial
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2.codegen.runtime.cython_rt.extension_manager import cython_extension_manager

from unisono.adapters.contract import Settings
from unisono.adapters.host.compiled import drop_damaged, note_checksum, processor
from unisono.adapters.host.logs import said
from unisono.models.errors import SimulatorFailed


def configure(settings: Settings, folder: Path) -> None:
    """Set Brian2's preferences for this process."""
    prefs = brian2.prefs
    prefs.codegen.target = settings.options.get("target", "cython")
    single = settings.precision == "single"
    prefs.core.default_float_dtype = np.float32 if single else np.float64
    # Brian2 finds compiled code by its text, whatever the compiler's options were: a folder for each set of them.
    # The code is for this processor, which may not be that of the machine whose cache this was.
    place = folder / "brian2" / f"{settings.numerics}{'_single' * single}-{processor()}"
    prefs.codegen.runtime.cython.cache_dir = str(place)
    _guard()
    prefs.codegen.runtime.cython.multiprocess_safe = True
    if "codegen.synapse_connect_target" in prefs:
        prefs.codegen.synapse_connect_target = "numpy"
    if settings.numerics != "native":
        # Strict IEEE arithmetic, so that results depend neither on the compiler nor on the processor.
        prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffp-contract=off", "-std=c++17"]
        prefs.codegen.loop_invariant_optimisations = False
    brian2.BrianLogger.log_level_warn()
    # The objects are run without Network.run, which is what would mark them as used.
    brian2.BrianLogger.suppress_name("unused_brian_object")
    # Cells whose spikes are crossings have no reset and, most of them, no refractory period.
    brian2.BrianLogger.suppress_name("only_threshold")


@cache
def _guard() -> None:
    """Let Brian2 load compiled code only as it was written, and say what the compiler said where it fails."""
    load = cython_extension_manager._load_module

    def guarded(module_path: str, *args: Any, **given: Any) -> Any:
        path, output = Path(module_path), io.StringIO()
        drop_damaged(path)
        compiled = not path.exists()
        try:
            with redirect_stderr(output) if compiled else nullcontext():
                module = load(module_path, *args, **given)
        except Exception as error:
            if not compiled or isinstance(error, MemoryError):
                raise
            print(output.getvalue(), flush=True)
            raise SimulatorFailed(
                "Brian2's code could not be compiled.", said(output.getvalue() or str(error))
            ) from error
        if compiled:
            note_checksum(path)
        return module

    cython_extension_manager._load_module = guarded


def held(code: Any) -> Any:
    """The code object that Brian2's weak reference leads to."""
    return code.__call__.__self__


def called(code: Any) -> Callable[[], Any]:
    """The shortest way to what a code object does; a step takes a dozen of them and few microseconds for each."""
    main = getattr(code.compiled_code["run"], "main", None)
    if main is None or code.nonconstant_values:
        return code.__call__  # type: ignore[no-any-return]
    return partial(main, code.namespace)


def set_constant(codes: Iterable[Any], name: str, value: Any) -> None:
    """Give code objects another value of a shared constant, which they hold as a plain number."""
    for code in codes:
        if name in code.namespace:
            code.namespace[name] = type(code.namespace[name])(value)


def in_processes(count: int, work: Callable[[int, int], None]) -> None:
    """Carry out the shares of a work at once, each in a copy of this process; errors are left to the caller's own try.

    What the copies leave behind is the compiled code in the cache, which Brian2 guards with locks.
    """
    children = []
    for share in range(1, count):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                work(share, count)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    work(0, count)
    for child in children:
        os.waitpid(child, 0)
