"""JUnit XML: a test case for every pair of simulators."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from unisono.validation.agreement import Agreement

#: Characters that XML cannot hold, as a simulator's log may have them.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(agreement: Agreement) -> str:
    """The comparison as JUnit XML; a pair with a run that failed is an error."""
    name = _FORBIDDEN.sub("", agreement.runs.network.label)
    pairs = {(pair.a, pair.b): pair for pair in agreement.pairs}
    cases, failures, errors = [], 0, 0
    for a, b in combinations(agreement.runs, 2):
        case = ElementTree.Element("testcase", classname=f"unisono.{name}", name=f"{a} and {b}")
        pair = pairs.get((a, b))
        if pair is None:
            errors += 1
            failed = next(n for n in (a, b) if n in agreement.failed)
            message = _FORBIDDEN.sub("", f"{failed}: {agreement.runs[failed].error or 'no result'}")
            ElementTree.SubElement(case, "error", message=message).text = message
        elif not pair.agrees:
            failures += 1
            ElementTree.SubElement(case, "failure", message=pair.verdict).text = _FORBIDDEN.sub("", pair.reason)
        else:
            ElementTree.SubElement(case, "system-out").text = _FORBIDDEN.sub("", f"{pair.verdict}. {pair.reason}")
        cases.append(case)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    suites = ElementTree.Element("testsuites", counts)
    ElementTree.SubElement(suites, "testsuite", {"name": f"unisono {name}", **counts}).extend(cases)
    ElementTree.indent(suites)
    text: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"
