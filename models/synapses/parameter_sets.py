"""Parameters of short-term plasticity that have a name in the literature."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Of ``TsodyksMarkramSynapse``, by what responses do. At 20 Hz those of ``facilitating`` grow up to the third spike,
#: to 1.95 times the first, then the supply runs out: from the eighth on they are below it. Tsodyks & Markram (1997),
#: PNAS 94:719 (depressing); Markram, Wang & Tsodyks (1998), PNAS 95:5323 (facilitating).
SHORT_TERM_SETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "depressing": {"U": 0.5, "tau_rec": 800.0, "tau_facil": 0.0},
        "facilitating": {"U": 0.1, "tau_rec": 800.0, "tau_facil": 1000.0},
    }
)
