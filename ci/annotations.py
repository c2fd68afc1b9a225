"""What a check says as annotations of GitHub Actions, each at a file and a line."""

from __future__ import annotations

import re
from pathlib import Path

from unisono.ci.answer import Answer
from unisono.ci.result import Gate, ModelResult
from unisono.ci.story import story
from unisono.validation.report.lint import command, file_of
from unisono.validation.verdict import Outcome

#: Where a text names a line: of a script, of TOML, and an entry of the configuration with a key.
_SCRIPT, _TOML = re.compile(r"^(\S+\.py), line (\d+)"), re.compile(r"at line (\d+)")
_ENTRY, _KEY = re.compile(r"\[\[model\]\] (\d+)"), re.compile(r": '(\w+)' |unknown (\w+) '")


def of_gate(gate: Gate) -> str:
    """A workflow command for each model that is not met; findings of lint among them."""
    lines = []
    for number, model in enumerate(gate.models, 1):
        if model.lint:
            lines.append(model.lint.annotations)
        if model.answer is Answer.MET:
            continue
        told = story(model, gate)
        text = f"{told.line}\nNext: {told.next_step}" if told.next_step else told.line
        file, line = _place(model, gate.path, number, told.line)
        kind = "warning" if model.answer is Answer.CANNOT_TELL and not model.error and not model.problems else "error"
        lines.append(command(kind, text, file=file, line=str(line), title=f"{model.name}: {model.answer}"))
    return "".join(lines)


def of_error(text: str, configuration: Path) -> str:
    """A workflow command for a check that could not begin."""
    line = 1
    if found := _TOML.search(text):
        line = int(found[1])
    elif str(configuration) in text:
        entry, key = _ENTRY.search(text), _KEY.search(text)
        name = (key[1] or key[2]) if key else ""
        line = line_in(configuration, int(entry[1]) if entry else 0, name)
    return command("error", text, file=_relative(configuration), line=str(line), title="Unisono: cannot tell")


def line_in(configuration: Path, entry: int, key: str = "") -> int:
    """The line of a key in a configuration.

    Parameters
    ----------
    configuration : Path
    entry : int
        Number of the ``[[model]]``, from 1 on; 0 for ``[gate]`` and what is above it.
    key : str
        Empty for the table itself, which is also the answer where the key is not found.
    """
    try:
        lines = configuration.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 1
    found, current = 1, 0
    for number, line in enumerate(lines, 1):
        if line.strip().startswith("[[model]]"):
            current += 1
            found = number if current == entry else found
        elif current == entry and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
    return found


def _place(model: ModelResult, configuration: Path, number: int, text: str) -> tuple[str, int]:
    """File and line that a result is about: a script's, else those of its entry in the configuration."""
    script = file_of(model.requirement.source.model)
    if found := _SCRIPT.match(text):
        beside = Path(model.requirement.source.model).parent / found[1]
        return (file_of(str(beside)) or script), int(found[2])
    if model.problems and model.tier_status is Outcome.OPEN:
        entry = line_in(configuration, number, "simulators")
        return _relative(configuration), entry if entry != line_in(configuration, number) else line_in(
            configuration, 0, "simulators"
        )
    return (script, 1) if script.endswith(".py") else (_relative(configuration), line_in(configuration, number))


def _relative(path: Path) -> str:
    here = Path.cwd()
    return (path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path).as_posix()
