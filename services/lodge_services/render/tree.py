"""A notebook as a tree of cells and blocks, made once; every page of it is written from this.

What stands in it is safe: HTML went through the allow-list, pictures are what they say they are.
How much of it is shown is for who writes it to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .formulas import Formulas


@dataclass(frozen=True)
class Rich:
    """Text with structure: a Markdown cell, or an output that is Markdown or HTML.

    Attributes
    ----------
    html
        Clean HTML, with a word in the place of each formula.
    formulas
        What the words stand for.
    kind
        What it was written in.
    source
        As it was written.
    left
        Characters of the source that were too many to be read.
    """

    html: str
    formulas: Formulas
    kind: Literal["markdown", "html"]
    source: str
    left: int = 0


@dataclass(frozen=True)
class Code:
    """Source code.

    Attributes
    ----------
    source
        At most `limits.TEXT_LIMIT` characters.
    language
        Pygments' name of it; "" when it has none.
    left
        Characters that were too many.
    count
        The number a kernel gave the cell; None for one that was never run.
    hidden
        Whether its author has folded it away.
    is_output
        Whether a cell made it, as JSON, TeX and diagrams come.
    """

    source: str
    language: str
    left: int = 0
    count: int | None = None
    hidden: bool = False
    is_output: bool = False


@dataclass(frozen=True)
class Text:
    """Text as a terminal gets it, control sequences and all."""

    text: str
    kind: Literal["stdout", "stderr", "plain", "traceback", "raw"]
    left: int = 0
    """Characters that were too many; further ones may be left out by who writes it."""


@dataclass(frozen=True)
class Failure:
    """The error a cell ended in."""

    message: str
    """Its name and what it says, in one line as a rule."""
    traceback: Text


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes
    ----------
    kind
        MIME type, one of `images.TYPES`.
    data
        Its bytes; of an SVG the text, encoded.
    alt
        What it shows, in words.
    width, height
        In CSS pixels, where the notebook names them.
    """

    kind: str
    data: bytes
    alt: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Formula:
    """A formula that is an output by itself, in TeX."""

    source: str
    display: bool


@dataclass(frozen=True)
class Note:
    """A sentence of ours about something that is not shown."""

    message: str


@dataclass(frozen=True)
class Chart:
    """Something interactive, which a library draws from what it is said to be.

    Attributes
    ----------
    number
        Its place among the notebook's charts, from 0; see `charts.charts_of`.
    title
        What it is called, for those who don't see it.
    shown
        What is there before it is drawn, and where nothing draws it: a picture, or words and a
        note.
    """

    number: int
    title: str
    shown: tuple[Block, ...]


Block = Rich | Code | Text | Failure | Picture | Formula | Note | Chart


@dataclass(frozen=True)
class Cell:
    """A cell: what it says, and what it gave.

    Attributes
    ----------
    index
        Its place in the notebook, from 0.
    kind
        As nbformat has it; what it does not know is raw.
    body
        Its source, and a note where it was cut; nothing where it is empty.
    outputs
        One tuple of blocks for each output, none of them empty.
    """

    index: int
    kind: Literal["markdown", "code", "raw"]
    body: tuple[Block, ...]
    outputs: tuple[tuple[Block, ...], ...] = ()


def every(cell: Cell) -> Iterator[Block]:
    """Yield all blocks of a cell; those that stand for something interactive are its own, too."""
    for block in (*cell.body, *(one for output in cell.outputs for one in output)):
        yield block
        if isinstance(block, Chart):
            yield from block.shown


@dataclass(frozen=True)
class Tree:
    """A notebook."""

    cells: tuple[Cell, ...]
    left: int = 0
    """Cells that were too many."""
