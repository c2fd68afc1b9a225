"""A Sphinx extension: the reference of all commands, made of the command line itself when the pages are built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from unisono.commands.catalogue import CATALOGUE, Entry
from unisono.commands.group import loaded

#: Where the reference is written, for docs/commands.md to include.
PLACE = Path(__file__).parent / "generated" / "commands.md"


def reference() -> str:
    """Every command: what it does, its arguments, its options by group, examples; as Markdown."""
    return "\n".join(line for entry in CATALOGUE for line in _command(entry))


def _command(entry: Entry) -> Iterator[str]:
    command: Any = loaded(entry.name)
    context = typer.Context(command, info_name=f"unisono {entry.name}")
    yield from (f"### unisono {entry.name}", "", "```text", " ".join(command.get_usage(context).split()[1:]), "```", "")
    yield from (_escaped(" ".join((command.help or entry.summary).split())), "")
    groups: dict[str, list[str]] = {}
    for parameter in command.params:
        name = getattr(parameter, "rich_help_panel", None) or ("Options" if _is_option(parameter) else "Arguments")
        groups.setdefault(name, []).append(_row(parameter, context))
    for name, rows in groups.items():
        yield from (f"| {name} | | default |", "|---|---|---|", *rows, "")
    if entry.examples:
        yield from ("```text", *entry.examples, "```", "")


def _is_option(parameter: Any) -> bool:
    return str(parameter.param_type_name) == "option"


def _row(parameter: Any, context: typer.Context) -> str:
    flag = getattr(parameter, "is_flag", False)
    value = "" if flag or not _is_option(parameter) else parameter.metavar or "VALUE"
    names = ", ".join(parameter.opts) if _is_option(parameter) else parameter.metavar or parameter.name
    default = parameter.get_default(context)
    shown = "" if flag or default is None or not _is_option(parameter) else f"`{getattr(default, 'value', default)}`"
    variable = f" (`{parameter.envvar}`)" if getattr(parameter, "envvar", None) else ""
    return f"| `{_piped(f'{names} {value}'.strip())}` | {_escaped(parameter.help or '')}{variable} | {shown} |"


def _piped(text: str) -> str:
    return text.replace("|", r"\|")


def _escaped(text: str) -> str:
    """A text of the help in Markdown."""
    return _piped(text).replace("*", r"\*").replace("{", r"\{").replace("<", r"\<")


def setup(app: Any) -> dict[str, Any]:
    """Write the reference before Sphinx reads the pages."""

    def write(_: Any) -> None:
        PLACE.parent.mkdir(exist_ok=True)
        PLACE.write_text(reference() + "\n", encoding="utf-8")

    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
