"""Random numbers of a script that have no seed: the next start draws others, and gives another network.

Watched are PyNN's ``NumpyRNG`` (also where PyNN makes one because none was given), NumPy's global generator and
``numpy.random.default_rng``, and Python's ``random``. Only a generator that was drawn from counts. Not seen are other
generators (``numpy.random.RandomState()``, ``random.Random()``, ``os.urandom``) and values of the clock. A script that
restores a state without a seed (``numpy.random.set_state``) counts as unseeded.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pyNN.random import NumpyRNG


class Watched:
    """One generator, from when it was seeded or made."""

    def __init__(self, text: str, state: Callable[[], Any]) -> None:
        self.text, self._state = text, state
        self.seeded = False
        self._before = state()

    @property
    def unseeded(self) -> bool:
        """Whether numbers were drawn that no seed determines."""
        return not self.seeded and self._state() != self._before

    def begin(self, seed: Any) -> None:
        """The generator was seeded anew."""
        self.seeded = seed is not None
        self._before = self._state()


class Unseeded:
    """What drew random numbers without a seed while a script ran in a folder."""

    def __init__(self, script: Path) -> None:
        self._folder = script.resolve().parent
        self._found: dict[str, None] = {}
        self._watched: list[Watched] = []
        self._numpy = self._watch("numpy.random without numpy.random.seed()", _numpy_state)
        self._python = self._watch("random without random.seed()", random.getstate)

    def _watch(self, text: str, state: Callable[[], Any]) -> Watched:
        watched = Watched(text, state)
        self._watched.append(watched)
        return watched

    def names(self) -> tuple[str, ...]:
        """What is unseeded, each with the line that made it; empty where the script repeats."""
        for watched in self._watched:
            self._note(watched)
        return tuple(self._found)

    def _note(self, watched: Watched) -> None:
        if watched.unseeded:
            self._found[watched.text] = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the generators within a block."""
        init, copied, default = NumpyRNG.__init__, NumpyRNG.__deepcopy__, np.random.default_rng

        def made(rng: Any, seed: int | None = None, *args: Any, **options: Any) -> None:
            init(rng, seed, *args, **options)
            if rng.seed is None:
                self._watch(f"NumpyRNG without a seed ({self._place()})", partial(_legacy_state, rng.rng))

        def copy(rng: Any, memo: Any) -> Any:
            new = copied(rng, memo)
            if rng.seed is None:
                self._watch(f"NumpyRNG without a seed ({self._place()})", partial(_legacy_state, new.rng))
            return new

        def default_rng(seed: Any = None) -> Any:
            rng = default(seed)
            if seed is None:
                self._watch(f"numpy.random.default_rng() ({self._place()})", lambda: repr(rng.bit_generator.state))
            return rng

        with ExitStack() as stack:
            for target, name, new in (
                (NumpyRNG, "__init__", made),
                (NumpyRNG, "__deepcopy__", copy),
                (np.random, "default_rng", default_rng),
                (np.random, "seed", self._seeding(self._numpy, np.random.seed)),
                (random, "seed", self._seeding(self._python, random.seed)),
            ):
                stack.enter_context(_replaced(target, name, new))
            yield

    def _seeding(self, watched: Watched, seed: Callable[..., None]) -> Callable[..., None]:
        def seeding(a: Any = None, *args: Any, **options: Any) -> None:
            self._note(watched)
            seed(a, *args, **options)
            watched.begin(a)

        return seeding

    def _place(self) -> str:
        """File and line, in the script's folder, that is at work."""
        frame = sys._getframe(1)
        while frame is not None and self._folder not in Path(frame.f_code.co_filename).absolute().parents:
            frame = frame.f_back  # type: ignore[assignment]
        if frame is None:
            return "no line of the script"
        return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"


@contextmanager
def _replaced(target: Any, name: str, new: Any) -> Iterator[None]:
    before = getattr(target, name)
    setattr(target, name, new)
    try:
        yield
    finally:
        setattr(target, name, before)


def _numpy_state() -> Any:
    return _plain(np.random.get_state())


def _legacy_state(rng: np.random.RandomState) -> Any:
    return _plain(rng.get_state())


def _plain(state: Any) -> Any:
    name, key, *rest = state
    return name, key.tobytes(), *rest
