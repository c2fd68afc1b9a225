"""The keys of ``unisono.toml``: the kind of each value, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unisono.validation.verdict import Level


@dataclass(frozen=True)
class Key:
    """A key of the configuration: the kind of its value, and what it means.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    meaning : str
    """

    kind: str
    meaning: str


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


#: How a value of each kind is recognised.
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda v: isinstance(v, str) and bool(v.strip()),
    "list of texts": lambda v: isinstance(v, list) and all(isinstance(item, str) for item in v),
    "table": lambda v: isinstance(v, dict),
    "number above zero": lambda v: _is_number(v) and 0 < v < float("inf"),
    "number of at least zero": lambda v: _is_number(v) and 0 <= v < float("inf"),
    "whole number of at least 1": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 1,
    "whole number of at least 0": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
}

#: Keys that ``[gate]`` gives for all models and ``[[model]]`` for one.
SHARED = {
    "simulators": Key("list of texts", "required simulators"),
    "optional": Key("list of texts", "simulators that are tested where they are installed"),
    "tier": Key("text", "the tier that every pair must reach"),
    "numerics": Key("text", "matched, native or euler"),
    "time_limit": Key("number above zero", "seconds that one run may take"),
    "transient": Key("number of at least zero", "time cut before the statistics, ms"),
    "lint": Key("text", "severity of findings of 'unisono lint' that fail a model: error, warning or note"),
    "lint_ignore": Key("list of texts", "rules of 'unisono lint' to leave out"),
}

GATE = {
    **SHARED,
    "jobs": Key("whole number of at least 1", "simulators that run at once"),
    "baseline": Key("text", "file of the baseline; if it is given, every model must be in it"),
    "report": Key("text", "folder of the report"),
}

MODEL = {
    "name": Key("text", "name of the model in the report"),
    "model": Key("text", "a library model, a PyNN script (.py) or a network file (.h5)"),
    "options": Key("table", "options of a library model"),
    "args": Key("list of texts", "arguments of a script; {seed} is replaced"),
    "network": Key("whole number of at least 1", "which network of a script that runs several, from 1 on"),
    **SHARED,
    "until": Key("number above zero", f"earliest first divergence of '{Level.UNTIL_TIE}', ms"),
    "traces": Key("number of at least zero", "largest difference of recorded variables while spikes are identical"),
    "runs": Key("whole number of at least 1", "seeds a side of 'equivalent'"),
    "pilot": Key("whole number of at least 1", "seeds that the margins of 'equivalent' come from"),
    "first_seed": Key("whole number of at least 0", "the first seed"),
    "plan": Key("table", "what its author asks, assumes and expects"),
}

PLAN = {
    "question": Key("text", "what the model is to answer"),
    "reason": Key("text", "why this kind of model and method"),
    "assumptions": Key("list of texts", "what is taken for granted"),
    "outcome": Key("text", "what is expected, in words"),
    "expect": Key("table", "bounds of statistics"),
}

#: Keys that belong to some tiers only.
BELONGS = {
    "until": (Level.UNTIL_TIE,),
    "traces": (Level.IDENTICAL, Level.UNTIL_TIE),
    "runs": (Level.EQUIVALENT,),
    "pilot": (Level.EQUIVALENT,),
}
