"""What the command line prints: progress while it works, tables of what it did."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress_bar import ProgressBar
from rich.table import Table

from unisono.adapters import registry
from unisono.adapters.runtime.executor import Listener
from unisono.adapters.runtime.results import PHASES, Run, Runs
from unisono.bars import Bars
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.models.pynn.capture import CaptureProgress
    from unisono.validation.convergence.orders import Convergence
    from unisono.validation.ensembles.ensemble import Listener as RowListener
    from unisono.validation.ensembles.equivalence import Equivalence, StatisticTest
    from unisono.validation.ensembles.rows import Row
    from unisono.validation.exploration.current_curve import CurrentCurve
    from unisono.validation.exploration.exploration import Exploration
    from unisono.validation.selftest.detection import Detection, DetectionRate

#: Seconds between two lines on a script's simulation where there is no terminal.
SECONDS_BETWEEN_LINES = 10.0

#: Phases in which a simulator works, and no count says how far it is.
WORKING = ("start", "prepare", "build", "collect")

#: The text of each phase.
SAYING = {
    "start": "starting",
    "prepare": "preparing",
    "ready": "ready to run",
    "build": "building",
    "run": "simulating",
    "collect": "collecting",
    "cached": "taken from the cache",
    "done": "done",
    "failed": "failed",
}


def phase_text(message: Mapping[str, Any]) -> str:
    """What a simulator does now; what compiles shows a count."""
    phase: str = message["phase"]
    total = message.get("total")
    if phase != "prepare" or not total:
        return SAYING.get(phase, phase)
    return "compiling" if total == 1 else f"compiling {min(message['done'] + 1, total)} of {total}"


class WorkBar(BarColumn):
    """A bar that pulses while a simulator works without a measure, and is empty while it waits."""

    def render(self, task: Task) -> ProgressBar:
        """The bar of a task."""
        bar = super().render(task)
        bar.pulse = bool(task.fields["works"])
        return bar


@contextmanager
def progress(console: Console, simulators: Sequence[str], lines: bool = False) -> Iterator[Listener]:
    """Bars on a terminal, plain lines elsewhere or where they are asked for, for the time of the runs."""
    if lines or not console.is_terminal:
        yield _lines(console)
        return
    width = max(map(len, simulators), default=0)
    with Bars(
        TextColumn(f"{{task.fields[simulator]:>{width}}}"),
        WorkBar(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
    ) as bars:
        tasks: dict[str, TaskID] = {
            name: bars.add_task("waiting", total=1, start=False, simulator=name, works=False) for name in simulators
        }

        def listen(simulator: str, message: Mapping[str, Any]) -> None:
            task, phase = tasks[simulator], message["phase"]
            if phase == "start":
                bars.start_task(task)
            if phase == "run":
                bars.update(task, completed=message["done"], total=max(1, message["total"]))
            if phase in ("cached", "done"):
                bars.update(task, completed=1, total=1)
            if phase in ("cached", "done", "failed"):
                bars.stop_task(task)
            bars.update(task, description=phase_text(message), works=phase in WORKING)

        yield listen


def _lines(console: Console) -> Listener:
    lock, said, started = threading.Lock(), dict[str, str](), time.monotonic()

    def listen(simulator: str, message: Mapping[str, Any]) -> None:
        text = phase_text(message)
        with lock:
            if said.get(simulator) != text:
                said[simulator] = text
                console.print(f"[{time.monotonic() - started:7.1f} s] {simulator}: {text}", markup=False)

    return listen


class ScriptDisplay:
    """How far the simulation is that supplies a script with data.

    Parameters
    ----------
    show : callable
        Shows a line in place of the one before.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._done = ""

    def watch(self, progress: CaptureProgress) -> None:
        """Called with the progress of the simulation, up to a request for data."""
        requests = f"{progress.reads:,} request{'s' if progress.reads > 1 else ''} for data"
        self._done = f"{progress.time:,.1f} ms, {requests}"
        self._show(f"run for the script: {self._done}")

    def listen(self, simulator: str, message: Mapping[str, Any]) -> None:
        """Notified of phases and of the progress of a single run."""
        phase = phase_text(message)
        if message["phase"] == "run" and message["total"]:
            phase = f"{phase}, {message['done'] / message['total']:.0%}"
        parts = filter(None, (self._done, f"{registry.title(simulator)} {phase}"))
        self._show(f"run for the script: {'; '.join(parts)}")


