"""A whole notebook as one piece of HTML for a page of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .html import HtmlWriter
from .reading import read_notebook
from .words import Words


def render_notebook(
    nb: Mapping[str, Any], *, highlight_cell: int | None = None, language: str = "en"
) -> str:
    """Return HTML of a notebook that is safe on our own origin.

    Nothing of the notebook can run script, load anything from elsewhere, or look like a control of
    Lodge; its page needs ``render.css``, and works below a policy without inline style or script.

    Parameters
    ----------
    nb
        A notebook of nbformat 4.
    highlight_cell
        Index of a cell to mark as failed, from 0. It gets the id ``failing-cell``.
    language
        Of what the renderer says itself: ``en`` or ``zh``.

    Returns
    -------
    str
        One ``<div class="nb">``; cells have ids ``cell-0``, ``cell-1``…
    """
    words = Words(language)
    return HtmlWriter(words).write(read_notebook(nb, words), highlight_cell=highlight_cell)
