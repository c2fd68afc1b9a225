"""The writers of results: which function lays out which result in which form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unisono.models.registry import Lazy, Registry

#: By ``{class} as {form}``. Each takes the result first; all but that of the figure give a text.
WRITERS: Registry[Callable[..., Any]] = Registry(
    "form",
    {
        "Agreement as html": Lazy("unisono.validation.report.html:render"),
        "Agreement as plot": Lazy("unisono.validation.report.plots:plot_agreement"),
        "Agreement as junit": Lazy("unisono.validation.report.junit:render"),
        "Convergence as html": Lazy("unisono.validation.report.convergence:render"),
        "Convergence as figure": Lazy("unisono.validation.report.convergence:save_figure"),
        "CurrentCurve as html": Lazy("unisono.validation.report.current_curve:render"),
        "Description as figure": Lazy("unisono.validation.report.network_figure:save_figure"),
        "Description as html": Lazy("unisono.validation.report.description:render"),
        "Description as latex": Lazy("unisono.validation.report.description_text:latex"),
        "Description as markdown": Lazy("unisono.validation.report.description_text:markdown"),
        "Detection as html": Lazy("unisono.validation.report.detection:render"),
        "Exploration as html": Lazy("unisono.validation.report.exploration:render"),
        "LintReport as annotations": Lazy("unisono.validation.report.lint:commands"),
        "LintReport as sarif": Lazy("unisono.validation.report.lint:sarif"),
        "Study as html": Lazy("unisono.validation.report.study:render"),
    },
)