@contextmanager
def script_progress(console: Console) -> Iterator[ScriptDisplay]:
    """What runs for a script while it is captured: a line that is renewed, or one every ten seconds."""
    if console.is_terminal:
        with console.status("loading the model") as status:
            yield ScriptDisplay(lambda text: status.update(escape(text)))
        return
    said = -SECONDS_BETWEEN_LINES

    def show(text: str) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            console.print(text, markup=False, highlight=False)

    yield ScriptDisplay(show)


@contextmanager
def study_progress(console: Console) -> Iterator[tuple[RowListener, Callable[[str], None]]]:
    """A listener to the runs of a study and a printer: a bar on a terminal, a line for every tenth elsewhere."""
    if not console.is_terminal:
        from unisono.ci.check import every_tenth

        announce = partial(console.print, markup=False, highlight=False)
        yield every_tenth(announce), announce
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        task = bars.add_task("runs", total=None)

        def listen(row: Row, done: int, total: int) -> None:
            state = "failed" if row.error else "cached" if row.cached else "done"
            text = f"{row.side}, {_case(row)}: {state}"
            bars.update(task, completed=done, total=total, description=escape(text))

        yield listen, partial(bars.console.print, markup=False, highlight=False)


def _case(row: Row) -> str:
    """What a run has that others of its table have not."""
    varied = dict(row.case.parameters) or {"seed": row.case.seed}
    return ", ".join(f"{name} {value}" for name, value in varied.items())


def network_line(network: Network) -> str:
    """One line on a network."""
    return (
        f"{network.label}: {network.neurons:,} neurons, {network.synapses:,} synapses, "
        f"{network.duration:g} ms at dt {network.dt:g} ms, fingerprint {network.fingerprint[:12]}"
    )


def plain_table(title: str | None = None) -> Table:
    """An empty table as all commands show them: a line below the head, no edge."""
    return Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, show_edge=False
    )


