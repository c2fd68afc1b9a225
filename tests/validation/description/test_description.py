"""A whole description: what it says of library models and of runs, and that every form of it is sound."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from accessible import problems_of

from unisono.api import run
from unisono.models.errors import OutputError
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.models.pynn import poisson_inside
from unisono.validation.description.description import describe
from unisono.validation.description.overview import inputs
from unisono.validation.description.plan import Expectation, Plan

HOSTILE = r"<script>alert(1)</script> \input{x} $a_b$ | `c` ✗"


@pytest.fixture(scope="module")
def network() -> Network:
    return build_network("vogels_abbott", n=200, duration=20.0)


def test_the_tables_and_points_of_a_network(network):
    found = describe(network)
    assert [section.title[:2] for section in found.sections] == ["A.", "B.", "C.", "D.", "E.", "F.", "G."]
    assert len(found.points) == 11
    points = {point.title: point for point in found.points}
    assert "IF_curr_exp: exact integration" in points["Integration"].text
    assert "K·J = " in points["Weights and scaling"].text
    assert points["Software and seeds"].open == ("versions of simulators",)
    assert "160 cells 'excitatory' (IF_curr_exp)" in found.methods
    assert [(arrow.start, arrow.end, arrow.sign) for arrow in found.arrows] == [
        (0, 0, 1),
        (0, 1, 1),
        (1, 0, -1),
        (1, 1, -1),
    ]


def test_runs_add_versions_and_figures_and_judge_the_plan(network):
    plan = Plan("Why?", assumptions=("No delay matters.",), expectations=(Expectation("rate", "", 1e3, 1e4),))
    found = describe(network, run(network, ["reference"]), plan=plan)
    points = {point.title: point for point in found.points}
    assert "Run on reference" in points["Software and seeds"].text
    assert not points["Software and seeds"].open
    assert any(row[1] == "rate" for row in found.sections[-1].parts[1].rows)
    assert [one.held for one in found.judged] == [False]


def test_plastic_synapses_have_a_table(tmp_path):
    found = describe(build_network("stdp_pairs", duration=10.0))
    titles = [part.title for part in found.sections[4].parts]
    assert any(title.startswith("SpikePairAdditive: ") for title in titles)
    assert "additive (SpikePairAdditive)" in titles
    assert any(arrow.plastic for arrow in found.arrows)


def test_every_form_is_written_and_text_of_users_stays_text(network, tmp_path):
    first, *others = network.populations
    hostile = replace(network, label=HOSTILE, populations=(replace(first, label=HOSTILE), *others))
    found = describe(hostile, plan=Plan(HOSTILE, outcome=HOSTILE))
    found.to_html(tmp_path / "d.html", "unisono describe")
    found.to_markdown(tmp_path / "d.md")
    found.to_latex(tmp_path / "d.tex")
    found.to_json(tmp_path / "d.json")
    found.to_figure(tmp_path / "d.svg")
    page = (tmp_path / "d.html").read_text()
    assert "<script>" not in page
    assert "<math" in page
    assert problems_of(page) == []
    assert "<script>" not in (tmp_path / "d.md").read_text()
    latex = (tmp_path / "d.tex").read_text()
    assert r"\input{x}" not in latex
    assert "[U+2717]" in latex
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert len(json.loads((tmp_path / "d.json").read_text())["points"]) == 11
    ElementTree.parse(tmp_path / "d.svg")
    with pytest.raises(OutputError, match=r"svg, pdf, png"):
        found.to_figure(tmp_path / "d.doc")


def test_input_that_cells_draw_themselves_is_listed(monkeypatch):
    monkeypatch.setattr(poisson_inside, "LARGEST", 0)
    network = build_network("potjans_diesmann", n_scaling=0.005, k_scaling=0.04, duration=10.0)
    (table,) = inputs(network).parts
    rows = {row[0]: row[1:] for row in table.rows}
    # 1,600 synapses of L23E at 8 Hz and 0.0878 nA, scaled by 0.04 and by its root
    assert rows["each cell of L23E"] == (
        "Poisson input (excitatory)",
        "rate 512 Hz; weight 0.439042 nA",
        "drawn by the cell",
    )
    assert rows["input of L23E"][-1] == "projects nothing"
