"""A description as Markdown and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from unisono.models.dynamics.expressions import parse_expression
from unisono.validation.description.description import SOURCE, Description
from unisono.validation.description.elements import FOR_THE_AUTHOR, Formula, Formulas, Point, Section, Table
from unisono.validation.description.mathematics import LATEX, Notation, formula, symbol
from unisono.validation.description.plan import Plan
from unisono.validation.description.values import sign_of_unit


def in_notation(line: Formula, notation: Notation) -> str:
    """A line of a model as mathematics."""
    right = formula(parse_expression(line.right, comparison=line.kind == "condition"), notation)
    if line.kind == "condition":
        return right
    left = symbol(line.left, notation)
    if line.kind == "derivative":
        state = notation.row(notation.symbol("d", ""), left)
        left = notation.fraction(state, notation.row(notation.symbol("d", ""), notation.symbol("t", "")))
    if line.sign in ("+=", "-=", "*=", "/="):
        added = right if line.sign == "+=" else notation.row(notation.sign("("), right, notation.sign(")"))
        right = notation.row(symbol(line.left, notation), notation.sign(line.sign[0]), added)
    return notation.row(left, notation.sign("=" if line.sign == "=" else "<-"), right)


def words_of(line: Formula) -> str:
    """Unit of a line, and when it holds."""
    unit = "" if line.unit == "receptor" else sign_of_unit(line.unit)
    return ", ".join(filter(None, (unit, line.note)))


def planned(plan: Plan) -> list[tuple[str, str]]:
    """What an author said, as names and texts."""
    entries = [("Question", plan.question), ("Method's reason", plan.reason)]
    entries += [("Assumption", text) for text in plan.assumptions]
    return [entry for entry in [*entries, ("Expected outcome", plan.outcome)] if entry[1]]


def markdown(description: Description) -> str:
    """All of it as Markdown, formulas between dollar signs."""
    lines = [f"# {_md(description.label)}", "", _md(description.methods), ""]
    if description.plan is not None:
        lines += ["## Plan", ""]
        lines += [f"- **{name}**: {_md(text)}" for name, text in planned(description.plan)]
        lines += [f"- {_md(one.text)}" for one in description.judged]
        lines.append("")
    for section in description.sections:
        lines += [f"## {_md(section.title)}", "", *([_md(section.note), ""] if section.note else [])]
        for part in section.parts:
            lines += _md_table(part) if isinstance(part, Table) else _md_formulas(part)
    lines += ["## Checklist", ""]
    for number, point in enumerate(description.points, 1):
        lines.append(f"{number}. **{point.title}.** {_md(point.text)}{_md(_open(point))}")
    return "\n".join([*lines, "", f"Tables and checklist after {SOURCE}.", ""])


def _open(point: Point) -> str:
    return "".join(f" [{FOR_THE_AUTHOR}: {text}]" for text in point.open)


def _md(text: str) -> str:
    return re.sub(r"([\\`*_<>#|$\[\]])", r"\\\1", text)


def _md_table(table: Table) -> list[str]:
    columns = table.columns or ("", "")
    rows = [columns, ("---",) * len(columns), *table.rows]
    lines = ["| " + " | ".join(cell if cell == "---" else _md(cell) for cell in row) + " |" for row in rows]
    return [f"**{_md(table.title)}**", "", *lines, ""]


def _md_formulas(formulas: Formulas) -> list[str]:
    lines = [f"- ${in_notation(line, LATEX)}$ {_md(_brackets(words_of(line)))}".rstrip() for line in formulas.lines]
    return [f"**{_md(formulas.title)}**", "", *lines, ""]


def _brackets(text: str) -> str:
    return f"({text})" if text else ""


#: Columns of a table that fits on a page; one with more becomes a table a row.
WIDEST = 6

_PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp,amsmath,longtable,array}
\usepackage[margin=20mm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\begin{document}
"""

#: Characters that LaTeX reads otherwise, or that its fonts have under another name.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "µ": r"\textmu{}",
    "²": r"\textsuperscript{2}",
    "±": r"\textpm{}",
    "·": r"\textperiodcentered{}",
    "°": r"\textdegree{}",
    "→": r"$\rightarrow$",
    "–": "--",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
}


def latex(description: Description) -> str:
    """All of it as a LaTeX document."""
    body = [rf"\section*{{{_tex(description.label)}}}", _tex(description.methods), ""]
    if description.plan is not None:
        entries = [rf"\textbf{{{name}.}} {_tex(text)}" for name, text in planned(description.plan)]
        body += [
            r"\subsection*{Plan}",
            *_listed("itemize", [*entries, *(_tex(one.text) for one in description.judged)]),
        ]
    for section in description.sections:
        body += _tex_section(section)
    points = [rf"\textbf{{{_tex(p.title)}.}} {_tex(p.text)}\emph{{{_tex(_open(p))}}}" for p in description.points]
    body += [r"\subsection*{Checklist}", *_listed("enumerate", points)]
    return _PREAMBLE + "\n".join([*body, f"Tables and checklist after {_tex(SOURCE)}.", r"\end{document}", ""])


def _tex(text: str) -> str:
    """Text for LaTeX; a character that no font of an ordinary installation has becomes its number."""
    return "".join(_TEX.get(c, c if ord(c) < 0x180 else f"[U+{ord(c):04X}]") for c in text)


def _listed(environment: str, entries: Iterable[str]) -> list[str]:
    lines = [rf"\item {entry}" for entry in entries]
    return [rf"\begin{{{environment}}}", *lines, rf"\end{{{environment}}}"] if lines else []


def _tex_section(section: Section) -> list[str]:
    lines = [rf"\subsection*{{{_tex(section.title)}}}", _tex(section.note)]
    writers: dict[type, Callable[..., list[str]]] = {Table: _tex_table, Formulas: _tex_formulas}
    for part in section.parts:
        lines += ["", rf"\textbf{{{_tex(part.title)}}}", "", *writers[type(part)](part)]
    return lines


def _tex_table(table: Table) -> list[str]:
    """A table over the whole width, which may go over pages; columns as wide as what they hold."""
    if len(table.columns) > WIDEST:
        upright = (Table(row[0], (), tuple(zip(table.columns, row, strict=True))) for row in table.rows)
        return [line for one in upright for line in _tex_table(one)]
    columns = table.columns or ("", "")
    longest = [max(6, *(min(36, len(row[i])) for row in (columns, *table.rows))) for i in range(len(columns))]
    widths = [length / sum(longest) * (0.98 - 0.025 * len(columns)) for length in longest]
    shape = "".join(rf">{{\raggedright\arraybackslash}}p{{{width:.3f}\linewidth}}" for width in widths)
    head = [" & ".join(rf"\textbf{{{_tex(c)}}}" for c in columns) + r" \\ \hline \endhead"] if table.columns else []
    rows = [" & ".join(map(_tex, row)) + r" \\" for row in table.rows]
    return [r"{\footnotesize", rf"\begin{{longtable}}{{{shape}}} \hline", *head, *rows, r"\hline \end{longtable}}"]


def _tex_formulas(formulas: Formulas) -> list[str]:
    lines = [rf"&{in_notation(line, LATEX)} && \text{{{_tex(words_of(line))}}}" for line in formulas.lines]
    return [r"{\footnotesize", r"\begin{flalign*}", " \\\\\n".join(lines), r"&&", r"\end{flalign*}}"] if lines else []
