"""A first ``unisono.toml`` for a model, with everything that it can say explained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import Loaded, ModelSource, coarse_steps
from unisono.models.errors import NotReady, OutputError, UnisonoError, UnsupportedFeature
from unisono.models.files import written_whole
from unisono.models.network import Network
from unisono.validation.verdict import REQUIRABLE, Level


def start(source: ModelSource, path: Path, simulators: Sequence[str], force: bool = False) -> tuple[Network, ...]:
    """Write a commented configuration for a model: an entry for each network of a script, or for the chosen one.

    Parameters
    ----------
    source : ModelSource
    path : Path
        Of the configuration.
    simulators : sequence of str
        To be tested on; those that are not installed become optional.
    force : bool
        Whether an existing file is overwritten.

    Returns
    -------
    tuple of Network
        Those of the entries.

    Raises
    ------
    OutputError
        If the file exists and ``force`` is not given, or if it cannot be written.
    UnisonoError
        If the model cannot be read, or no simulator can run it.
    """
    if path.exists() and not force:
        raise OutputError(f"'{path}' exists already.", "Add a [[model]] to it, or overwrite it with --force.")
    seeded = any("{seed}" in argument for argument in source.args)
    loaded = source.networks(seed=1) if seeded else source.networks()
    text = template(source, loaded, simulators, path.parent)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return tuple(one.network for one in loaded)


def template(source: ModelSource, loaded: Sequence[Loaded], simulators: Sequence[str], folder: Path) -> str:
    """The text of a configuration for the networks of a model."""
    here, missing, unable = _sorted([one.network for one in loaded], simulators)
    if not here and not missing:
        reasons = " ".join(unable.values())
        raise UnisonoError(f"No simulator can run '{source.label}': {reasons}", "Name others with --on.")
    optional = [f"optional = {_value(missing)}  # tested where they are installed"] if missing else []
    lines = [
        "# What this repository requires of its models: `unisono check` tests it.",
        "# Exit status 0: all requirements are met; 1: one is not; 2: undecided.",
        "",
        "[gate]",
        f"simulators = {_value(here)}  # all of them must be there",
        *(optional or ['# optional = ["brian2"]  # tested where they are installed']),
        *(f"# {name} cannot run the model: {_in_line(reason)}" for name, reason in unable.items()),
        "# time_limit = 600  # seconds that one run may take",
        "# jobs = 2  # simulators that run at once",
        '# lint = "error"  # severity of findings of `unisono lint` that fail a model, too',
        '# baseline = "unisono.baseline.json"  # all models must be in it; `unisono check --update-baseline` writes it',
        '# report = "unisono-report"  # folder of the report',
        *chain.from_iterable(_entry(source, one, folder) for one in loaded),
    ]
    return "\n".join(lines) + "\n"


def _entry(source: ModelSource, loaded: Loaded, folder: Path) -> list[str]:
    """The lines about one network."""
    network = loaded.network
    if loaded.of > 1:
        source = replace(source, number=loaded.number)
    tier, why = suggested_tier(network)
    given = []
    if source.number is not None:
        given.append(f"network = {source.number}  # which of the networks that the script runs")
    if source.options:
        options = ", ".join(f"{name} = {_value(value)}" for name, value in source.options.items())
        given.append(f"options = {{ {options} }}")
    if source.args:
        given.append(f"args = {_value(list(source.args))}")
    if tier is Level.UNTIL_TIE:
        until = f"until = {min(100.0, network.duration):g}  # the earliest first divergence that is good enough, ms"
    else:
        until = f"# until = 100  # for '{Level.UNTIL_TIE}': the earliest first divergence, ms"
    return [
        "",
        *_described(network),
        "[[model]]",
        f"name = {_value(source.label)}",
        f"model = {_value(_relative(source.model, folder))}",
        *given,
        f"# {why}",
        f"# Tiers, the strongest first: {', '.join(REQUIRABLE)}.",
        f"tier = {_value(tier)}",
        until,
        "# traces = 1e-9  # largest difference of recorded variables while all spikes are identical",
        '# numerics = "native"  # each simulator\'s own numerics in place of those they share',
        '# args = ["--seed", "{seed}"]  # for \'equivalent\', if the script reads its seed from there',
        "# runs = 42  # for 'equivalent': seeds a side",
    ]


def suggested_tier(network: Network) -> tuple[Level, str]:
    """A tier for a network, and why."""
    from unisono.adapters.codegen.cell_step import step_program

    cells = {p.cell: p.model for p in network.populations if not p.is_source}
    others = sorted(name for name, model in cells.items() if step_program(model).method != "exact")
    recurrent = any(not network.populations[p.pre_population].is_source and p.size for p in network.projections)
    if not others:
        return Level.IDENTICAL, "All cells are linear: every simulator gives the same spikes in the same steps."
    if not recurrent:
        return Level.IDENTICAL, "No cell receives the spikes of another cell: a difference cannot grow."
    named = ", ".join(others)
    why = "runs can diverge at a tie at the threshold. Often they do not: try 'identical'."
    return Level.UNTIL_TIE, f"Not linear: {named}; {why}"


def _sorted(networks: Sequence[Network], simulators: Sequence[str]) -> tuple[list[str], list[str], dict[str, str]]:
    """Simulators that can run all of them here, that could if they were installed, and that cannot."""
    here, missing, unable = list[str](), list[str](), dict[str, str]()
    for name in simulators:
        try:
            for network in networks:
                Executor().check_ready(registry.get(name), network, Settings())
            here.append(name)
        except UnsupportedFeature as error:
            unable[name] = str(error)
        except NotReady:
            missing.append(name)
    return here, missing, unable


def _described(network: Network) -> list[str]:
    trials = f" in {len(network.trials)} segments" if len(network.trials) > 1 else ""
    lines = [
        f"# {_in_line(network.label)}: {network.duration:g} ms{trials} at a time step of {network.dt:g} ms, "
        f"seed {network.seed}, {network.synapses} synapses; populations:"
    ]
    lines += [f"#   {_in_line(p.label)}: {p.size} {p.cell}" for p in network.populations]
    return lines + [f"# Warning: {warning}" for warning in coarse_steps(network)]


def _in_line(text: str) -> str:
    """A text as a comment of TOML can hold it: in one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _relative(model: str, folder: Path) -> str:
    path = Path(model)
    if not path.is_file():
        return model
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _value(value: object) -> str:
    """A value as TOML: numbers, and texts, whose escapes are those of JSON."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
