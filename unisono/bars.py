"""Rich's progress bars, in terminals and notebooks."""

from __future__ import annotations

from contextvars import copy_context
from threading import Event, Thread
from typing import Any

from rich.console import Console
from rich.progress import Progress

#: Seconds between two states of bars in a notebook.
RENEWED = 0.25


class NotebookConsole(Console):
    """A console whose output goes to a notebook, which shows bars as a terminal does."""

    def __init__(self) -> None:
        super().__init__(force_jupyter=True, width=100)

    @property
    def is_terminal(self) -> bool:
        """Whether bars can be shown."""
        return True


class Bars(Progress):
    """Bars that are renewed in place: in a notebook by IPython's display, so that no widgets are needed."""

    _handle: Any = None

    def start(self) -> None:
        """Show the bars."""
        if not self.console.is_jupyter:
            super().start()
            return
        from IPython.display import display

        self._over = Event()
        self._handle = display(self, display_id=True)  # type: ignore[no-untyped-call]
        # A thread has no cell to write to, unless it runs in the context of the one that started it.
        self._thread = Thread(target=copy_context().run, args=(self._renew,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave the last state, or nothing where the bars are transient."""
        if self._handle is None:
            super().stop()
            return
        self._over.set()
        self._thread.join()
        handle, self._handle = self._handle, None
        if self.live.transient:
            from IPython.display import HTML

            handle.update(HTML(""))  # type: ignore[no-untyped-call]
        else:
            handle.update(self)

    def _renew(self) -> None:
        while not self._over.wait(RENEWED):
            self._handle.update(self)
