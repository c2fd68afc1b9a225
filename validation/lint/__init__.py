"""`unisono lint`: what a modeller would say of a network before it runs, from its arrays alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from unisono.models.network import Network
from unisono.validation.lint.findings import Finding as Finding
from unisono.validation.lint.findings import LintReport as LintReport
from unisono.validation.lint.findings import NetworkFindings as NetworkFindings
from unisono.validation.lint.findings import Severity as Severity
from unisono.validation.lint.findings import merged
from unisono.validation.lint.rules import RULES as RULES
from unisono.validation.lint.subject import Subject


def lint(networks: Network | Sequence[Network], model: str = "", ignore: Collection[str] = ()) -> LintReport:
    """Apply every rule to a network, or to all networks of a script; nothing is simulated.

    Parameters
    ----------
    networks : Network or sequence of Network
    model : str, optional
        Name of the library model, or path of the file that they come from.
    ignore : collection of str
        Rules to leave out.

    Returns
    -------
    LintReport

    Raises
    ------
    UnknownName
        If a rule that is to be left out does not exist.
    """
    every = (networks,) if isinstance(networks, Network) else tuple(networks)
    left_out = {RULES[name].name for name in ignore}
    applied = {name: rule for name, rule in RULES.items() if name not in left_out}
    found = []
    for network in every:
        subject = Subject(network)
        findings = merged(finding for rule in applied.values() for finding in rule.of(subject))
        found.append(NetworkFindings(network.label, network.fingerprint, findings))
    return LintReport(model or every[0].label, tuple(found), applied, tuple(sorted(left_out)))
