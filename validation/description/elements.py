"""What a description consists of: sections of tables and formulas, and points of a checklist."""

from __future__ import annotations

from dataclasses import dataclass, field

from unisono.models.cards import brief

#: What stands where a network cannot say it.
FOR_THE_AUTHOR = "for the author"


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    title : str
    columns : tuple of str
        Empty for a table of two columns, names and what they have.
    rows : tuple of tuple of str
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    __repr__ = brief


@dataclass(frozen=True)
class Formula:
    """A line of a model.

    Attributes
    ----------
    kind : str
        ``derivative``, ``definition``, ``assignment`` or ``condition``.
    left : str
        The name that the line is about; empty for a condition.
    right : str
        An expression, in the grammar of models.
    sign : str
        ``=``, ``<-``, or what an assignment adds by: ``+=``, ``-=``, ``*=``, ``/=``.
    unit : str
    note : str
        When it holds.
    """

    kind: str
    left: str
    right: str
    sign: str = "="
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Formulas:
    """The lines of a model under a title."""

    title: str
    lines: tuple[Formula, ...]

    __repr__ = brief


@dataclass(frozen=True)
class Section:
    """A table of Nordlie et al. (2009), or more than one where models differ.

    Attributes
    ----------
    title : str
    parts : tuple of Table or Formulas
    note : str
    """

    title: str
    parts: tuple[Table | Formulas, ...]
    note: str = ""

    __repr__ = brief


@dataclass(frozen=True)
class Point:
    """A point of the checklist.

    Attributes
    ----------
    title : str
    text : str
        What the network and its runs say.
    open : tuple of str
        What they cannot say, so that the author must.
    """

    title: str
    text: str
    open: tuple[str, ...] = field(default=())

    __repr__ = brief
