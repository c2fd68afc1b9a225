"""Whether runs of one network agree: the verdict for every pair of simulators, and for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.adapters.runtime.results import PHASES, Runs
from unisono.models.cards import Card
from unisono.validation.compare.allowance import SignalExaminer
from unisono.validation.compare.closed_loop import Divergence
from unisono.validation.compare.effect import Effect, effect_of
from unisono.validation.compare.excerpt import Excerpt
from unisono.validation.compare.first_difference import Examiner, FirstDifference
from unisono.validation.compare.load import CoarseStep, coarse_steps
from unisono.validation.compare.overall import overall
from unisono.validation.compare.pair import Pair, PairJudge, spikewise
from unisono.validation.faults.faults import rerun_with_faults
from unisono.validation.runner import Runner
from unisono.validation.statistics.characteristics import Characteristics
from unisono.validation.statistics.statistics import TRANSIENT
from unisono.validation.statistics.table import Statistics, statistics_of_runs
from unisono.validation.verdict import Level, Verdict
from unisono.validation.written import Written, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Agreement(Written):
    """What a comparison found.

    Attributes
    ----------
    runs : Runs
    pairs : tuple of Pair
        All pairs of the simulators that gave a result.
    statistics : Statistics
        A mapping of simulator to tuple of Statistic.
    transient : float
        What was asked to be cut before the statistics, ms.
    divergences : tuple of Divergence
        Where closed loops diverge: each simulator drove its own. The runs replay the first one's.
    known : Characteristics or None
        :attr:`characteristics`, where an agreement on the same runs has them already.
    """

    runs: Runs
    pairs: tuple[Pair, ...]
    statistics: Statistics
    transient: float = TRANSIENT
    divergences: tuple[Divergence, ...] = ()
    known: Characteristics | None = None

    def _card(self) -> Card:
        verdict = self.verdict
        rows = [(pair.title, pair.verdict.headline, f"{pair.spikes_a:,}", f"{pair.spikes_b:,}") for pair in self.pairs]
        return Card(
            "Agreement",
            f"on {self.runs.network.label}",
            (", ".join(run.name for run in self.runs.values()),),
            verdict.headline,
            verdict.outcome.css,
            " ".join(filter(None, (verdict.evidence, verdict.cause, verdict.next_step))),
            ("simulators", "verdict", "spikes of the first", "of the second"),
            rows,
        )

    @cached_property
    def characteristics(self) -> Characteristics:
        """Curves, distributions and plausibility; distributions are of the trial of the earliest first difference."""
        if self.known is not None:
            return self.known
        trial = min((difference.trial for difference in self._first_differences), default=0)
        return Characteristics(self.runs, self.statistics, self.transient, trial)

    @cached_property
    def effect(self) -> Effect | None:
        """How much differences matter: spikes, rates, irregularity; None where fewer than two runs can be compared."""
        return effect_of(self.runs, self.statistics)

    @cached_property
    def excerpt(self) -> Excerpt | None:
        """Spikes and signals that figures show; None without a result, or where recordings have different shapes."""
        if not any(run.recording is not None and run.recording.trials for run in self.runs.values()):
            return None
        excerpt = Excerpt(self.runs, self._first_differences)
        return excerpt if excerpt.comparable else None

    @property
    def _first_differences(self) -> list[FirstDifference]:
        return [pair.first_difference for pair in self.pairs if pair.first_difference is not None]

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of the network."""
        known = (run.provenance.get("fingerprint") for run in self.runs.values())
        return str(next((f for f in known if f), None) or self.runs.network.fingerprint)

    @property
    def failed(self) -> tuple[str, ...]:
        """Simulators that gave no result."""
        return tuple(name for name, run in self.runs.items() if run.recording is None)

    @cached_property
    def verdict(self) -> Verdict:
        """The weakest verdict of all pairs; ``cannot tell`` where a run is missing and no pair differs.

        Where closed loops diverge, they are different.
        """
        if self.divergences:
            replayed = overall(self.runs, self.pairs).headline
            step = f"All replay the inputs of the first: {replayed}."
            return Verdict(Level.DIFFERENT, " ".join(found.text for found in self.divergences), next_step=step)
        return overall(self.runs, self.pairs)

    @property
    def explained(self) -> tuple[Pair, ...]:
        """The pairs for whose difference a cause was looked for."""
        return tuple(pair for pair in self.pairs if pair.cause is not None or pair.search is not None)

    @cached_property
    def coarse_steps(self) -> tuple[CoarseStep, ...]:
        """Where the time step was too coarse for a simulator's method."""
        return coarse_steps(self.runs)

    @property
    def exit_status(self) -> int:
        """0: they agree. 1: they do not. 2: undecided."""
        return self.verdict.exit_status

    def to_dict(self) -> dict[str, Any]:
        """As plain data; ``docs/results.md`` has the keys."""
        network = self.runs.network
        data = {
            "model": {
                "name": network.label,
                "fingerprint": self.fingerprint,
                "neurons": network.neurons,
                "synapses": network.synapses,
                "duration_ms": round(network.duration, 9),
                "dt_ms": network.dt,
                "inputs_driven_by": self.runs.driven_by or None,
            },
            "closed_loop": [divergence.to_dict() for divergence in self.divergences],
            "runs": {name: _run_dict(self.runs, name) for name in self.runs},
            "coarse_steps": [found.to_dict() for found in self.coarse_steps],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "statistics": {
                "transient_ms": self.transient,
                "populations": {name: [asdict(s) for s in values] for name, values in self.statistics.items()},
                "traces": [{"a": p.a, "b": p.b, **t.to_dict()} for p in self.pairs for t in p.traces],
            },
            "effect": self.effect and self.effect.to_dict(),
            "characteristics": self.characteristics.to_dict(),
            "excerpt": self.excerpt and self.excerpt.to_dict(),
            **self.verdict.to_dict(),
        }
        return plain(data)  # type: ignore[no-any-return]

    def to_html(self, path: str | Path, command: str = "", history: Sequence[Mapping[str, Any]] = ()) -> None:
        """Write the report as one HTML file that needs nothing else, whole or not at all.

        Parameters
        ----------
        path : str or Path
        command : str, optional
            The command that makes the comparison again, for the report to show.
        history : sequence of mapping, optional
            Former entries of a baseline, the oldest first.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._save("html", path, command, history)

    def plot(self, *kinds: str, ax: Axes | Sequence[Axes] | None = None) -> list[Axes]:
        """Draw the runs over each other, the first divergence marked; see :meth:`Runs.plot`.

        Spikes that not all simulators have are in colour.
        """
        axes: list[Axes] = self._writer("plot")(self, kinds, ax)
        return axes

    def to_junit(self, path: str | Path) -> None:
        """Write JUnit XML, a test case for every pair of simulators, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._save("junit", path)


