"""What the shell completes: models, simulators, options of models and their values.

Each function gets what is typed so far; what it needs is imported when the shell asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

#: A completion and its meaning.
Item = tuple[str, str]


def models(incomplete: str) -> list[Item]:
    """Library models; files are completed by the shell."""
    from unisono.models.library import LIBRARY

    found = [(name, model.summary) for name, model in LIBRARY.items() if name.startswith(incomplete)]
    return found + _files(incomplete)


def simulators(incomplete: str) -> list[Item]:
    """The last of a list of simulators, or its settings after a colon."""
    from unisono.adapters import registry
    from unisono.adapters.contract.settings import NUMERICS, PRECISIONS

    before, comma, last = incomplete.rpartition(",")
    name, colon, begun = last.rpartition(":")
    if colon:
        return [(f"{before}{comma}{name}:{word}", "") for word in (*NUMERICS, *PRECISIONS) if word.startswith(begun)]
    given = {text.partition(":")[0] for text in before.split(",")}
    names = [name for name in registry.locations() if name.startswith(last) and name not in given]
    return [(f"{before}{comma}{name}", registry.title(name)) for name in names]


def settings(ctx: typer.Context, incomplete: str) -> list[Item]:
    """``NAME=`` of an option of the library model that is named, then its values."""
    from unisono.models.cells import CELLS
    from unisono.models.library import LIBRARY

    model = LIBRARY.get(str(ctx.params.get("model")))
    if model is None:
        return parameters(ctx, incomplete)
    name, sign, begun = incomplete.partition("=")
    if sign:
        choices = model.choices_of(name) or (CELLS if name == "cell" else ())
        return [(f"{name}={value}", "") for value in choices if value.startswith(begun)]
    return [(f"{option}=", meaning) for option, _, _, meaning in model.describe() if option.startswith(name)]


def parameters(ctx: typer.Context, incomplete: str) -> list[Item]:
    """``NAME=`` of a parameter of the cell that is named."""
    from unisono.models.cells import CELLS

    cell = CELLS.get(str(ctx.params.get("cell")))
    found = cell.parameters.items() if cell else ()
    return [(f"{name}=", parameter.meaning) for name, parameter in found if name.startswith(incomplete)]


def values(ctx: typer.Context, incomplete: str) -> list[Item]:
    """The value after ``--set NAME=``: Bash takes the sign for a word of its own, and the value for an argument."""
    options, arguments = ctx.params.get("set_") or [], ctx.params.get("arguments") or []
    sign = incomplete == "="
    if not options or "=" in options[-1] or not (sign or arguments[-1:] == ["="]):
        return _files(incomplete)
    name, incomplete = f"{options[-1]}=", "" if sign else incomplete
    return [(text.removeprefix(name), meaning) for text, meaning in settings(ctx, f"{name}{incomplete}")]


def numerics(incomplete: str) -> list[Item]:
    """Kinds of numerics."""
    from unisono.adapters.contract.settings import NUMERICS

    return _among(NUMERICS, incomplete)


def interpreters(incomplete: str) -> list[Item]:
    """``SIMULATOR=``."""
    from unisono.adapters import registry

    return [(f"{name}=", "") for name in registry.locations() if name.startswith(incomplete)]


def cells(incomplete: str) -> list[Item]:
    """Cells and named parameter sets."""
    from unisono.models.cells import CELLS
    from unisono.models.cells.parameter_sets import PARAMETER_SETS

    return _among((*CELLS, *PARAMETER_SETS), incomplete)


def phenomena(incomplete: str) -> list[Item]:
    """Phenomena that advice is given on."""
    from unisono.validation.advice.phenomena import PHENOMENA

    return [(name, entry.meaning) for name, entry in PHENOMENA.items() if name.startswith(incomplete)]


def rules(incomplete: str) -> list[Item]:
    """Rules of lint."""
    from unisono.validation.lint import RULES

    return _among(RULES, incomplete)


def faults(incomplete: str) -> list[Item]:
    """Faults that can be injected."""
    from unisono.validation.faults.faults import FAULTS

    return _among(FAULTS, incomplete)


def tiers(incomplete: str) -> list[Item]:
    """The last of a list of tiers."""
    from unisono.validation.faults.faults import TIERS

    before, comma, last = incomplete.rpartition(",")
    return [(f"{before}{comma}{tier}", "") for tier in TIERS if tier.startswith(last)]


def environments(incomplete: str) -> list[Item]:
    """Simulators that can have an environment, and environments that are there."""
    from unisono.adapters import registry
    from unisono.adapters.host import environments

    return _among(dict.fromkeys((*environments.names(), *registry.names())), incomplete)


def kinds(incomplete: str) -> list[Item]:
    """What the cache keeps."""
    from unisono.adapters.runtime.cache_entries import KINDS

    return [(kind.name, kind.meaning) for kind in KINDS.values() if kind.name.startswith(incomplete)]


def _among(names: Iterable[str], incomplete: str) -> list[Item]:
    return [(name, "") for name in names if name.startswith(incomplete)]


def _files(incomplete: str) -> list[Item]:
    """Scripts, network files and folders, as a shell completes them."""
    folder, _, begun = incomplete.rpartition("/")
    place = Path(folder or ("/" if incomplete.startswith("/") else "."))
    before = f"{folder}/" if "/" in incomplete else ""
    try:
        found = sorted(path for path in place.iterdir() if path.name.startswith(begun or "") and path.name[0] != ".")
    except OSError:
        return []
    return [(f"{before}{p.name}{'/' * p.is_dir()}", "") for p in found if p.is_dir() or p.suffix in (".py", ".h5")]
