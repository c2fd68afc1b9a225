"""Holding a check against the baseline, and changing the baseline where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unisono.ci import baseline
from unisono.ci.baseline import Comparison, Entry
from unisono.ci.configuration import Configuration
from unisono.ci.result import Gate, ModelResult
from unisono.validation.verdict import Outcome


@dataclass(frozen=True)
class Update:
    """That the baseline is to become what is found.

    Attributes
    ----------
    because : str
        Why, for the history.
    """

    because: str = ""


def recorded(configuration: Configuration) -> dict[str, Entry] | None:
    """The baseline of a configuration; None where there is no file.

    Raises
    ------
    ConfigurationError
        If it cannot be used.
    """
    return baseline.read(configuration.baseline) if configuration.baseline.exists() else None


def compared(gate: Gate, configuration: Configuration, entries: Mapping[str, Entry] | None) -> Gate:
    """The gate, with every model compared with its baseline.

    Where there is no file, and the configuration names none, nothing is asked for.
    """
    if entries is None and not configuration.baseline_required:
        return gate
    models = tuple(replace(model, baseline=_comparison(model, configuration, entries or {})) for model in gate.models)
    return replace(gate, models=models)


def _comparison(model: ModelResult, configuration: Configuration, entries: Mapping[str, Entry]) -> Comparison | None:
    kept, found = entries.get(model.name), model.entry
    if kept is None:
        return baseline.missing(configuration.baseline, model.name, configuration.baseline_required)
    return None if found is None else baseline.compare(found, kept)


def updated(
    gate: Gate, configuration: Configuration, entries: Mapping[str, Entry] | None, update: Update, every: bool
) -> Gate:
    """Write what was found as the baseline, and say what has changed.

    Only a model that meets its requirement goes into the baseline; of the others the former entry stays. The file is
    written only where something in it changes.

    Parameters
    ----------
    gate : Gate
        Not of a self-test.
    configuration : Configuration
    entries : mapping of str to Entry, or None
    update : Update
    every : bool
        Whether all models of the configuration were checked, so that entries of others are dropped.
    """
    before, notes, models = dict(entries or {}), list[str](), []
    after = dict(before)
    for model in gate.models:
        found, kept = model.entry, before.get(model.name)
        comparison = None if found is None or kept is None else baseline.compare(found, kept)
        if found is None or model.tier_status is not Outcome.AGREE:
            notes.append(f"{model.name}: not updated, because it does not meet its requirement.")
        elif kept is None:
            after[model.name] = found.after(None, update.because)
            comparison = Comparison(updated=True)
            notes.append(f"{model.name}: new in the baseline ({model.headline}, fingerprint {found.fingerprint[:12]}).")
        elif comparison is not None and _same(found, kept):
            notes.append(f"{model.name}: as the baseline has it.")
        elif comparison is not None:
            after[model.name] = found.after(kept, update.because)
            comparison = replace(comparison, updated=True)
            notes += [f"{model.name}: {change.text}" for change in comparison.changes]
            if not comparison.changes:
                notes.append(f"{model.name}: figures that the baseline did not have were added.")
        models.append(replace(model, baseline=comparison))
    if every:
        for name in sorted({*before} - {requirement.name for requirement in configuration.models}):
            del after[name]
            notes.append(f"{name}: dropped, as the configuration has no such model.")
    if after != before:
        baseline.write(configuration.baseline, after)
        notes.append(f"The baseline '{configuration.baseline}' was written.")
    else:
        notes.append("The baseline is unchanged.")
    return replace(gate, models=tuple(models), notes=tuple(notes))


def _same(found: Entry, kept: Entry) -> bool:
    """Whether an entry has nothing new: figures within the tolerance are the same."""
    bare = replace(kept, because="", history=())
    return found == bare or (
        not baseline.compare(found, kept).changes
        and {side: {*of} for side, of in found.statistics.items()}
        == {side: {*of} for side, of in kept.statistics.items()}
        and {*found.pairs} == {*kept.pairs}
    )