def compare(
    runs: Runs,
    *,
    transient: float = TRANSIENT,
    examine: bool = True,
    executor: Runner | None = None,
    tolerance: float | None = None,
) -> Agreement:
    """Compare all runs of a network, pair by pair; causes are looked for afterwards.

    Parameters
    ----------
    runs : Runs
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    examine : bool
        Whether first divergences and signals that differ are examined, which runs the network again up to there, and
        single cells on the reference. If not, a first divergence leaves the verdict open.
    executor : Runner, optional
        What runs them for that.
    tolerance : float, optional
        Largest difference of signals while spikes are identical, in their unit, in place of their numerical error.

    Returns
    -------
    Agreement
    """
    done = [name for name, run in runs.items() if run.recording is not None]
    again = rerun_with_faults(runs, executor) if examine else None
    found = [spikewise(runs, a, b) for a, b in combinations(done, 2)]
    judge = PairJudge(runs, found, Examiner(runs, again) if again else None, SignalExaminer(runs, again, tolerance))
    return Agreement(runs, tuple(judge.pair(one) for one in found), statistics_of_runs(runs, transient), transient)


def _run_dict(runs: Runs, name: str) -> dict[str, Any]:
    run = runs[name]
    seconds = run.provenance.get("seconds", {})
    data: dict[str, Any] = {
        "status": run.status,
        "version": run.provenance.get("version"),
        "spikes": run.spike_count,
        "seconds": {phase: seconds[phase] for phase in PHASES if phase in seconds},
        "peak_rss_mb": run.provenance.get("peak_rss_mb"),
        "notes": list(run.notes),
    }
    return data if run.error is None else {**data, "error": str(run.error)}