def runs_table(runs: Runs) -> Table:
    """Simulator, status, spikes, seconds by phase, memory."""
    table = plain_table("Runs (seconds by phase)")
    table.add_column("simulator", no_wrap=True)
    table.add_column("status")  # wraps where the width ends, so that no number is cut
    for title in ("spikes", *("compile" if phase == "prepare" else phase for phase in PHASES), "MB"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, run in runs.items():
        seconds = run.provenance.get("seconds", {})
        spikes = "" if run.spike_count is None else f"{run.spike_count:,}"
        peak = run.provenance.get("peak_rss_mb")
        table.add_row(
            f"{run.settings.name_of(name)} {run.provenance.get('version', '')}",
            _status(run),
            spikes,
            *(f"{seconds[phase]:.2f}" if phase in seconds else "" for phase in PHASES),
            f"{peak:.0f}" if peak else "",
        )
    return table


def _status(run: Run) -> str:
    if run.provenance.get("live"):
        return "run for the script"
    return "cached" if run.provenance.get("cached") else run.status


def orders_table(convergence: Convergence) -> Table:
    """Simulator, quantity, measured and stated order, error at the smallest step, verdict."""
    from unisono.validation.convergence.orders import table_rows

    recommended, largest = convergence.time_step
    table = plain_table(
        f"{convergence.cells} cells against exact spike times, time steps {convergence.steps[0]:g} to "
        f"{convergence.steps[-1]:.3g} ms\n(recommended {recommended:g} ms, largest {largest:g} ms)"
    )
    for title in ("simulator", "quantity", "order", "stated", f"error at {convergence.steps[-1]:.3g} ms", "verdict"):
        table.add_column(title, no_wrap=True)
    for *cells, _ in table_rows(convergence):
        table.add_row(*map(escape, cells))
    return table


def exploration_table(exploration: Exploration) -> Table:
    """Options that are varied, regimes, and the measures that have room; files have all."""
    from unisono.validation.exploration.exploration import NARROW

    measures = [name for name in NARROW if name in exploration.measures]
    predicted = any(point.predicted for point in exploration.points)
    table = plain_table(f"{exploration.model} on {exploration.simulator}, population {exploration.population}")
    for title in (*(axis.name for axis in exploration.axes), "regime", *(["theory"] if predicted else [])):
        table.add_column(escape(title), no_wrap=True)
    for name in measures:
        table.add_column(NARROW[name], justify="right", no_wrap=True)
    for point in exploration.points:
        values = [f"{v:g}" if isinstance(v, float) else v for v in point.values.values()]
        table.add_row(
            *map(escape, values),
            "failed" if point.error else point.regime.short,
            *([point.predicted.short if point.predicted else "-"] if predicted else []),
            *(_short(exploration.value(point, name)) for name in measures),
        )
    return table


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def curve_table(curve: CurrentCurve) -> Table:
    """Rates by current: each simulator, then the closed form where one is known."""
    table = plain_table(f"Rates of {escape(curve.cell)} (Hz), time step {curve.dt:g} ms")
    columns: dict[str, Sequence[float]] = dict(curve.rates)
    if curve.closed_form:
        columns |= {"closed form, on the grid": curve.on_grid, "closed form": curve.closed_form}
    for title in ("current (nA)", *columns):
        table.add_column(escape(title), justify="right")
    for current, *rates in zip(curve.currents, *columns.values(), strict=True):
        table.add_row(f"{current:g}", *(f"{rate:.3f}" for rate in rates))
    return table


def detection_table(detection: Detection) -> Table:
    """Faults against tiers: caught of how many; in brackets where nothing is claimed."""
    tiers = list(dict.fromkeys(rate.tier for rate in detection.rates))
    table = plain_table()
    for title in ("fault", *tiers):
        table.add_column(title, no_wrap=title == "fault")
    for fault in dict.fromkeys(rate.fault for rate in detection.rates):
        table.add_row(escape(fault), *(_caught(detection.of(fault, tier)) for tier in tiers))
    for fault_free in detection.fault_free:
        said = f"{fault_free.equivalent} agree, {fault_free.different} different, {fault_free.cannot_tell} open"
        colour = "green" if fault_free.is_kept else "bold red"
        pair = " and ".join(dict.fromkeys(fault_free.simulators))
        table.add_row(
            f"none ({escape(pair)})", *(f"[{colour}]{said}[/]" if fault_free.tier == t else "" for t in tiers)
        )
    return table


def _caught(rates: Sequence[DetectionRate]) -> str:
    """What a tier said of a fault: once where it said the same of all simulators."""
    by_text: dict[str, list[str]] = {}
    for rate in rates:
        by_text.setdefault(_share(rate), []).append(rate.simulator)
    if len(by_text) == 1:
        return next(iter(by_text))
    return ", ".join(f"{' '.join(names)} {text}" for text, names in by_text.items())


def _share(rate: DetectionRate) -> str:
    if not rate.runs:
        return "–"
    share = f"{rate.caught}/{rate.runs}"
    if not rate.claimed:
        return f"[dim]({share})[/]"
    return f"[green]{share}[/]" if rate.is_kept else f"[bold red]{share}[/]"


def equivalence_table(pair: Equivalence) -> Table:
    """Statistic, means, difference with its interval, margin, verdict."""
    table = plain_table(
        f"{escape(pair.b)} against {escape(pair.a)} (90 % intervals; ratios where the scale is logarithmic)"
    )
    for title in ("statistic", pair.a, pair.b, "difference", "margin", "verdict"):
        table.add_column(escape(title), justify="left" if title in ("statistic", "verdict") else "right")
    for row in pair.rows:
        table.add_row(*map(escape, _cells(row)))
    return table


def _cells(row: StatisticTest) -> tuple[str, ...]:
    margin = row.margin
    logarithmic = margin.scale == "log"

    def shown(value: float | None, sign: str = "") -> str:
        if value is None:
            return "-"
        return f"{math.exp(value):.4g}" if logarithmic else f"{value:{sign}.3g}"

    statistic = f"{margin.key} ({margin.unit})" if margin.unit else margin.key
    difference = f"{shown(row.difference, '+')} ({shown(row.low, '+')} to {shown(row.high, '+')})"
    verdict = row.verdict + (f", {row.needed:,} runs?" if row.needed else "")
    return statistic, shown(row.mean_a), shown(row.mean_b), difference, shown(margin.value), verdict


def notes(console: Console, runs: Runs) -> None:
    """Say what is special about runs."""
    for note in dict.fromkeys(note for run in runs.values() for note in run.notes):
        console.print(note, style="yellow", markup=False, highlight=False)


def failures(console: Console, runs: Runs) -> None:
    """Say why runs failed."""
    for name, run in runs.items():
        if run.error is not None:
            console.print(f"[bold red]{escape(name)} failed:[/] {escape(str(run.error))}")
