"""What the report says of pairs of simulators: the matrix, the causes, the figures of first differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unisono.models.words import listed
from unisono.validation.report.downloads import download
from unisono.validation.report.page import number
from unisono.validation.report.pre_spike import pre_spike
from unisono.validation.verdict import Level, Outcome

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.compare.pair import Pair
    from unisono.validation.report.drawing import Figure

#: First differences with their own figure.
FIGURES = 6


def content(agreement: Agreement, palette: Mapping[str, str]) -> dict[str, Any]:
    """``matrix``, ``matrix_data``, and of pairs ``causes``, ``pre_spikes`` and the first that is ``explained``."""
    columns = ("a", "b", "verdict", "identical until (ms)", "spikes of a", "spikes of b")
    rows = [(p.a, p.b, p.verdict.level, p.identical_until_ms, p.spikes_a, p.spikes_b) for p in agreement.pairs]
    return {
        "matrix": _matrix(agreement),
        "matrix_data": download("agreement", columns, rows) if rows else None,
        "causes": [pair.cause for pair in agreement.pairs],
        "pre_spikes": _pre_spikes(agreement, palette),
        "explained": next((i for i, p in enumerate(agreement.pairs) if p.first_difference is not None), None),
    }


def _pre_spikes(agreement: Agreement, palette: Mapping[str, str]) -> list[Figure | None]:
    network = agreement.runs.network
    drawn: list[Figure | None] = []
    for pair in agreement.pairs:
        figure = None
        if pair.first_difference is not None and sum(f is not None for f in drawn) < FIGURES:
            model = network.populations[pair.first_difference.population_index].model
            units = {receptor: model.weight_unit(receptor) for receptor in model.receptors}
            figure = pre_spike(pair.first_difference, palette, units, agreement.runs.titles)
        drawn.append(figure)
    return drawn


def _matrix(agreement: Agreement) -> list[dict[str, Any]]:
    """Simulators against simulators: level, sign, and the first divergence or what is identical, of each pair."""
    pairs = {frozenset((pair.a, pair.b)): pair for pair in agreement.pairs}
    names = list(agreement.runs)
    return [
        {
            "name": one,
            "cells": [
                {"kind": "", "sign": "", "text": "–", "t": ""}
                if one == other
                else _cell(pairs.get(frozenset((one, other))))
                for other in names
            ],
        }
        for one in names
    ]


def _cell(pair: Pair | None) -> dict[str, str]:
    if pair is None:
        return {"kind": Outcome.OPEN.css, "sign": Outcome.OPEN.sign, "text": "no result", "t": ""}
    verdict = pair.verdict
    if pair.first_difference is not None:
        until = f"until {number(pair.identical_until_ms)} ms"
    elif verdict.level is Level.IDENTICAL:
        until = listed(["spikes", *dict.fromkeys(check.trace.variable for check in pair.signals)])
    else:
        until = ""
    return {"kind": verdict.outcome.css, "sign": verdict.outcome.sign, "text": verdict.level.value, "t": until}
