"""The page of an f-I curve: simulators over each other, the closed form, the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import COMMON, Figure, colours, drawn, legend, lines
from unisono.validation.report.page import look_of, number, rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from unisono.validation.exploration.current_curve import CurrentCurve

CLOSED_FORM = "closed form"


def render(curve: CurrentCurve, command: str = "") -> str:
    """The curve as HTML."""
    columns: dict[str, Sequence[float]] = {"current (nA)": curve.currents, **curve.rates}
    if curve.closed_form:
        columns |= {"closed form, on the grid": curve.on_grid, CLOSED_FORM: curve.closed_form}
    titles, rows = list(columns), list(zip(*columns.values(), strict=True))
    return rendered(
        "curve.html",
        subject=curve.cell,
        look=look_of(curve.verdict),
        summary=curve.summary,
        facts=[
            ("Currents", str(len(curve.currents))),
            ("Range", f"{number(min(curve.currents))} to {number(max(curve.currents))}\u00a0nA"),
            ("Time step", f"{number(curve.dt)}\u00a0ms"),
            ("Simulated", f"{number(curve.duration)}\u00a0ms"),
            ("Simulators", str(len(curve.rates))),
        ],
        command=command,
        colours=colours(list(curve.rates)),
        figure=_figure(curve, titles, rows),
        columns=titles,
        rows=rows,
        parameters=", ".join(f"{name}={value:g}" for name, value in curve.parameters.items()),
        versions=", ".join(f"{name} {version}" for name, version in curve.versions.items()),
    )


def _figure(curve: CurrentCurve, titles: Sequence[str], rows: Sequence[Sequence[float]]) -> Figure:
    looks = lines(list(curve.rates))

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for name, rates in curve.rates.items():
            axes.plot(curve.currents, rates, **looks[name])
        extra = []
        if curve.closed_form:
            axes.plot(curve.currents, curve.closed_form, ":", color=COMMON, linewidth=1)
            extra = [(CLOSED_FORM, COMMON)]
        axes.set(xlabel="current (nA)", ylabel="rate (Hz)")
        legend(canvas, looks, extra)

    return Figure(
        drawn(draw, 3.6),
        "f-I curve",
        "One cell a current; simulators lie over each other.",
        f"Rate of {curve.cell} by current, one line a simulator.",
        download(f"f-I curve of {curve.cell}", titles, rows),
    )
