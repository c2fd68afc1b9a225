"""Inhibition against excitation: what of the recurrent excitation inhibition cancels, and the relative strength g."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from unisono.validation.lint.findings import Finding, Severity
from unisono.validation.lint.rule import Rule
from unisono.validation.lint.subject import Subject

#: Inhibition over excitation beyond which the excitatory synapses hardly matter.
SHUT = 10.0

#: Part of the feedback by excitation that inhibition may leave: no drawn network is balanced to the last mV.
LEFT = 0.05


def _check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The recurrent input of each population, and whether the populations together amplify their own activity."""
    # what arrives through other synapses is up to the rates and the rule
    static = [i for i in sorted(subject.loops) if all(p.model.is_static for p in subject.recurrent_into(i))]
    up, down = _volleys(subject, static, 1), -_volleys(subject, static, -1)
    amplifies = down.any() and _feedback(up - down) > LEFT * _feedback(up)
    for row, index in enumerate(static):
        label = subject.network.populations[index].label
        excited, inhibited = float(up[row].sum()), float(down[row].sum())
        if amplifies and inhibited < excited:
            yield rule.finding(
                Severity.WARNING,
                "Excitation exceeds inhibition in the mean recurrent input.",
                _evidence(subject, index, excited, inhibited),
                "Expect synchronous firing or high rates. For asynchronous irregular activity, raise the inhibitory "
                "weights above balance.",
                label,
            )
        elif inhibited > SHUT * excited > 0:
            yield rule.finding(
                Severity.NOTE,
                f"Inhibition exceeds excitation more than {SHUT:g} times in the mean recurrent input.",
                _evidence(subject, index, excited, inhibited),
                "Check the inhibitory weights: excitatory synapses hardly matter here.",
                label,
            )


def _volleys(subject: Subject, indices: list[int], sign: int) -> NDArray[np.float64]:
    """What a spike of every cell of each population adds to the cells of each, mV, shape (targets, sources)."""
    found = np.zeros((len(indices), len(indices)))
    for row, index in enumerate(indices):
        for projection in subject.recurrent_into(index):
            if projection.pre_population in indices and subject.sign(projection) == sign:
                found[row, indices.index(projection.pre_population)] += subject.volley([projection])
    return found


def _feedback(volleys: NDArray[np.float64]) -> float:
    """How much activity comes back, mV: the largest real part of an eigenvalue."""
    return float(np.linalg.eigvals(volleys).real.max(initial=0.0)) if volleys.size else 0.0


def _evidence(subject: Subject, index: int, excited: float, inhibited: float) -> str:
    recurrent = subject.recurrent_into(index)
    k_exc = subject.all_inputs(p for p in recurrent if subject.sign(p) > 0)
    k_inh = subject.all_inputs(p for p in recurrent if subject.sign(p) < 0)
    said = f"At equal rates a cell gets {excited:.3g} mV from {k_exc:.4g} excitatory "
    if not k_inh or not inhibited:
        return f"{said}synapses and nothing from inhibitory ones."
    g = (inhibited / k_inh) / (excited / k_exc)
    return (
        f"{said}and -{inhibited:.3g} mV from {k_inh:.4g} inhibitory synapses: g = {g:.2f}; balance is at "
        f"g = {k_exc / k_inh:.2f}."
    )


RULE = Rule(
    "balance",
    "Inhibition cancels recurrent excitation where activity is to be irregular.",
    "Brunel (2000), J Comput Neurosci 8:183-208, fig. 2 (g = 4 with four excitatory cells an inhibitory one); "
    "van Vreeswijk & Sompolinsky (1996), Science 274:1724-1726",
    _check,
)
