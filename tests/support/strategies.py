"""Hypothesis strategies: small networks with every kind of part, and values as networks consist of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from synapse_models import PAIR_STDP

from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Modulator,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    SynapseRequest,
    Trial,
)

#: Names of parameters that a walk over paths could take for something else.
AWKWARD = ("drive_label", "label", "definition", "names", "n", "length", "x0")

#: A cell of the network's own, with those names.
AWKWARD_CELL = CellModel(
    "Awkward",
    {"tau": Parameter(10.0, "ms"), **{name: Parameter(0.0, "nA") for name in AWKWARD}},
    f"dv/dt = -v/tau + ({' + '.join(AWKWARD)} + i_inj)*MOhm/tau : mV",
    {"excitatory": Receptor("v")},
    threshold="v >= 15*mV",
    reset="v = 0*mV",
    refractory="",
)

numbers = st.floats(-1e6, 1e6)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def arrays(size: int, low: float = -1e6, high: float = 1e6) -> st.SearchStrategy[Any]:
    """One number, or one an element."""
    shapes = st.sampled_from([(), (size,)])
    return shapes.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=st.floats(low, high)))


def steps(size: int, low: int = 1) -> st.SearchStrategy[Any]:
    """Numbers of steps."""
    return hnp.arrays(np.int32, size, elements=st.integers(low, 1000), unique=True)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A network that has every kind of part: none of its tuples, mappings and arrays is empty."""
    cells = draw(st.integers(2, 4))
    synapses = draw(st.integers(1, 4))
    parameters = {name: draw(arrays(cells)) for name in AWKWARD}
    members = st.lists(st.integers(0, cells - 1), min_size=1, max_size=cells, unique=True)
    chosen = np.array(sorted(draw(members)))
    changes = (
        Change("parameter", 1, draw(st.sampled_from(AWKWARD)), draw(arrays(chosen.size)), chosen),
        Change("synapse", 0, "weight", draw(arrays(synapses, 0))),
        Change("synapse", 1, "A_minus", draw(arrays(synapses))),
        Change("state", 1, "v", draw(numbers.map(np.float64))),
    )
    times = np.sort(draw(steps(3, 0)))
    return Network(
        draw(st.floats(0.01, 1.0)),
        (
            Population(draw(texts), "SpikeSourcePoisson", 2, {"rate": draw(arrays(2, 0))}),
            Population(
                draw(texts),
                "Awkward",
                cells,
                parameters,
                {"v": draw(arrays(cells))},
                draw(hnp.arrays(np.float64, (cells, 3), elements=numbers)),
                AWKWARD_CELL.to_text(),
            ),
        ),
        (
            Projection(
                draw(texts),
                0,
                1,
                draw(hnp.arrays(np.uint32, synapses, elements=st.integers(0, 1))),
                draw(hnp.arrays(np.uint32, synapses, elements=st.integers(0, cells - 1))),
                draw(arrays(synapses)),
                draw(steps(synapses)),
            ),
            Projection(
                draw(texts),
                1,
                1,
                np.zeros(synapses, np.uint32),
                np.zeros(synapses, np.uint32),
                synapse="PairSTDP",
                definition=replace(PAIR_STDP, on_modulator="weight = weight/2").to_text(),
                parameters={"A_plus": draw(arrays(synapses))},
                initial={"weight": draw(arrays(synapses))},
                axonal=draw(steps(synapses, 0)),
                dendritic=draw(steps(synapses)),
                modulators=(Modulator(0, draw(st.integers(1, 9))),),
            ),
        ),
        (SpikeInput(0, np.array([0, 1, 0]), times, draw(hnp.arrays(np.uint16, 3, elements=st.integers(1, 9)))),),
        (CurrentInput(1, chosen, times, draw(hnp.arrays(np.float64, 3, elements=numbers))),),
        (RecordingRequest(1, "v", chosen, draw(st.integers(1, 9))),),
        (Trial((Epoch(draw(st.integers(1, 99)), changes), Epoch(2))), Trial((Epoch(3),))),
        draw(st.integers(0, 2**31)),
        draw(texts),
        (SynapseRequest(1, "weight", draw(st.integers(1, 9))),),
    )


_NAMES = ["a", "b", "a/b", "a/", "names", "n", "0", "label", "", "."]

#: Anything that a dataclass of a network may hold, with names and nestings that are easily mistaken for each other.
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(allow_nan=False)
    | texts
    | hnp.arrays(st.sampled_from([np.float64, np.int32, np.uint16]), st.sampled_from([(), (1,), (2,), (0,), (2, 1)])),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3),
    max_leaves=6,
)
