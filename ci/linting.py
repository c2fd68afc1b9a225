"""What `unisono.toml` asks of `unisono lint`, and the findings of a check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unisono.models.network import Network
from unisono.validation.lint import RULES, LintReport, Severity, lint


@dataclass(frozen=True)
class Linting:
    """What is asked for.

    Attributes
    ----------
    severity : Severity
        Findings of this severity and above fail the model.
    ignore : tuple of str
        Rules to leave out.
    """

    severity: Severity
    ignore: tuple[str, ...] = ()

    def of(self, network: Network, model: str) -> LintReport:
        """The findings on a network."""
        return lint(network, model, self.ignore)


def linting_from(values: Mapping[str, Any], choice: Callable[[str, str, Sequence[str]], None]) -> Linting | None:
    """What the keys ``lint`` and ``lint_ignore`` ask for; None where the former is not given.

    Parameters
    ----------
    values : mapping
        Of the keys.
    choice : callable
        Takes a key, a value and the choices, and raises a ConfigurationError where it is none of them.
    """
    ignored = tuple(values.get("lint_ignore", ()))
    for name in ignored:
        choice("lint_ignore", name, tuple(RULES))
    if "lint" not in values:
        return None
    choice("lint", values["lint"], tuple(Severity))
    return Linting(Severity(values["lint"]), ignored)
