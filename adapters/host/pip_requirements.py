"""What pip is asked for in the environment of a simulator."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from unisono.adapters.contract import Adapter

#: What the worker itself takes.
WORKER = ("numpy", "h5py")


def requirements(adapter: Adapter, python: str) -> tuple[str, ...]:
    """What pip is asked for, and always what the worker takes.

    The adapter's own ``requirements`` where it has them. Else those of the extra of Unisono that installs it, or its
    distribution, in the versions that are installed here, if they are for the same version of Python.

    Parameters
    ----------
    adapter : Adapter
    python : str
        Version of Python in the environment.
    """
    asked = list(adapter.requirements) or _of_its_extra(adapter, python)
    named = {canonicalize_name(Requirement(text).name) for text in asked}
    return (*asked, *(_pinned(text, python) for text in WORKER if text not in named))


def _of_its_extra(adapter: Adapter, python: str) -> list[str]:
    extra = adapter.extra
    marked = {"extra": extra, "python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
    try:
        entries = [Requirement(text) for text in requires("unisono") or ()] if extra else []
    except PackageNotFoundError:
        entries = []
    fitting = [r for r in entries if r.marker and "extra" in str(r.marker) and r.marker.evaluate(marked)]
    texts = {canonicalize_name(r.name): f"{r.name}{r.specifier}" for r in fitting}
    for name in (adapter.distribution, *adapter.beside):
        texts.setdefault(canonicalize_name(name), name)
    return [_pinned(text, python) for text in texts.values()]


def _pinned(text: str, python: str) -> str:
    """A requirement in the version that is installed here, if that is for the same version of Python."""
    wanted = Requirement(text)
    if python.split(".")[:2] != [str(part) for part in sys.version_info[:2]]:
        return text
    try:
        here = version(wanted.name)
    except PackageNotFoundError:
        return text
    return f"{wanted.name}=={here}" if wanted.specifier.contains(here, prereleases=True) else text
