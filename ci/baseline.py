"""The baseline: what the models of a repository gave when someone last looked and said yes.

A committed file of plain figures, the same bytes for the same figures. A check compares its findings with it;
it only ever changes by ``--update-baseline``, which says what changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

from unisono.adapters.registry import title
from unisono.models.errors import ConfigurationError
from unisono.models.files import written_whole
from unisono.models.words import listed
from unisono.validation.verdict import Level, Outcome, worst

#: Version of the file's layout.
FORMAT = 1

#: Digits of a statistic that are kept. Libraries and processors differ in the last of sixteen.
DIGITS = 9

#: Figures further apart than this, relative to the larger, have changed; above what is lost by rounding to DIGITS.
TOLERANCE = 1e-8

#: Times further apart than this have changed, ms; far below any time step.
TIME_TOLERANCE = 1e-6

#: Former entries that are kept of a model.
HISTORY = 50

#: What a changed entry keeps of the former one.
KEPT = ("tier", "until_ms", "fingerprint", "spikes", "versions", "because")


@dataclass(frozen=True)
class Entry:
    """What is kept of one model.

    Attributes
    ----------
    tier : Level
    until_ms : float or None
    fingerprint : str
        Of the network.
    pairs : mapping of str to (Level, float or None)
        Tier of every pair, and the time up to which it is identical, ms.
    spikes : mapping of simulator to int
    statistics : mapping of simulator to mapping of str to float or None
        By statistic and population.
    versions : mapping of str to str
    because : str
        Why it was made the baseline.
    history : tuple of mapping
        Former entries in short, the oldest first.
    """

    tier: Level
    until_ms: float | None
    fingerprint: str
    pairs: Mapping[str, tuple[Level, float | None]]
    spikes: Mapping[str, int | None]
    statistics: Mapping[str, Mapping[str, float | None]]
    versions: Mapping[str, str]
    because: str = ""
    history: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(
        cls,
        tier: Level,
        until_ms: float | None,
        fingerprint: str,
        pairs: Mapping[str, tuple[Level, float | None]],
        spikes: Mapping[str, int | None],
        statistics: Mapping[str, Mapping[str, float | None]],
        versions: Mapping[str, str],
    ) -> Entry:
        """An entry with its figures rounded."""
        return cls(
            tier,
            _rounded(until_ms),
            fingerprint,
            {name: (level, _rounded(until)) for name, (level, until) in pairs.items()},
            spikes,
            {side: {name: _rounded(value) for name, value in of.items()} for side, of in statistics.items()},
            versions,
        )

    @property
    def content(self) -> dict[str, Any]:
        """All but the history, as plain data."""
        data = {name: value for name, value in vars(self).items() if name != "history"}
        data["pairs"] = {name: {"tier": tier, "until_ms": until} for name, (tier, until) in self.pairs.items()}
        return data

    def after(self, former: Entry | None, because: str) -> Entry:
        """This entry in the place of a former one, which goes into the history."""
        if former is None:
            return replace(self, because=because)
        data = former.content
        history = (*former.history, {name: data[name] for name in KEPT if data[name]})
        return replace(self, because=because, history=history[-HISTORY:])


@dataclass(frozen=True)
class BaselineChange:
    """One thing that is not as in the baseline.

    Attributes
    ----------
    what : str
        ``tier``, ``first divergence``, ``fingerprint``, ``spikes``, ``statistic``, ``version``, ``simulator``,
        ``missing``.
    text : str
        In words, with both values.
    status : Outcome
        What it means for the gate.
    name : str
        Of a statistic, or ``spikes``.
    on : tuple of str
        The simulators that it is of.
    before, now : float or None
        Both values; None where they are not defined, or not numbers.
    """

    what: str
    text: str
    status: Outcome
    name: str = ""
    on: tuple[str, ...] = ()
    before: float | None = None
    now: float | None = None

    @property
    def relative(self) -> float | None:
        """The change relative to the value in the baseline; None where that is zero, or one is not defined."""
        return (self.now - self.before) / abs(self.before) if self.now is not None and self.before else None


@dataclass(frozen=True)
class Comparison:
    """A model against its baseline.

    Attributes
    ----------
    changes : tuple of BaselineChange
    history : tuple of mapping
        Former entries and the one compared with, the oldest first.
    updated : bool
        Whether the baseline was changed to what was found, so that changes say what it was before.
    """

    changes: tuple[BaselineChange, ...] = ()
    history: tuple[Mapping[str, Any], ...] = field(default=())
    updated: bool = False

    @property
    def status(self) -> Outcome:
        """The worst of all changes; none of them counts where the baseline was updated."""
        return Outcome.AGREE if self.updated else worst(change.status for change in self.changes)

    @property
    def as_before(self) -> bool:
        """Whether all that both have is the same; versions and simulators apart."""
        return not self.updated and all(change.what in ("version", "simulator") for change in self.changes)

    @property
    def model_changed(self) -> bool:
        """Whether the network is another one than that of the baseline."""
        return not self.updated and any(change.what == "fingerprint" for change in self.changes)

    @property
    def former_spikes(self) -> tuple[int, ...]:
        """The numbers of spikes in the entry compared with, each once."""
        kept: Mapping[str, int | None] = self.history[-1].get("spikes", {}) if self.history else {}
        return tuple(sorted({n for n in kept.values() if n is not None}))

    @property
    def sentence(self) -> str:
        """What counts, in a sentence or two."""
        texts = [change.text for change in self.changes if change.status == self.status]
        more = f" And {len(texts) - 3} more." if len(texts) > 3 else ""
        return " ".join(texts[:3]) + more

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "changes": [vars(change) for change in self.changes],
            "history": [dict(entry) for entry in self.history],
            "updated": self.updated,
        }


def read(path: Path) -> dict[str, Entry]:
    """The entries of a baseline by model.

    Raises
    ------
    ConfigurationError
        If the file cannot be used.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']!r} and not {FORMAT}")
        return {name: _entry(value) for name, value in data["models"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"The baseline '{path}' cannot be used: {type(error).__name__}: {error}.",
            "Restore it from version control, or delete it and write a new one with --update-baseline.",
        ) from error


def write(path: Path, entries: Mapping[str, Entry]) -> None:
    """Write a baseline: sorted, rounded, without a date, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    models = {name: {**entry.content, "history": list(entry.history)} for name, entry in entries.items()}
    text = json.dumps({"format": FORMAT, "models": models}, indent=1, sort_keys=True, allow_nan=False)
    with written_whole(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def compare(found: Entry, kept: Entry) -> Comparison:
    """What is found against what is kept.

    A weaker tier or an earlier first divergence is a disagreement, and so are other spikes or statistics of the *same*
    network: nothing but the simulators can have changed them. Another network (another fingerprint) is a change of the
    model, which someone has to accept; what comes with it is listed and judged by the requirement alone.
    """
    same = found.fingerprint == kept.fingerprint
    changes = [] if same else [_other_network(found, kept)]
    status = Outcome.DISAGREE if same else Outcome.AGREE
    changes += [*_tiers(found, kept, status), *_figures(found, kept, status)]
    for name in sorted({*found.versions, *kept.versions}):
        before, now = kept.versions.get(name), found.versions.get(name)
        if before is None or now is None:
            told = f"{_title(name)} is {'new' if before is None else 'not tested any more'}."
            changes.append(BaselineChange("simulator", told, Outcome.AGREE))
        elif before != now:
            changes.append(BaselineChange("version", f"{_title(name)} was {before} and is {now}.", Outcome.AGREE))
    data = kept.content
    return Comparison(tuple(changes), (*kept.history, {name: data[name] for name in KEPT if data[name]}))


def missing(path: Path, name: str, required: bool) -> Comparison:
    """A model that the baseline does not have."""
    text = f"The baseline '{path}' has no entry for '{name}'; --update-baseline makes one."
    return Comparison((BaselineChange("missing", text, Outcome.OPEN if required else Outcome.AGREE),))


def _title(package: str) -> str:
    return "Unisono" if package == "unisono" else title(package)


def _other_network(found: Entry, kept: Entry) -> BaselineChange:
    text = f"The fingerprint of the network was {kept.fingerprint[:12]} and is {found.fingerprint[:12]}."
    return BaselineChange("fingerprint", text, Outcome.DISAGREE)


def _tiers(found: Entry, kept: Entry, status: Outcome) -> list[BaselineChange]:
    changes = []
    for name in sorted({*found.pairs} & {*kept.pairs}):
        (now, until), (before, before_until) = found.pairs[name], kept.pairs[name]
        if not {now, before}.isdisjoint((Level.CANNOT_TELL, Level.NOT_EXAMINED)):
            continue
        if now != before:
            text = f"{name}: the tier was '{before}' and is '{now}'."
            changes.append(BaselineChange("tier", text, status if now < before else Outcome.AGREE))
        elif now is Level.UNTIL_TIE and until is not None and before_until is not None and _moved(until, before_until):
            text = f"{name}: the first divergence was at {before_until:g} ms and is at {until:g} ms."
            changes.append(BaselineChange("first divergence", text, status if until < before_until else Outcome.AGREE))
    return changes


def _figures(found: Entry, kept: Entry, status: Outcome) -> list[BaselineChange]:
    """Changed spikes and statistics; simulators with the same change share a line."""
    values: dict[tuple[str, float | None, float | None], list[str]] = {}
    for side in sorted({*found.spikes} & {*kept.spikes}):
        if found.spikes[side] != kept.spikes[side]:
            values.setdefault(("spikes", kept.spikes[side], found.spikes[side]), []).append(side)
    for side in sorted({*found.statistics} & {*kept.statistics}):
        now, before = found.statistics[side], kept.statistics[side]
        # A statistic that only one of the two versions of Unisono has says nothing about the model.
        for name in sorted({*now} & {*before}):
            if _differ(now[name], before[name]):
                values.setdefault((name, before[name], now[name]), []).append(side)
    return [_figure(name, before, now, on, status) for (name, before, now), on in values.items()]


def _figure(name: str, before: float | None, now: float | None, on: list[str], status: Outcome) -> BaselineChange:
    what = "spikes" if name == "spikes" else "statistic"
    change = BaselineChange(what, "", status, name, tuple(on), before, now)
    if what == "spikes":
        text = f"{now} spikes, {before} in the baseline."
    else:
        by = f" ({change.relative:+.3%})" if change.relative is not None else ""
        text = f"{name} was {_said(before)} and is {_said(now)}{by}."
    return replace(change, text=f"{listed(map(title, on))}: {text}")


def _moved(time: float, before: float) -> bool:
    return abs(time - before) > TIME_TOLERANCE


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is not b
    return abs(a - b) > TOLERANCE * max(abs(a), abs(b))


def _said(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.6g}"


def _rounded(value: float | None) -> float | None:
    return float(f"{value:.{DIGITS}g}") if value is not None and isfinite(value) else None


def _entry(data: Mapping[str, Any]) -> Entry:
    """An entry of the file; what is not of its kind raises a ValueError or TypeError."""
    return Entry(
        Level.of(data["tier"]),
        _number(data["until_ms"]),
        _text(data["fingerprint"]),
        {name: (Level.of(pair["tier"]), _number(pair["until_ms"])) for name, pair in data["pairs"].items()},
        _counts(data["spikes"]),
        {side: {name: _number(value) for name, value in of.items()} for side, of in data["statistics"].items()},
        _texts(data["versions"]),
        _text(data.get("because", "")),
        tuple(map(_former, _list(data.get("history", [])))),
    )


def _former(data: Mapping[str, Any]) -> dict[str, Any]:
    """A former entry in short."""
    for name, value in data.items():
        if name == "until_ms":
            _number(value)
        elif name in ("spikes", "versions"):
            (_counts if name == "spikes" else _texts)(value)
        else:
            _text(value)
    return dict(data)


def _counts(data: Mapping[str, Any]) -> dict[str, int | None]:
    return {name: _count(value) for name, value in data.items()}


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in data.items()}


def _number(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value)):
        raise ValueError(f"{value!r} is not a number")
    return value


def _count(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value
