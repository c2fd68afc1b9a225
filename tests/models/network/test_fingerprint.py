"""The fingerprint: every field of every part changes it, labels do not, nothing collides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import driven, recurrent
from strategies import AWKWARD, AWKWARD_CELL, networks, values

from unisono.models.network import Network, Population
from unisono.models.network.fingerprint import LABEL, fingerprint

#: The way to a value: names of fields and of entries of mappings, and numbers of items.
Way = tuple[Any, ...]


@dataclass(frozen=True)
class Holder:
    value: Any
    label: str = field(default="", metadata=LABEL)


def ways(value: Any, above: Way = ()) -> Iterator[Way]:
    """The ways to all leaves."""
    if is_dataclass(value):
        for item in fields(value):
            yield from ways(getattr(value, item.name), (*above, item.name))
    elif isinstance(value, Mapping):
        for name in value:
            yield from ways(value[name], (*above, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from ways(item, (*above, index))
    else:
        yield above


def changed(value: Any, way: Way, change: Any) -> Any:
    """A copy with the leaf at the end of the way changed, without the checks of the constructors."""
    if not way:
        return change(value)
    first, rest = way[0], way[1:]
    if is_dataclass(value):
        result = copy(value)
        object.__setattr__(result, first, changed(getattr(value, first), rest, change))
        result.__dict__.pop("fingerprint", None)
        return result
    if isinstance(value, Mapping):
        return {name: changed(entry, rest, change) if name == first else entry for name, entry in value.items()}
    return tuple(changed(entry, rest, change) if index == first else entry for index, entry in enumerate(value))


def another(leaf: Any) -> Any:
    """Something else of the same kind; of an array its last element, by as little as possible."""
    if isinstance(leaf, np.ndarray):
        array = leaf.copy()
        flat = array.reshape(-1)
        if flat.size:
            flat[-1] = np.nextafter(flat[-1], np.inf) if array.dtype.kind == "f" else flat[-1] + 1
            return flat.reshape(leaf.shape)
        return np.ones(1, leaf.dtype)
    if isinstance(leaf, str):
        return leaf + "x"
    if isinstance(leaf, float):
        return float(np.nextafter(leaf, np.inf))
    return 1 if leaf is None else leaf + 1


def parts(value: Any) -> set[type]:
    found = {type(value)} if is_dataclass(value) else set()
    inner: Any = ()
    if is_dataclass(value):
        inner = [getattr(value, item.name) for item in fields(value)]
    elif isinstance(value, Mapping):
        inner = value.values()
    elif isinstance(value, tuple):
        inner = value
    return found.union(*(parts(entry) for entry in inner))


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same, types, shapes and bits included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    return a == b and (not isinstance(a, float) or np.signbit(a) == np.signbit(b))


@given(networks(), st.data())
def test_a_change_of_any_field_of_any_part_changes_it(network, data):
    way = data.draw(st.sampled_from([way for way in ways(network) if way[-1] != "label"]))
    other = changed(network, way, another)
    assert fingerprint(other) != fingerprint(network)


def test_every_field_counts_but_the_labels():
    network = recurrent("IF_cond_exp")
    for way in ways(network):
        other = changed(network, way, another)
        assert (fingerprint(other) == network.fingerprint) == (way[-1] == "label"), way


@given(networks())
def test_the_networks_of_these_tests_have_every_part(network):
    from unisono.models.network import elements, projections, schedule

    modules = (elements, projections, schedule)
    found = {entry for module in modules for entry in vars(module).values() if is_dataclass(entry)}
    assert parts(network) == {Network} | {part for part in found if "models.network." in part.__module__}


@given(networks(), st.text())
def test_labels_do_not_count(network, label):
    other = replace(
        network,
        label=label,
        populations=tuple(replace(p, label=label) for p in network.populations),
        projections=tuple(replace(p, label=label) for p in network.projections),
    )
    assert other.fingerprint == network.fingerprint


@given(values, values)
def test_only_equal_values_have_equal_fingerprints(a, b):
    assert (fingerprint(Holder(a)) == fingerprint(Holder(b))) == same(a, b)


@given(values)
def test_equal_values_have_equal_fingerprints(value):
    assert fingerprint(Holder(value)) == fingerprint(Holder(changed(value, (), copy)))


@pytest.mark.parametrize("name", AWKWARD)
def test_no_name_of_a_parameter_escapes_it(name):
    # a walk that went by the ends of paths gave 'drive_label' no weight, and the second network the first one's spikes
    definition = AWKWARD_CELL.to_text()
    one, other = (
        Network(0.1, (Population("a", "Awkward", 2, {name: np.float64(value)}, definition=definition),))
        for value in (0.0, 1.0)
    )
    assert one.fingerprint != other.fingerprint


def test_what_is_the_same_number_is_the_same_content():
    assert Network(1, driven().populations).fingerprint == Network(1.0, driven().populations).fingerprint
    assert fingerprint(Holder(np.int64(3))) == fingerprint(Holder(3))
    assert fingerprint(Holder(np.float64(3))) == fingerprint(Holder(3.0)) != fingerprint(Holder(3))


def test_big_endian_arrays_have_the_fingerprint_of_little_endian_ones():
    assert fingerprint(Holder(np.arange(3, dtype=">f8"))) == fingerprint(Holder(np.arange(3, dtype="<f8")))


def test_what_no_network_holds_is_refused():
    with pytest.raises(TypeError, match="a set has no fingerprint"):
        fingerprint(Holder({1}))


def test_it_is_the_same_for_good():
    # A pinned value: it changes only together with fingerprint.FORMAT.
    assert (
        driven(steps=3, spikes=(1, 2)).fingerprint == "016a1f9d0590ae0b9146c9e2ac54e73d74ac62109859e45d0607e23e999ad3c0"
    )
