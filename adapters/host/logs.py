"""What programs that failed said."""

from __future__ import annotations

#: How many lines an error quotes.
QUOTED_LINES = 15


def quoted(log: str) -> str:
    """The end of a log, for an error."""
    lines = [line for line in log.splitlines() if line.strip()][-QUOTED_LINES:]
    return "Its log ends with:\n" + _indented(lines) if lines else "Its log is empty."


def said(output: str) -> str:
    """What a compiler said, from its first error on, for an error."""
    lines = [line for line in output.splitlines() if line.strip()]
    begin = next((n for n, line in enumerate(lines) if "error" in line.lower()), max(0, len(lines) - QUOTED_LINES))
    lines = lines[begin : begin + QUOTED_LINES]
    return "It said:\n" + _indented(lines) if lines else "It said nothing."


def _indented(lines: list[str]) -> str:
    return "\n".join(f"  | {line}" for line in lines)
