"""Progress of the functions of `import unisono`: bars in terminals and notebooks, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from unisono.adapters.runtime.executor import Listener, silent

if TYPE_CHECKING:
    from rich.console import Console

    from unisono.validation.ensembles.ensemble import Listener as RowListener

Announce = Callable[[str], None]


def console_for(progress: bool | None) -> Console | None:
    """Where progress is shown: a notebook, or standard error; None where it is not.

    Parameters
    ----------
    progress : bool or None
        None: in a terminal or a notebook only. True: elsewhere, too, in plain lines.
    """
    if progress is False or (progress is None and not (in_notebook() or sys.stderr.isatty())):
        return None
    from rich.console import Console

    from unisono.bars import NotebookConsole

    return NotebookConsole() if in_notebook() else Console(stderr=True, soft_wrap=True)


def in_notebook() -> bool:
    """Whether this runs in a kernel of Jupyter."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


def runs_shown(progress: bool | None, simulators: Sequence[str]) -> AbstractContextManager[Listener]:
    """A bar for each simulator while it runs.

    Parameters
    ----------
    progress : bool or None
        See :func:`console_for`.
    simulators : sequence of str
        Names, without their settings.
    """
    console = console_for(progress)
    if console is None:
        return nullcontext(silent)
    from unisono.display import progress as bars

    return bars(console, simulators)


@contextmanager
def steps_shown(progress: bool | None) -> Iterator[Announce]:
    """A line that says what is done now, and goes away in the end; plain lines where it cannot be renewed."""
    console = console_for(progress)
    if console is None:
        yield lambda text: None
        return
    if not console.is_terminal:
        yield lambda text: console.print(text, markup=False, highlight=False)
        return
    from rich.markup import escape
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    from unisono.bars import Bars

    with Bars(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    ) as bars:
        task = bars.add_task("comparing", total=None)
        yield lambda text: bars.update(task, description=escape(text))


def rows_shown(progress: bool | None) -> AbstractContextManager[tuple[RowListener, Announce]]:
    """A bar for the runs of a table, and a printer of lines."""
    console = console_for(progress)
    if console is None:
        return nullcontext((lambda row, done, total: None, lambda text: None))
    from unisono.display import study_progress

    return study_progress(console)
