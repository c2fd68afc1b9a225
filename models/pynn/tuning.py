"""Calls by which scripts tune one simulator: they have no effect on a network, and do nothing here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unisono.models.pynn.simulator import simulator

#: Calls of backend modules: how sPyNNaker and BrainScaleS place a network on their hardware.
_CALLS = frozenset(
    (
        *("set_allow_delay_extensions", "add_database_socket_address", "add_database_socket_addresses"),
        *("set_placement", "set_hicann_constraint"),
    )
)
_BEGINNINGS = ("set_number_of_",)

#: Methods of populations, of the same kind.
POPULATION_CALLS = frozenset(
    (
        *("set_constraint", "add_placement_constraint", "set_mapping_constraint", "set_max_atoms_per_core"),
        *("set_max_atoms_per_dimension_per_core", "set_model_based_max_atoms_per_core"),
    )
)


def is_call(name: str) -> bool:
    """Whether a name of a backend module is such a call."""
    return name in _CALLS or name.startswith(_BEGINNINGS)


def ignored(name: str) -> Callable[..., None]:
    """A function that does nothing, and says so once."""

    def nothing(*_: Any, **__: Any) -> None:
        simulator.session.warn(f"{name}() has no effect: it tunes one simulator only.")

    return nothing
