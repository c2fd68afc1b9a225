"""How long a network runs, and what of it is transient."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: ms: cut before statistics; asynchronous activity after it; spectra.
TRANSIENT, ASYNCHRONOUS, SPECTRA = 500.0, 1000.0, 2000.0

#: ms: as a duration this is shorter than the transient of anything, and likely in seconds.
SECONDS = 20.0


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The longest run of a recurrent network."""
    duration = subject.longest
    if not subject.is_network or duration >= TRANSIENT + ASYNCHRONOUS:
        return
    if duration <= SECONDS:
        yield rule.finding(
            Severity.WARNING,
            f"The network runs for {duration:g} ms.",
            f"That is about a membrane time constant. Times are in ms: {duration:g} s are run({duration * 1000:g}).",
            f"Run for {TRANSIENT + ASYNCHRONOUS:g} ms or longer.",
        )
        return
    left = max(duration - TRANSIENT, 0.0)
    sampled = any(r.variable == "spikes" for r in subject.network.recordings)
    said = "Spikes are recorded from 0 ms on, the transient included. " if sampled else ""
    yield rule.finding(
        Severity.NOTE,
        f"The run of {duration:g} ms is short for statistics of network activity.",
        f"{said}After a transient of {TRANSIENT:g} ms, {left:g} ms are left: rates and CVs of asynchronous activity "
        f"need 1 to 5 s, spectra {SPECTRA / 1000:g} to 10 s. A cell at 5 Hz has {left * 5e-3:.2g} spikes in it.",
        f"Run for {TRANSIENT + ASYNCHRONOUS:g} ms or longer, and cut the first {TRANSIENT:g} ms.",
    )


RULE = Rule(
    "duration",
    "A network runs for 1 to 5 s after a transient of 500 ms, for 2 to 10 s where spectra are asked for.",
    "Nawrot et al. (2008), J Neurosci Methods 169:374-390 (a CV needs a window of many intervals); Welch (1967), IEEE "
    "Trans Audio Electroacoust 15:70-73 (resolution of a spectrum)",
    _check,
)
