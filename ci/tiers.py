"""The tiers of agreement in their order, and what it takes to meet one."""

from __future__ import annotations

from typing import Final

IDENTICAL: Final = "identical"
UNTIL: Final = "identical until t*"
CONVERGED: Final = "converged"
EQUIVALENT: Final = "equivalent"
DIFFERENT: Final = "different"
CANNOT_TELL: Final = "cannot tell"

#: Strongest first. A demand is met by the tier itself and by every stronger one.
ORDER: Final = (IDENTICAL, UNTIL, CONVERGED, EQUIVALENT, DIFFERENT)

#: What a configuration can demand.
DEMANDS: Final = ORDER[:-1]

#: Exit statuses: they agree, they disagree, it could not be told.
AGREE, DISAGREE, OPEN = 0, 1, 2

#: In words.
SAYING: Final = {AGREE: "met", DISAGREE: "not met", OPEN: "could not tell"}


def at_least(tier: str, demanded: str) -> bool:
    """Whether a tier that holds is as strong as the demanded one."""
    return tier in ORDER and ORDER.index(tier) <= ORDER.index(demanded)


def weakest(tiers: list[str]) -> str:
    """The weakest of some tiers; ``cannot tell`` where one is, or where there is none."""
    if DIFFERENT in tiers:
        return DIFFERENT
    if not tiers or CANNOT_TELL in tiers:
        return CANNOT_TELL
    return max(tiers, key=ORDER.index)


def worst(statuses: list[int]) -> int:
    """One exit status for several: a disagreement counts more than what could not be told."""
    return DISAGREE if DISAGREE in statuses else OPEN if OPEN in statuses else AGREE
