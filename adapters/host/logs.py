"""Logs of programs that failed."""

from __future__ import annotations

#: How many of a log's last lines an error quotes.
QUOTED_LINES = 15


def quoted(log: str) -> str:
    """The end of a log, for an error."""
    lines = [line for line in log.splitlines() if line.strip()][-QUOTED_LINES:]
    return "Its log ends with:\n" + "\n".join(f"  | {line}" for line in lines) if lines else "Its log is empty."
