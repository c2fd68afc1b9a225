"""JUnit XML: a test case for every pair of simulators."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from unisono.validation.verdict import Outcome

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement

#: Characters that XML cannot hold, as a simulator's log may have them.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(agreement: Agreement) -> str:
    """The comparison as JUnit XML; a pair with a run that failed is an error."""
    name = agreement.runs.network.label
    pairs = {(pair.a, pair.b): pair for pair in agreement.pairs}
    cases = []
    for a, b in combinations(agreement.runs, 2):
        pair = pairs.get((a, b))
        title, group = f"{a} and {b}", f"unisono.{name}"
        if pair is None:
            failed = next(n for n in (a, b) if n in agreement.failed)
            cases.append(case(title, group, error=f"{failed}: {agreement.runs[failed].error or 'no result'}"))
        else:
            parted = next((d for d in agreement.divergences if {d.a, d.b} == {a, b}), None)
            if parted is not None:
                cases.append(case(f"{title}, closed loop", group, failure="the loops diverge", details=parted.text))
            verdict = pair.verdict
            message = f"{verdict.headline}: {verdict.cause}" if verdict.cause else verdict.headline
            cases.append(of_outcome(title, group, verdict.outcome, message, verdict.text))
    return document([suite(f"unisono {name}", cases)])


def of_outcome(name: str, group: str, outcome: Outcome, message: str, details: str) -> TestCase:
    """A test case that passes, fails, or is in error, as an outcome says; one that passes has no ``message``."""
    if outcome is Outcome.AGREE:
        return case(name, group, details=details)
    failure, error = (message if outcome.junit == result else "" for result in ("failure", "error"))
    return case(name, group, failure=failure, error=error, details=details)


def case(
    name: str, group: str, *, failure: str = "", error: str = "", details: str = "", seconds: float | None = None
) -> TestCase:
    """A test case: passed, failed (they disagree) or in error (undecided).

    Parameters
    ----------
    name, group : str
        Of the case and of what it belongs to (``classname``).
    failure, error : str
        The message; at most one of them.
    details : str
        What there is to say beyond it.
    seconds : float, optional
        How long it took.
    """
    found = TestCase(clean(name), clean(group), seconds)
    if failure or error:
        result = Failure(clean(failure)) if failure else Error(clean(error))
        result.text = clean(details or failure or error)
        found.result = [result]
    elif details:
        found.system_out = clean(details)
    return found


def suite(name: str, cases: Iterable[TestCase]) -> TestSuite:
    """Cases that belong together."""
    found = TestSuite(clean(name))
    for one in cases:
        found.add_testcase(one)
    return found


def document(suites: Iterable[TestSuite]) -> str:
    """The XML, counts included, indented."""
    xml = JUnitXml()
    for one in suites:
        xml.add_testsuite(one)
    xml.update_statistics()  # type: ignore[no-untyped-call]
    # junitparser writes with lxml where that is installed; read anew, the text is the same with and without.
    content: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(content)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"


def clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("", text)
