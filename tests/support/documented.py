"""Command lines in the documentation: they are found, and their names and values checked, without a simulator."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.commands.caching import bytes_of, seconds_of
from unisono.commands.catalogue import CATALOGUE
from unisono.commands.common import pairs_of, simulators_of
from unisono.commands.exploring import numbers_of
from unisono.commands.group import loaded
from unisono.commands.selftest import tiers_of
from unisono.commands.studying import number_of, sides_of
from unisono.models.library import LIBRARY
from unisono.validation.advice.phenomena import PHENOMENA
from unisono.validation.exploration.axes import parse_axes
from unisono.validation.exploration.current_curve import CurveCell
from unisono.validation.faults.faults import fault_named
from unisono.validation.lint import RULES

#: Words that stand for any model, file, simulator, cell or value.
ANY = ("MODEL", "SCRIPT", "FILE", "FOLDER", "NAME", "VALUE", "SIMULATOR", "CELL")

#: Languages of blocks that are commands.
SHELLS = ("", "bash", "sh", "shell", "console")
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)

#: Names of folders of results.
FOLDERS = ("results", "runs")


def command_lines(page: Path) -> Iterator[str]:
    """Each ``unisono ...`` in the blocks of a page that are commands: those without a language, or of a shell."""
    for block in _BLOCK.finditer(page.read_text()):
        for line in block["text"].replace("\\\n", " ").splitlines():
            for part in line.split("&&") if block["language"] in SHELLS else ():
                text = part.strip().removeprefix("$ ")
                if text.startswith("unisono ") and "..." not in text:
                    yield text


def parsed(line: str) -> tuple[str, dict[str, Any]]:
    """The name of the command of a line, and its parameters, read as they are when it is called.

    Raises
    ------
    UsageError, UnknownName
        If a name or a value does not exist.
    """
    words = shlex.split(line, comments=True)[1:]
    names = {entry.name for entry in CATALOGUE}
    name = next(text for n in (2, 1) if (text := " ".join(words[:n])) in names)
    context = loaded(name).make_context(name, words[len(name.split()) :])
    check(name, context.params)
    return name, context.params


def check(name: str, given: dict[str, Any]) -> None:
    """Models, simulators, options and their values exist; a word in capitals stands for any."""
    model = str(given.get("model") or "")
    options = pairs_of(given.get("set_"), "--set")
    if model in LIBRARY:
        LIBRARY[model].options.read({n: v for n, v in options.items() if v not in ANY})
    elif model and name not in ("check", "models"):
        assert Path(model).suffix in (".py", ".h5") or model in ANY or model in FOLDERS or "/" in model, model
    if on := given.get("on"):
        sides_of(on, Settings()) if name == "ensemble" else on in ANY or simulators_of(on)
    Settings(given.get("numerics", "matched"), given.get("threads", 1))
    for simulator in pairs_of(given.get("python"), "--python") if isinstance(given.get("python"), list) else ():
        registry.get(simulator)
    for rule in given.get("ignore") or ():
        RULES[rule]
    for fault in given.get("fault") or ():
        fault_named(fault)
    _check_own(name, given, options)


def _check_own(name: str, given: dict[str, Any], options: dict[str, str]) -> None:
    """What one command alone takes."""
    if name == "selftest":
        tiers_of(given["tiers"])
    if name == "check" and given["selftest"]:
        fault_named(given["selftest"])
        simulators_of(given["on_simulator"])
    if name == "ensemble":
        number_of(given["runs"])
    if name == "explore":
        axes = parse_axes(given["vary"], options)
        if given["model"] in LIBRARY:
            LIBRARY[given["model"]].options.read({axis.name: axis.values[0] for axis in axes})
    if name == "curve" and given["cell"] not in ANY:
        CurveCell.named(given["cell"], **numbers_of(options))
    if name == "advise" and given["phenomenon"]:
        PHENOMENA[given["phenomenon"]]
    if name == "models" and given["name"]:
        LIBRARY[given["name"]]
    if name.startswith("env ") and name != "env list" and given["name"] not in ANY:
        registry.get(given["name"])
    if name == "cache limit":
        assert given["age"] is None or seconds_of(given["age"])
        assert given["size"] is None or bytes_of(given["size"])
