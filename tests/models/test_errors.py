"""Named errors: cause and remedy, also on the other side of a process border."""

from __future__ import annotations

import pickle

import pytest

from unisono.models import errors
from unisono.models.errors import ModelError, NotReady, UnisonoError, UnknownName

NAMED = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, UnisonoError)]


def test_the_text_is_the_cause_and_the_remedy():
    error = UnisonoError("It broke.", "Replace it.")
    assert (str(error), error.message, error.remedy) == ("It broke. Replace it.", "It broke.", "Replace it.")
    assert str(UnisonoError("It broke.")) == "It broke."
    assert str(UnisonoError("A place:\n    ^\n", "Replace it.")) == "A place:\n    ^\nReplace it."
    assert str(UnisonoError("A place:\n    ^\n")) == "A place:\n    ^"


@pytest.mark.parametrize("kind", NAMED)
def test_it_survives_pickling(kind):
    copy = pickle.loads(pickle.dumps(kind("a", "b")))
    assert type(copy) is kind and (copy.message, copy.remedy) == ("a", "b")
    assert kind.__doc__


def test_families():
    assert issubclass(ModelError, ValueError) and issubclass(UnknownName, ValueError)
    assert {e.__name__ for e in NAMED if issubclass(e, NotReady)} == {
        "NotReady",
        "SimulatorNotInstalled",
        "SourceNotFound",
        "CompilerNotFound",
        "CudaNotFound",
        "GpuNotFound",
    }
