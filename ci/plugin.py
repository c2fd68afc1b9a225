"""A pytest plugin: tests that ask whether simulators agree on a model.

::

    @pytest.mark.simulators("nest", "neuron", optional=["brian2"])
    def test_my_network(agreement):
        agreement.assert_identical("my_network.py")

Installed with Unisono (entry point ``pytest11``). Nothing is imported before a test asks for the fixture, so that
pytest starts as fast as without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from unisono.adapters.runtime.results import Runs
    from unisono.models.network import Network
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.compare.pair import Pair

#: Tested on where a test has no mark.
SIMULATORS = ("nest", "brian2", "neuron")

#: What the report of a failed test shows is kept here.
_SHOWN = pytest.StashKey[list[str]]()


class NotTested(UserWarning):
    """An optional simulator is not installed, and the test goes on without it."""


def pytest_configure(config: pytest.Config) -> None:
    """Announce the mark."""
    config.addinivalue_line(
        "markers",
        "simulators(*names, optional=(), time_limit=None): simulators that the fixture 'agreement' runs models on; "
        "a named one that is not installed fails the test, an optional one is left out.",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what was compared, with the first differences, below a failed test."""
    report = yield
    shown = item.stash.get(_SHOWN, [])
    if report.failed and shown:
        report.sections.append(("agreement of simulators", "\n".join(shown)))
    return report


@pytest.fixture
def agreement(request: pytest.FixtureRequest) -> Comparer:
    """Run a model on the test's simulators and compare; see :class:`Comparer`."""
    mark = request.node.get_closest_marker("simulators")
    names, options = (mark.args, dict(mark.kwargs)) if mark else (SIMULATORS, {})
    optional = options.pop("optional", ())
    time_limit = options.pop("time_limit", None)
    if options:
        _fail(f"pytest.mark.simulators does not take '{min(options)}'; it takes names, optional= and time_limit=.")
    chosen = _installed(tuple(names), optional)
    shown = request.node.stash.setdefault(_SHOWN, [])
    return Comparer(chosen, time_limit, request.path.parent, shown)


class Comparer:
    """Runs models on simulators and compares them.

    Parameters
    ----------
    simulators : tuple of str
    time_limit : float or None
        Seconds that a run may take.
    folder : Path
        Of the test: scripts and network files are looked for there if they are not in the working folder.
    shown : list of str
        Gets what the report of a failed test shows.
    """

    def __init__(self, simulators: tuple[str, ...], time_limit: float | None, folder: Path, shown: list[str]) -> None:
        self.simulators = simulators
        self._time_limit, self._folder, self._shown = time_limit, folder, shown

    def __call__(
        self,
        model: str | Path | Network | Runs,
        *,
        args: Sequence[str] = (),
        numerics: str = "matched",
        transient: float = 500.0,
        **options: Any,
    ) -> Agreement:
        """Compare the runs of a model on all simulators.

        Parameters
        ----------
        model : str, Path, Network or Runs
            A library model, a PyNN script (``.py``), a network file (``.h5``), a network, or finished runs.
        args : sequence of str
            Arguments of a script.
        numerics : str
            ``matched``, ``native`` or ``euler``.
        transient : float
            Cut before the statistics, ms.
        **options
            Options of a library model.

        Returns
        -------
        Agreement
            With ``verdict``, ``pairs``, ``statistics`` and ``runs``.
        """
        from unisono.models.errors import UnisonoError

        __tracebackhide__ = True
        try:
            found = self._compared(model, args, numerics, transient, options)
        except UnisonoError as error:
            _fail(str(error))
        self._shown += _told(found)
        return found

    def assert_identical(self, model: str | Path | Network | Runs, **options: Any) -> Agreement:
        """Fail with the first difference unless every spike lies in the same step on all simulators.

        ``options`` are those of a call.
        """
        __tracebackhide__ = True
        found = self(model, **options)
        self._judge(found, lambda pair: pair.verdict.level == "identical", "identical")
        return found

    def assert_identical_until(self, until: float, model: str | Path | Network | Runs, **options: Any) -> Agreement:
        """Fail unless all spikes are identical up to ``until`` ms, and what follows is a tie at the threshold.

        ``options`` are those of a call.
        """
        __tracebackhide__ = True
        found = self(model, **options)

        def good(pair: Pair) -> bool:
            return pair.agrees and (pair.first_difference is None or pair.identical_until_ms >= until)

        self._judge(found, good, f"identical until {until:g} ms")
        return found

    def _judge(self, found: Agreement, good: Callable[[Pair], bool], required: str) -> None:
        __tracebackhide__ = True
        if found.pairs and not found.failed and all(map(good, found.pairs)):
            return
        lines = [f"{found.runs.network.label} is not {required} on {', '.join(found.runs)}."]
        self._shown.clear()  # the message has it all
        _fail("\n".join([*lines, *_told(found)]))

    def _compared(
        self, model: Any, args: Sequence[str], numerics: str, transient: float, options: dict[str, Any]
    ) -> Agreement:
        from unisono.adapters.contract import Settings
        from unisono.adapters.runtime.executor import Executor
        from unisono.adapters.runtime.loading import ModelSource
        from unisono.adapters.runtime.results import Runs
        from unisono.models.network import Network
        from unisono.validation.workflow import Workflow

        workflow, settings = Workflow(Executor(time_limit=self._time_limit)), Settings(numerics)
        if isinstance(model, Runs):
            return workflow.compare(model, transient)
        if not isinstance(model, Network):
            number, place = options.pop("number", None), str(self._place(model))
            source = ModelSource(place, options, tuple(args), self.simulators[0], number)
            model = source.network(settings, workflow.executor)
        return workflow.compare(workflow.run(model, self.simulators, settings, to_compare=True), transient)

    def _place(self, model: str | Path) -> str | Path:
        beside = self._folder / model
        return beside if not Path(model).exists() and beside.is_file() else model


def _told(found: Agreement) -> list[str]:
    """A line for every pair, and for every run that failed."""
    lines = [f"{pair.title}: {pair.verdict.text}" for pair in found.pairs]
    return lines + [f"{name} failed: {found.runs[name].error}" for name in found.failed]


def _installed(names: Sequence[str], optional: str | Sequence[str]) -> tuple[str, ...]:
    """The simulators to test on; fails the test where one is missing, skips it where fewer than two are left."""
    from unisono.adapters import registry
    from unisono.adapters.contract import Settings
    from unisono.adapters.contract.settings import names_of
    from unisono.adapters.runtime.executor import Executor
    from unisono.models.errors import NotReady, UnknownName

    __tracebackhide__ = True
    chosen, missing = [], []
    required = names_of(names)
    for name in dict.fromkeys((*required, *names_of(optional))):
        try:
            Executor().check_machine(registry.get(Settings().named(name)[0]))
            chosen.append(name)
        except UnknownName as error:
            _fail(str(error))
        except NotReady as error:
            if name in required:
                _fail(str(error))
            missing.append(str(error))
    if len(chosen) < 2:
        if not missing:
            _fail("It takes two simulators to compare; name them: @pytest.mark.simulators('nest', 'neuron').")
        pytest.skip(" ".join(missing))
    for text in missing:
        warnings.warn(NotTested(f"Not tested: {text}"), stacklevel=2)
    return tuple(chosen)


def _fail(message: str) -> Any:
    """Fail the test with a message alone: what went wrong is in the model, not in this code."""
    pytest.fail(message, pytrace=False)
