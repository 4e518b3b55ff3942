"""A whole notebook as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..texts import whole
from .charts import pictures_of
from .code import cell_language
from .limits import CELL_LIMIT, TEXT_LIMIT, Work, cut
from .markdown import read_markdown
from .outputs import read_outputs, text_of
from .tree import Block, Cell, Code, Text, Tree
from .widgets import widget_states
from .words import Words


def read_notebook(nb: Mapping[str, Any], words: Words) -> Tree:
    """Return the tree of a notebook.

    Parameters
    ----------
    nb
        A notebook of nbformat 4; what is wrong in it is left out.
    words
        Speaks the reader's language, of what is not shown and of pictures without a text.
    """
    nb = whole(nb)  # half a character can't be sent, and no parser takes it
    work = Work(pictures=pictures_of(nb), widgets=widget_states(nb))
    cells = [cell for cell in nb.get("cells") or [] if isinstance(cell, Mapping)]
    language = _kernel_language(nb)
    read = [_cell(cell, at, language, words, work) for at, cell in enumerate(cells[:CELL_LIMIT])]
    return Tree(tuple(read), left=max(0, len(cells) - CELL_LIMIT))


def _cell(cell: Mapping[str, Any], index: int, language: str, words: Words, work: Work) -> Cell:
    kind = cell.get("cell_type")
    source, left = cut(text_of(cell.get("source")), TEXT_LIMIT)
    if kind == "markdown":
        return Cell(index, "markdown", (_markdown(cell, source, left, index, words, work),))
    if kind != "code":
        return Cell(index, "raw", (Text(source, "raw", left),) if source.strip() else ())
    outputs = cell.get("outputs")
    found = outputs if isinstance(outputs, list) else []
    return Cell(
        index,
        "code",
        (_code(cell, source, left, language),) if source.strip() else (),
        tuple(read_outputs(found, number=index + 1, words=words, work=work)),
    )


def _markdown(
    cell: Mapping[str, Any], source: str, left: int, index: int, words: Words, work: Work
) -> Block:
    if not work.may_parse(source):
        return Text(source, "raw", left)
    attachments = cell.get("attachments")
    bundle = attachments if isinstance(attachments, Mapping) else {}
    return read_markdown(source, bundle, words, part=f"c{index}", left=left)


def _code(cell: Mapping[str, Any], source: str, left: int, language: str) -> Code:
    count = cell.get("execution_count")
    metadata = cell.get("metadata")
    jupyter = metadata.get("jupyter") if isinstance(metadata, Mapping) else None
    return Code(
        source,
        cell_language(source, language),
        left,
        count=count if isinstance(count, int) else None,
        hidden=isinstance(jupyter, Mapping) and jupyter.get("source_hidden") is True,
    )


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
