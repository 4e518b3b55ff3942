"""A whole notebook as one piece of HTML for a page of ours."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ..texts import whole
from .code import cell_language, highlight_code
from .images import note
from .limits import CELL_LIMIT, TEXT_LIMIT, Budget, cut
from .markdown import render_markdown
from .outputs import render_outputs, text_of
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
    nb = whole(nb)  # half a character can't be sent, and no parser takes it
    words = Words(language)
    budget = Budget()
    cells = [cell for cell in nb.get("cells") or [] if isinstance(cell, Mapping)]
    kernel_language = _kernel_language(nb)
    pieces = []
    for index, cell in enumerate(cells[:CELL_LIMIT]):
        html = _cell(cell, index, kernel_language, words, budget, failed=index == highlight_cell)
        pieces.append(html)
    if len(cells) > CELL_LIMIT:
        pieces.append(
            note(
                words(
                    "{count} more cells are not shown here; the downloaded notebook has them.",
                    count=f"{len(cells) - CELL_LIMIT:,}",
                )
            )
        )
    if not cells:
        pieces.append(note(words("This notebook has no cells.")))
    return f'<div class="nb">{"".join(pieces)}</div>'


def _cell(
    cell: Mapping[str, Any],
    index: int,
    language: str,
    words: Words,
    budget: Budget,
    *,
    failed: bool,
) -> str:
    kind = cell.get("cell_type")
    source, left = cut(text_of(cell.get("source")), TEXT_LIMIT)
    more = ""
    if left:
        message = "{count} more characters are not shown here; the downloaded notebook has them."
        more = note(words(message, count=f"{left:,}"))
    if kind == "markdown":
        attachments = cell.get("attachments")
        bundle = attachments if isinstance(attachments, Mapping) else {}
        may_parse = budget.may_parse(source)
        body = render_markdown(source, bundle, words, part=f"c{index}") if may_parse else ""
        if not may_parse or not budget.take(body):
            body = f'<pre class="nb-text">{escape(source, quote=False)}</pre>'
        return _wrap(index, "nb-markdown-cell", f'<div class="nb-markdown">{body}</div>{more}')
    if kind != "code":
        body = f'<pre class="nb-text" tabindex="0">{escape(source, quote=False)}</pre>{more}'
        return _wrap(index, "nb-raw-cell", body if source.strip() else "")
    body = _code(cell, source, language, words) + more
    outputs = cell.get("outputs")
    if isinstance(outputs, list) and outputs:
        shown = render_outputs(outputs, number=index + 1, words=words, budget=budget)
        body += f'<div class="nb-outputs">{shown}</div>' if shown else ""
    if failed:
        body = f'<p class="nb-failed-mark">{escape(words("This cell failed"))}</p>{body}'
    return _wrap(index, "nb-code-cell" + (" nb-failed" if failed else ""), body)


def _code(cell: Mapping[str, Any], source: str, language: str, words: Words) -> str:
    if not source.strip():
        return ""
    count = cell.get("execution_count")
    prompt = f"[{count}]" if isinstance(count, int) else "[ ]"
    html = (
        f'<div class="nb-input"><span class="nb-prompt" aria-hidden="true">{prompt}</span>'
        f'<pre class="nb-code" tabindex="0">'
        f"{highlight_code(source, cell_language(source, language))}</pre></div>"
    )
    metadata = cell.get("metadata")
    jupyter = metadata.get("jupyter") if isinstance(metadata, Mapping) else None
    if isinstance(jupyter, Mapping) and jupyter.get("source_hidden") is True:
        return f"<details><summary>{escape(words('Code'))}</summary>{html}</details>"
    return html


def _wrap(index: int, style: str, body: str) -> str:
    if not body:
        return ""
    anchor = '<a id="failing-cell"></a>' if "nb-failed" in style else ""
    return f'{anchor}<div class="nb-cell {style}" id="cell-{index}">{body}</div>'


def _kernel_language(nb: Mapping[str, Any]) -> str:
    metadata = nb.get("metadata")
    if not isinstance(metadata, Mapping):
        return "python"
    for part, key in (
        ("language_info", "pygments_lexer"),
        ("language_info", "name"),
        ("kernelspec", "language"),
    ):
        section = metadata.get(part)
        value = section.get(key) if isinstance(section, Mapping) else None
        if isinstance(value, str) and value:
            return value
    return "python"
