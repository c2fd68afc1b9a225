"""The hypotheses about a difference, in the order in which they are tried: the cheap and the likely ones first."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from unisono.validation.diagnose import (
    circuit_alone,
    connections,
    known_faults,
    lost_spikes,
    measured_faults,
    one_synapse,
    other_faults,
    other_numerics,
    own_numerics,
    plasticity,
    several_faults,
    shifted_spike_times,
)
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion


class Hypothesis(Protocol):
    """What each file of a hypothesis offers: a function that tests it."""

    def __call__(self, suspicion: Suspicion) -> Cause | None:
        """Test the hypothesis.

        Parameters
        ----------
        suspicion : Suspicion
            Runs, baseline, first difference, executor; what other hypotheses have tried before.

        Returns
        -------
        Cause or None
            What explains the difference, as far as it was checked; None where the hypothesis does not, or where it
            cannot be tested.

        Raises
        ------
        BudgetSpent
            From the executor, when the time of the search is spent: it is not to be caught.
        """


class Listed(NamedTuple):
    """A hypothesis and what it says, for the progress of the search."""

    says: str
    test: Hypothesis


HYPOTHESES = (
    Listed("the recording lost spikes", lost_spikes.explain),
    Listed("spike times follow another convention", shifted_spike_times.explain),
    Listed("it has the faults that it is known to have", known_faults.explain),
    Listed("it was run with other numerics", other_numerics.explain),
    Listed("a fault that the test circuit measures", measured_faults.explain),
    Listed("connections are missing", connections.explain),
    Listed("spikes change its synapses by another rule", plasticity.explain),
    Listed("one synapse is missing or too many", one_synapse.explain),
    Listed("it computes with its own method", own_numerics.explain),
    Listed("one of all other faults", other_faults.explain),
    Listed("several faults at once", several_faults.explain),
    Listed("what the test circuit shows without a proof", circuit_alone.explain),
)
