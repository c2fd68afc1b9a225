"""What a simulator can do, checked in the parent before anything starts."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.models.cards import brief


@dataclass(frozen=True)
class Capabilities:
    """What a simulator can do; checked in the parent before anything starts.

    Attributes
    ----------
    cells : frozenset of str, optional
        Cell models, where not all are possible; spike sources always are.
    changes : frozenset of str
        Kinds of changes between runs: ``parameter``, ``state``, ``synapse``.
    threads : bool
        Whether more than one thread can be used.
    needs_compiler, needs_make : bool
        Whether a C or C++ compiler, and ``make``, must be installed.
    numerics : frozenset of str
        What of :data:`NUMERICS` it has.
    single_precision : bool
        Whether it can compute in single precision.
    needs_cuda : bool
        Whether it runs on an NVIDIA GPU.
    live : bool
        Whether a script can drive it: it takes inputs, changes and recordings while it runs, and gives data in between.
    synapses : frozenset of str
        What may change a synapse (:attr:`unisono.models.synapses.SynapseModel.changed_by`). Static ones always are
        possible.
    watches : bool
        Whether it looks at its own cells where they modulate synapses; else it is stopped for that
        (:class:`~unisono.adapters.contract.watched.Watched`).
    """

    cells: frozenset[str] | None = None
    changes: frozenset[str] = frozenset({"parameter", "state", "synapse"})
    threads: bool = True
    needs_compiler: bool = False
    needs_make: bool = False
    numerics: frozenset[str] = frozenset({"matched", "native"})
    single_precision: bool = False
    needs_cuda: bool = False
    live: bool = False
    synapses: frozenset[str] = frozenset()
    watches: bool = False

    __repr__ = brief
