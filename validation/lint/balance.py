"""Inhibition against excitation: the mean of the recurrent input, and the relative strength g."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: Inhibition over excitation beyond which the excitatory synapses hardly matter.
SHUT = 10.0


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The mean recurrent input of each population with both kinds of synapses."""
    for index in sorted(subject.loops):
        recurrent = subject.recurrent_into(index)
        if not all(p.model.is_static for p in recurrent):
            continue  # what arrives is up to the rates and the rule
        exc = [p for p in recurrent if subject.sign(p) > 0 and subject.lift(p) > 0]
        inh = [p for p in recurrent if subject.sign(p) < 0 and subject.lift(p) < 0]
        if not exc or not inh:
            continue
        up, down = subject.volley(exc), -subject.volley(inh)
        k_exc, k_inh = subject.all_inputs(exc), subject.all_inputs(inh)
        g = (down / k_inh) / (up / k_exc)
        evidence = (
            f"At equal rates a cell gets {up:.3g} mV from {k_exc:.4g} excitatory and -{down:.3g} mV from {k_inh:.4g} "
            f"inhibitory synapses: g = {g:.2f}; balance is at g = {k_exc / k_inh:.2f}."
        )
        label = subject.network.populations[index].label
        if down < up:
            yield rule.finding(
                Severity.WARNING,
                "Excitation exceeds inhibition in the mean recurrent input.",
                evidence,
                "Expect synchronous firing or high rates. For asynchronous irregular activity, raise the inhibitory "
                "weights above balance.",
                label,
            )
        elif down > SHUT * up:
            yield rule.finding(
                Severity.NOTE,
                f"Inhibition exceeds excitation more than {SHUT:g} times in the mean recurrent input.",
                evidence,
                "Check the inhibitory weights: excitatory synapses hardly matter here.",
                label,
            )


RULE = Rule(
    "balance",
    "Inhibition exceeds excitation in the mean recurrent input where activity is to be irregular.",
    "Brunel (2000), J Comput Neurosci 8:183-208, fig. 2 (g = 4 with four excitatory cells an inhibitory one); "
    "van Vreeswijk & Sompolinsky (1996), Science 274:1724-1726",
    _check,
)
