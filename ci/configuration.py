"""What a repository requires of its models: ``unisono.toml``, checked completely before anything runs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unisono.adapters import registry
from unisono.adapters.contract import NUMERICS, Settings
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS, ModelSource
from unisono.ci.keys import BELONGS, GATE, KINDS, MODEL, PLAN, SHARED, Key
from unisono.ci.linting import Linting, linting_from
from unisono.ci.planning import plan_from
from unisono.models.errors import ConfigurationError, UnisonoError
from unisono.models.registry import nearest
from unisono.validation.description.plan import Plan
from unisono.validation.verdict import FORMER, REQUIRABLE, Level

#: Where the configuration is looked for, and where the baseline and the report are put.
FILE, BASELINE, REPORT = "unisono.toml", "unisono.baseline.json", "unisono-report"

#: Cut before the statistics, ms; the same as of ``unisono compare``.
TRANSIENT = 500.0


Names = Sequence[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Requirement:
    """One model and what is required of it.

    Attributes
    ----------
    name : str
    source : ModelSource
    simulators, optional : tuple of str
        Those that must be there, and those that are tested where they are installed.
    tier : Level
    until : float
        Earliest first divergence of ``identical until a tie``, ms.
    traces : float or None
        Largest difference of a recorded variable in the span of identical spikes, in its unit.
    runs, pilot : int or None
        Seeds a side of ``equivalent``, and those before them that margins come from; None: as the study has it.
    first_seed : int
        The seed of the single comparison, where the model takes one, and the first of an ensemble.
    transient : float
        ms.
    settings : Settings
    time_limit : float or None
        Seconds.
    lint : Linting or None
        What `unisono lint` is asked for; None: nothing.
    plan : Plan or None
    """

    name: str
    source: ModelSource
    simulators: tuple[str, ...]
    optional: tuple[str, ...] = ()
    tier: Level = Level.IDENTICAL
    until: float = 0.0
    traces: float | None = None
    runs: int | None = None
    pilot: int | None = None
    first_seed: int = 1
    transient: float = TRANSIENT
    settings: Settings = field(default_factory=Settings)
    time_limit: float | None = None
    lint: Linting | None = None
    plan: Plan | None = None

    @property
    def seeded(self) -> bool:
        """Whether it is a script with a place for the seed."""
        return any("{seed}" in argument for argument in self.source.args)

    @property
    def required(self) -> str:
        """The required tier in words."""
        return f"identical until {self.until:g} ms" if self.tier is Level.UNTIL_TIE and self.until else self.tier.value


@dataclass(frozen=True)
class Configuration:
    """The content of ``unisono.toml``.

    Attributes
    ----------
    path : Path
    models : tuple of Requirement
    jobs : int or None
    baseline : Path
    baseline_required : bool
        Whether the file names the baseline, so that it must be there.
    report : Path
    """

    path: Path
    models: tuple[Requirement, ...]
    jobs: int | None = None
    baseline: Path = Path(BASELINE)
    baseline_required: bool = False
    report: Path = Path(REPORT)

    def only(self, names: Sequence[str]) -> tuple[Requirement, ...]:
        """The models of these names; all where none is given.

        Raises
        ------
        ConfigurationError
            If a name is unknown.
        """
        known = {requirement.name: requirement for requirement in self.models}
        for name in names:
            if name not in known:
                raise ConfigurationError(
                    f"{self.path} has no model '{name}'.", _nearest(name, known) or f"It has: {', '.join(known)}."
                )
        return tuple(d for d in self.models if not names or d.name in names)


def read(path: str | Path = FILE) -> Configuration:
    """Read a configuration and check all of it.

    Raises
    ------
    ConfigurationError
        With the file and the key, and what to do.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"Configuration '{path}' not found.", "'unisono init SCRIPT' writes one for a PyNN script."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.", "It must be a TOML file.") from error
    reader = _Reader(path)
    _check_names(reader, "", content, ("gate", "model"))
    gate = content.get("gate", {})
    if not isinstance(gate, dict):
        raise reader.error("", "gate", "must be a table.", "Write [gate] on its own line.")
    reader.check("[gate]", gate, GATE)
    entries = content.get("model", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise reader.error("", "model", "must be a list of tables.", "Write [[model]] before each model.")
    if not entries:
        raise ConfigurationError(f"{path} has no model.", "Give at least one [[model]].")
    models = tuple(reader.requirement(gate, entry, number) for number, entry in enumerate(entries, 1))
    _check_unique(path, [requirement.name for requirement in models])
    folder = path.parent
    return Configuration(
        path,
        models,
        gate.get("jobs"),
        folder / gate.get("baseline", BASELINE),
        "baseline" in gate,
        folder / gate.get("report", REPORT),
    )


def plan_of(model: str, path: Path | None = None) -> Plan | None:
    """The plan of a model: of that configuration, or of :data:`FILE` if it is there and has one.

    Parameters
    ----------
    model : str
        A library model, a file, or the name of a ``[[model]]``.
    path : Path, optional

    Raises
    ------
    ConfigurationError
        If the configuration cannot be read, or a named one has no plan of that model.
    """
    if path is None and not Path(FILE).is_file():
        return None
    configuration = read(path or FILE)
    named = [r for r in configuration.models if model in (r.name, r.source.model) or _same(model, r.source.model)]
    found = next((r.plan for r in named if r.plan is not None), None)
    if found is None and path is not None:
        raise ConfigurationError(f"{path} has no plan of '{model}'.", "Give its [[model]] a table [model.plan].")
    return found


def _same(a: str, b: str) -> bool:
    return Path(a).exists() and Path(b).exists() and Path(a).samefile(b)


class _Reader:
    """Checks the tables of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def error(self, table: str, key: str, problem: str, remedy: str = "") -> ConfigurationError:
        """An error at a key of a table."""
        place = f"{self.path}, {table}" if table else str(self.path)
        return ConfigurationError(f"{place}: '{key}' {problem}", remedy)

    def check(self, table: str, values: Mapping[str, Any], keys: Mapping[str, Key]) -> None:
        """Check that all keys are known and their values are of the right kind."""
        _check_names(self, table, values, keys)
        for name, value in values.items():
            if not KINDS[keys[name].kind](value):
                kind, meaning = keys[name].kind, keys[name].meaning
                raise self.error(table, name, f"must be a {kind}, not {value!r}.", f"It is: {meaning}.")

    def requirement(self, gate: Mapping[str, Any], entry: Mapping[str, Any], number: int) -> Requirement:
        """One ``[[model]]`` with what ``[gate]`` says for all."""
        table = f"[[model]] {number}"
        self.check(table, entry, MODEL)
        if "model" not in entry:
            raise self.error(table, "model", "is missing.", f"It is: {MODEL['model'].meaning}.")
        name = entry.get("name", Path(entry["model"]).stem)
        table = f"{table} ('{name}')"
        values = {key: gate[key] for key in SHARED if key in gate} | dict(entry)
        tier = self.tier(table, values.get("tier", Level.IDENTICAL.value))
        numerics = values.get("numerics", "matched")
        self.choice(table, "numerics", numerics, NUMERICS)
        for key, tiers in BELONGS.items():
            if key in entry and tier not in tiers:
                belongs = " or ".join(f"'{t}'" for t in tiers)
                raise self.error(table, key, f"applies to the tier {belongs} only; the tier is '{tier}'.", "Remove it.")
        simulators, optional = self.simulators(table, values, tier)
        return Requirement(
            name,
            self.source(table, entry, simulators, tier),
            simulators,
            optional,
            tier,
            float(values.get("until", 0.0)),
            values.get("traces"),
            values.get("runs"),
            values.get("pilot"),
            values.get("first_seed", 1),
            float(values.get("transient", TRANSIENT)),
            Settings(numerics),
            values.get("time_limit"),
            linting_from(values, lambda key, value, choices: self.choice(table, key, value, choices)),
            self.plan(table, entry),
        )

    def plan(self, table: str, entry: Mapping[str, Any]) -> Plan | None:
        """The plan of a model."""
        if "plan" not in entry:
            return None
        self.check(f"{table} plan", entry["plan"], PLAN)
        return plan_from(entry["plan"], lambda key, text, remedy: self.error(f"{table} plan", key, text, remedy))

    def tier(self, table: str, word: str) -> Level:
        """The tier of a word, which an earlier version may have written."""
        level = next((level for level in REQUIRABLE if level == FORMER.get(word, word)), None)
        if level is None:
            raise self.unknown(table, "tier", word, REQUIRABLE)
        return level

    def unknown(self, table: str, key: str, value: str, choices: Sequence[str]) -> ConfigurationError:
        """The error of a value that is not among the choices."""
        listed = f"Choose one of: {', '.join(choices)}."
        return ConfigurationError(f"{self.path}, {table}: unknown {key} '{value}'.", _nearest(value, choices) or listed)

    def choice(self, table: str, key: str, value: str, choices: Sequence[str]) -> None:
        """Check that a value is one of some."""
        if value not in choices:
            raise self.unknown(table, key, value, choices)

    def simulators(self, table: str, values: Mapping[str, Any], tier: Level) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Simulators that must be there, and optional ones."""
        required = tuple(dict.fromkeys(values.get("simulators", ())))
        optional = tuple(dict.fromkeys(values.get("optional", ())))
        for key, names in (("simulators", required), ("optional", optional)):
            for name in names:
                if name not in registry.names():
                    listed = f"Choose one of: {', '.join(registry.names())}."
                    hint = _nearest(name, registry.names())
                    raise self.error(table, key, f"names the unknown simulator '{name}'.", f"{hint} {listed}".strip())
        if both := [name for name in required if name in optional]:
            raise self.error(table, "optional", f"names '{both[0]}', which is in 'simulators' too.", "Remove one.")
        fewest, word = (1, "one") if tier is Level.CONVERGED else (2, "two")
        if len(required) + len(optional) < fewest:
            choices = ", ".join(registry.names())
            raise self.error(table, "simulators", f"must name at least {word}.", f"Choose from: {choices}.")
        return required, optional

    def source(self, table: str, entry: Mapping[str, Any], simulators: Sequence[str], tier: Level) -> ModelSource:
        """Where the network comes from."""
        from unisono.models.library import LIBRARY

        model, options, args = entry["model"], dict(entry.get("options", {})), tuple(entry.get("args", ()))
        first, number = simulators[0] if simulators else DEFAULT_SIMULATORS[0], entry.get("network")
        if number is not None and not model.endswith(".py"):
            raise self.error(table, "network", "applies to scripts only.", "Remove it.")
        if model in LIBRARY:
            if args:
                raise self.error(table, "args", "applies to scripts only; this is a library model.", "Use 'options'.")
            try:
                LIBRARY[model].options.read(options)
            except UnisonoError as error:
                remedy = error.remedy or "'unisono models' lists them."
                raise self.error(table, "options", f"cannot be used: {error.message}", remedy) from error
            return ModelSource(model, options, (), first)
        path = self.path.parent / model
        if path.suffix not in (".py", ".h5") or not path.is_file():
            hint = _nearest(model, LIBRARY) or f"Choose one of: {', '.join(LIBRARY)}."
            raise self.error(table, "model", f"is '{model}': neither a library model nor a file ('{path}').", hint)
        if options:
            raise self.error(table, "options", "applies to library models only.", "Scripts take 'args'.")
        if path.suffix == ".h5" and args:
            raise self.error(table, "args", "applies to scripts only; this is a network file.", "Remove it.")
        if tier is Level.EQUIVALENT and not any("{seed}" in argument for argument in args):
            raise self.error(
                table,
                "tier",
                "is 'equivalent', which needs many seeds, but the script takes none.",
                'Let the script read its seed from its arguments: args = ["{seed}"].',
            )
        return ModelSource(str(path), {}, args, first, number)


def _check_names(reader: _Reader, table: str, values: Mapping[str, Any], known: Names) -> None:
    for name in values:
        if name not in known:
            hint = _nearest(name, known) or f"Choose one of: {', '.join(known)}."
            raise reader.error(table, name, "is not a known key.", hint)


def _check_unique(path: Path, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: two models have the name '{name}'.", "Give each a different 'name'.")


def _nearest(name: str, known: Names) -> str:
    near = nearest(name, known)
    return f"Did you mean '{near}'?" if near else ""
