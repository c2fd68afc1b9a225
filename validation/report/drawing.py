"""How figures are drawn: as SVG that needs nothing else, in colours that the colour-blind can tell apart.

Every axis states its unit. Simulators keep their colour throughout and lie over each other from thick to
thin, so that agreement shows as well as disagreement. Dense dots are drawn as pixels within the SVG.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas

from unisono.models.errors import OutputError
from unisono.models.files import written_whole
from unisono.validation.report.downloads import Download

#: After Okabe & Ito (2008).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, FAINT, COMMON, BAND, STRIPE = "#1d2733", "#d5dbe3", "#5b6673", "#d6e6f2", "#f3f5f8"
WIDTH = 5.2

#: The palette on a dark page, and what the other colours of figures become there; the style sheet has them too.
DARK_PALETTE = ("#4aa3df", "#f0803c", "#2fc49a", "#e29cc4", "#f0b429", "#8fd0f5")
DARK = {
    **{light.lower(): dark for light, dark in zip(PALETTE, DARK_PALETTE, strict=True)},
    **{INK: "#e6e9ed", FAINT: "#3d4752", COMMON: "#a3aebb", BAND: "#1f3a4d", STRIPE: "#1c2229"},
    **{"#ffffff": "#14181d", "#56616e": "#a9b4c0", "#8a94a0": "#7f8a96"},
    **{"#00674f": "#5fd0a5", "#a63d00": "#ff9d66", "#7a5200": "#e8bd55"},
}

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "unisono",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica Neue", "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans"],
    "font.size": 9.5,
    "axes.edgecolor": "#8a94a0",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.formatter.useoffset": False,
    "xtick.color": "#56616e",
    "ytick.color": "#56616e",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "text.color": INK,
    "figure.dpi": 72,
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True)
class Figure:
    """A figure of a page: a data URI, heading, caption, text for those who cannot see it, and its data."""

    uri: str
    title: str
    caption: str
    alt: str
    data: Download | None = None


def colours(simulators: Sequence[str]) -> dict[str, str]:
    """The colour of every simulator."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(simulators)}


def drawn(draw: Callable[[Canvas], None], height: float, inverted: bool = True) -> str:
    """What ``draw`` draws on a canvas of that height (inches), as a data URI; ``inverted`` as in :func:`as_uri`."""
    with matplotlib.rc_context(STYLE):
        canvas = Canvas(figsize=(WIDTH, height))
        draw(canvas)
        file = io.BytesIO()
        canvas.savefig(file, format="svg", dpi=220, metadata={"Date": None, "Creator": None})
    return as_uri(file.getvalue(), inverted)


#: Endings of a path that Matplotlib draws.
FORMATS = ("svg", "pdf", "png")


def content_of(canvas: Canvas, form: str) -> bytes:
    """A canvas as the content of a file, the same each time."""
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        canvas.savefig(buffer, format=form, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


def save_canvas(draw: Callable[[], Canvas], path: str | Path) -> None:
    """Write what ``draw`` gives to a file, whole or not at all.

    Raises
    ------
    OutputError
        If the file format is not supported, or the file cannot be written.
    """
    path = Path(path)
    form = path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise OutputError(f"Cannot write a figure to '{path}'.", f"Choose a name with the ending {', '.join(FORMATS)}.")
    content = content_of(draw(), form)
    with written_whole(path, len(content)) as temporary:
        temporary.write_bytes(content)


def as_uri(svg: bytes, inverted: bool = True) -> str:
    """An SVG as a data URI, with a second palette for readers who prefer a dark page.

    Parameters
    ----------
    svg : bytes
    inverted : bool
        Whether images in it are inverted on a dark page; not where their colours are a scale.
    """
    parts = ("fill", "stroke")
    rules = [f'[style*="{part}: {light}"]{{{part}:{dark}!important}}' for light, dark in DARK.items() for part in parts]
    rules += ["image{filter:invert(.92) hue-rotate(180deg)}"] if inverted else []
    style = f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    both = svg.replace(b"<defs>", style.encode() + b"<defs>", 1)
    return "data:image/svg+xml;base64," + base64.b64encode(both).decode()


def lines(simulators: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Line styles from a pale band to a thin dashed line, so that lines that coincide all show."""
    looks: list[dict[str, Any]] = [
        {"linewidth": 4.0, "alpha": 0.35},
        {"linewidth": 1.5},
        {"linewidth": 1.3, "linestyle": (0, (2.5, 2.5))},
        {"linewidth": 1.0, "linestyle": (0, (1, 2))},
    ]
    alone: list[dict[str, Any]] = [{"linewidth": 1.3}]
    chosen = looks if len(simulators) > 1 else alone
    return {
        name: {"color": colour, **chosen[min(i, len(chosen) - 1)]}
        for i, (name, colour) in enumerate(colours(simulators).items())
    }


def legend(
    canvas: Canvas,
    looks: Mapping[str, str | Mapping[str, Any]],
    extra: Sequence[tuple[str, str]] = (),
    marker: str = "",
    titles: Mapping[str, str] | None = None,
) -> None:
    """A legend above everything, that shows each line as it is drawn.

    Parameters
    ----------
    canvas : matplotlib.figure.Figure
    looks : mapping of str to str or mapping
        Colours, or styles of lines as :func:`lines` gives them, by name.
    extra : sequence of (str, str)
        Further labels and their colours.
    marker : str
        Shows colours as this marker in place of a line.
    titles : mapping of str to str, optional
        What to call a name, as ``nest:native``.
    """
    from matplotlib.lines import Line2D

    plain: dict[str, Any] = {"marker": marker, "linestyle": "none", "markersize": 5} if marker else {"linewidth": 2.5}
    named = {(titles or {}).get(name, name): look for name, look in looks.items()}
    handles = [
        Line2D([], [], label=label, **({**plain, "color": look} if isinstance(look, str) else look))
        for label, look in [*named.items(), *extra]
    ]
    canvas.legend(handles=handles, loc="outside upper left", ncols=3, handlelength=2.0, columnspacing=1.2)
