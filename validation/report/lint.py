"""Findings of `unisono lint` for machines: SARIF for code scanning, workflow commands for GitHub Actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from unisono.adapters.runtime.versions import unisono_version
from unisono.validation.lint.findings import Finding, LintReport, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

#: What each severity is called in a workflow command.
NAMES = {Severity.NOTE: "notice", Severity.WARNING: "warning", Severity.ERROR: "error"}


def sarif(*reports: LintReport) -> str:
    """The findings as SARIF 2.1.0: a run for each report, a result for each finding.

    A result is shown at the file of the model, where it has one.
    """
    runs = [_run(report) for report in reports]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, indent=1, ensure_ascii=False) + "\n"


def _run(report: LintReport) -> dict[str, Any]:
    names = list(report.rules)
    rules = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.says},
            "help": {"text": f"{rule.says} Source: {rule.source}."},
        }
        for rule in report.rules.values()
    ]
    results = [
        _result(finding, names.index(finding.rule), report.model, network.label)
        for network in report.networks
        for finding in network.findings
    ]
    driver = {"name": "Unisono", "version": unisono_version(), "rules": rules}
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"unisono lint/{report.model}"},
        "results": results,
    }


def _result(finding: Finding, number: int, model: str, network: str) -> dict[str, Any]:
    """One result; its place in the file is the first line, since a network does not know the lines of its script."""
    location: dict[str, Any] = {"logicalLocations": [{"name": place} for place in finding.places or (network,)]}
    if file := file_of(model):
        location["physicalLocation"] = {"artifactLocation": {"uri": file}, "region": {"startLine": 1}}
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.severity.value,
        "message": {"text": f"{finding.text} Source: {finding.source}."},
        "locations": [location],
    }


def commands(report: LintReport) -> str:
    """A workflow command of GitHub Actions for each finding."""
    file = file_of(report.model)
    return "".join(
        command(NAMES[finding.severity], finding.text, file=file, title=f"unisono lint: {finding.rule}")
        for finding in report.findings
    )


def command(kind: str, text: str, **properties: str) -> str:
    """A workflow command of GitHub Actions, with all signs escaped that would end it or begin another.

    Parameters
    ----------
    kind : str
        ``notice``, ``warning`` or ``error``.
    text : str
    properties : str
        ``file``, ``line``, ``title``; empty ones are left out.
    """
    given = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items() if value)
    return f"::{kind} {given}::{_escaped(text)}\n"


def file_of(model: str) -> str:
    """The path of a model that is a file, relative to the working folder where it lies below it; empty for others."""
    path = Path(model)
    if path.suffix not in (".py", ".h5"):
        return ""
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _escaped(text: str, more: str = "") -> str:
    """Text as a workflow command takes it: signs that would end it as their hexadecimal codes."""
    return "".join(f"%{ord(sign):02X}" if sign in "%\r\n" + more else sign for sign in text)
