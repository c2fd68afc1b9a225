"""A description as an HTML page."""

from __future__ import annotations

from markupsafe import Markup

from unisono.validation.description.description import SOURCE, Description
from unisono.validation.description.elements import FOR_THE_AUTHOR, Formulas
from unisono.validation.description.mathematics import MATHML
from unisono.validation.report.description_text import in_notation, planned, words_of
from unisono.validation.report.drawing import Figure, as_uri, content_of
from unisono.validation.report.network_figure import draw
from unisono.validation.report.page import count, rendered


def render(description: Description, command: str = "") -> str:
    """Tables, formulas, the figure of the network and the checklist as HTML."""
    failed = [one for one in description.judged if not one.held]
    kind = "disagree" if failed else "open" if description.open else "agree"
    return rendered(
        "description.html",
        subject=description.label,
        look={"kind": kind, "sign": "≡", "heading": f"Description of {description.label}"},
        summary=_summary(description),
        facts=[
            ("Cells", count(sum(n.size for n in description.nodes if n.kind != "source"))),
            ("Spike sources", count(sum(n.size for n in description.nodes if n.kind == "source"))),
            ("Synapses", count(sum(a.synapses for a in description.arrows))),
            ("For the author", count(description.open)),
        ],
        command=command,
        description=description,
        planned=planned(description.plan) if description.plan is not None else [],
        figure=_figure(description),
        mathematics=lambda line: Markup(f'<math display="inline">{in_notation(line, MATHML)}</math>'),
        words=words_of,
        is_formulas=lambda part: isinstance(part, Formulas),
        for_the_author=FOR_THE_AUTHOR,
        source=SOURCE,
    )


def _summary(description: Description) -> str:
    failed = [one for one in description.judged if not one.held]
    if failed:
        return f"{len(failed)} of {len(description.judged)} expectations do not hold."
    held = f"All {len(description.judged)} expectations hold. " if description.judged else ""
    if not description.open:
        return f"{held}Every point of the checklist is filled."
    return f"{held}The tables are filled from the network; what it cannot say is marked for the author."


def _figure(description: Description) -> Figure:
    named = ", ".join(f"{node.label} ({node.size:,})" for node in description.nodes)
    return Figure(
        as_uri(content_of(draw(description), "svg")),
        "The network",
        "Populations with their sizes. The wider an arrow, the more synapses; colours show what their spikes do.",
        f"Populations: {named}; {len(description.arrows)} projections between them.",
    )
