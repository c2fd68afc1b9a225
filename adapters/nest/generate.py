"""From NESTML to C++, without building: ``python generate.py FOLDER NEST-VERSION NAME...``.

A program of its own, since NESTML keeps its settings in global variables and loads
much that the simulation has no need of. Reads each ``FOLDER/NAME.nestml``, writes
the C++ of the model and of the module ``NAMEmodule`` to ``FOLDER``, and prints ``NAME``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def main(folder: str, version: str, *names: str) -> str | None:
    """Translate models; returns what went wrong, or None."""
    from pynestml.codegeneration.nest_unit_converter import NESTUnitConverter
    from pynestml.codegeneration.printers.constant_printer import ConstantPrinter

    # NESTML prints nine digits, and strips the exponent's zeros (1e-10 becomes 1e-1).
    ConstantPrinter.print_constant = lambda self, node: repr(node)
    # All of our quantities are plain numbers. NESTML takes spikes for a rate in 1/s, and multiplies them with 0.001.
    NESTUnitConverter.get_factor = classmethod(lambda cls, unit: 1)
    sys.setrecursionlimit(10_000)  # as NESTML's own command does
    for name in names:
        if not translate(Path(folder), version, name):
            return f"NESTML refuses the model {name}."
        print(name, flush=True)
    return None


def translate(folder: Path, version: str, name: str) -> bool:
    """Translate a model; returns whether NESTML accepts it."""
    from pynestml.frontend import pynestml_frontend as frontend
    from pynestml.utils.logger import Logger

    frontend.configure_front_end(
        f"{folder}/{name}.nestml", "NEST", target_path=str(folder), logging_level="WARNING", module_name=f"{name}module"
    )
    options = {"nest_version": version}
    transformers, _ = frontend.transformers_from_target_name("NEST", options=options)
    generator = frontend.code_generator_from_target_name("NEST", options=options)
    # NESTML's own checks of the model, a third of the time, are left out: the text is generated.
    models = frontend.get_parsed_models()
    if len(models) != 1 or Logger.has_errors(models[0]):
        return False
    frontend.generate_code(generator, *frontend.transform_models(transformers, models))
    source = folder / f"{name}.cpp"
    source.write_text(without_flags(source.read_text()))
    return True


#: What NESTML notes of each spike besides its weight, for onReceive blocks that our models do not have.
_FLAG_READ = re.compile(r"^.*received_grid_sum_\(\)\[i\] = get_spike_input_received_.*$", re.MULTILINE)
_FLAG_NOTED = re.compile(r"^ *B_\.spike_input_received_\[[^;]*add_value\([^;]*;$", re.MULTILINE)


def without_flags(source: str) -> str:
    """The C++ without buffers that are written with each spike, read in each step, and never asked for."""
    return _FLAG_NOTED.sub("", _FLAG_READ.sub("", source))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
