"""Outputs of code cells as blocks, each in the form that shows best and is safe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from .bokeh import is_scaffold, told_bokeh
from .charts import COUNT, Described, described
from .clean import clean_html, has_content
from .formulas import Formulas, split_dollars
from .images import TYPES, picture_bytes
from .limits import HTML_LIMIT, IMAGE_LIMIT, TEXT_LIMIT, Work, cut
from .maps import told_map
from .markdown import read_markdown
from .tree import Block, Chart, Code, Failure, Formula, Note, Picture, Rich, Text
from .widgets import told_widgets
from .words import Words

INTERACTIVE = (
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.plotly.v1+json",
    "application/vnd.bokehjs_exec.v0+json",
    "application/vnd.holoviews_exec.v0+json",
    "application/javascript",
)
_INTERACTIVE = "This output is interactive and shows only in a running notebook: fork it to use it."
_ELSEWHERE = (
    "This output is interactive in the gallery and in a running notebook: fork it to use it."
)


def read_outputs(
    outputs: Sequence[Any], *, number: int, words: Words, work: Work
) -> Iterator[tuple[Block, ...]]:
    """Yield the blocks of each output of one cell that has any.

    Parameters
    ----------
    outputs
        As nbformat has them.
    number
        The cell's position in the notebook, counted from 1; named in alternative texts.
    words
        Speaks the reader's language.
    work
        What may still be parsed of the notebook.
    """
    joined = [*_joined(outputs)]
    for output, following in zip_longest(joined, joined[1:]):
        data = _data(output)
        if is_scaffold(data, text_of(data.get("text/html")), _data(following)):
            continue
        blocks = tuple(_output(output, number, words, work))
        if blocks:
            yield blocks


def text_of(value: Any) -> str:
    """Return a multi-line string, which nbformat may keep as a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return ""


def _data(output: Mapping[str, Any] | None) -> Mapping[str, Any]:
    data = output.get("data") if output is not None else None
    return data if isinstance(data, Mapping) else {}


def _joined(outputs: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield outputs with neighbouring pieces of one stream put together."""
    pending: dict[str, Any] | None = None
    for output in outputs:
        if not isinstance(output, Mapping):
            continue
        if output.get("output_type") == "stream":
            if pending is not None and pending["name"] == output.get("name"):
                pending["text"].append(text_of(output.get("text")))
                continue
            if pending is not None:
                yield pending
            pending = {
                "output_type": "stream",
                "name": output.get("name"),
                "text": [text_of(output.get("text"))],
            }
            continue
        if pending is not None:
            yield pending
            pending = None
        yield output
    if pending is not None:
        yield pending


def _output(output: Mapping[str, Any], number: int, words: Words, work: Work) -> Iterator[Block]:
    kind = output.get("output_type")
    if kind == "stream":
        text = text_of(output.get("text"))
        if text:
            yield Text(text, "stderr" if output.get("name") == "stderr" else "stdout")
    elif kind == "error":
        yield from _error(output)
    elif kind in ("display_data", "execute_result"):
        data, metadata = output.get("data"), output.get("metadata")
        if isinstance(data, Mapping) and data:
            yield from _bundle(data, metadata, number, words, work)


def _error(output: Mapping[str, Any]) -> Iterator[Block]:
    name = str(output.get("ename") or "")
    value = str(output.get("evalue") or "")
    traceback = output.get("traceback")
    lines = traceback if isinstance(traceback, list) else []
    text = "\n".join(line for line in lines if isinstance(line, str))
    message = f"{name}: {value}" if value else name
    if message or text:
        yield Failure(message, Text(text, "traceback"))


def _bundle(
    data: Mapping[str, Any], metadata: Any, number: int, words: Words, work: Work
) -> Iterator[Block]:
    plain = text_of(data.get("text/plain"))
    chart = described(data, work.widgets) if work.charts < COUNT else None
    if chart is not None:
        yield _chart(chart, data, metadata, number, words, work)
        return
    for kind in TYPES:
        content = text_of(data.get(kind))
        if content:
            alt = words("Picture of cell {number}", number=number)
            # IPython's "<Figure size …>" tells nothing; other texts describe the picture
            if plain and not plain.startswith("<") and len(plain) <= 200:
                alt = plain
            yield _picture(kind, content, metadata, alt=alt, words=words)
            return
    html = text_of(data.get("text/html"))
    if html:
        shown, left = cut(html, HTML_LIMIT)
        cleaned = clean_html(shown, words) if work.may_parse(shown) else ""
        if has_content(cleaned):
            yield Rich(cleaned, Formulas(), "html", shown, left)
            return
    markdown = text_of(data.get("text/markdown"))
    if markdown and work.may_parse(markdown[:TEXT_LIMIT]):
        shown, left = cut(markdown, TEXT_LIMIT)
        yield read_markdown(shown, {}, words, part=f"out{number}", left=left)
        return
    formula = split_dollars(text_of(data.get("text/latex")))
    if formula is not None:
        yield Formula(*formula)
        return
    for kind, language in (("text/latex", "tex"), ("text/vnd.mermaid", "")):
        source = text_of(data.get(kind))
        if source:
            yield _source(source, language)
            return
    if "application/json" in data:
        pretty = json.dumps(data["application/json"], ensure_ascii=False, indent=2)
        yield _source(pretty, "json")
        return
    if plain:
        yield Text(plain, "plain")
    if html or any(kind in data for kind in INTERACTIVE) or not plain:
        yield Note(words(_INTERACTIVE))


def _chart(
    chart: Described,
    data: Mapping[str, Any],
    metadata: Any,
    number: int,
    words: Words,
    work: Work,
) -> Chart:
    at = work.next_chart()
    name = {"map": "Map of cell {number}", "widgets": "Widgets of cell {number}"}
    alt = words(name.get(chart.kind, "Chart of cell {number}"), number=number)
    raster = work.pictures[at] if at < len(work.pictures) else None
    if raster is not None:
        drawn = Picture("image/png", raster.png, alt, raster.width, raster.height)
        return Chart(at, alt, (drawn,))
    for kind in TYPES:
        content = text_of(data.get(kind))
        if content:
            return Chart(at, alt, (_picture(kind, content, metadata, alt=alt, words=words),))
    plain = text_of(data.get("text/plain"))
    told = _told(chart, number, words, work) or ((Text(plain, "plain"),) if plain else ())
    return Chart(at, alt, (*told, Note(words(_ELSEWHERE))))


def _told(chart: Described, number: int, words: Words, work: Work) -> tuple[Block, ...]:
    """Return in words what is drawn; nothing where they say less than its text form."""
    if chart.kind == "bokeh":
        return (told_bokeh(chart.spec, words),)
    if chart.kind == "map":
        return (told_map(chart.spec, words),)
    if chart.kind != "widgets":
        return ()

    def read(outputs: Sequence[Any]) -> Iterator[tuple[Block, ...]]:
        # What widgets hold is drawn with them, and has no number of its own.
        within = replace(work, charts=COUNT)
        yield from read_outputs(outputs, number=number, words=words, work=within)
        work.left = within.left

    return told_widgets(chart.spec, words, read)


def _source(source: str, language: str) -> Code:
    shown, left = cut(source, TEXT_LIMIT)
    return Code(shown, language, left, is_output=True)


def _picture(kind: str, content: str, metadata: Any, *, alt: str, words: Words) -> Picture | Note:
    """Return a picture, or a note that says why it is not shown."""
    if len(content) > IMAGE_LIMIT:
        return Note(
            words("This picture is too large to be shown here; the downloaded notebook has it.")
        )
    data = picture_bytes(kind, content)
    if data is None:
        return Note(words("This picture could not be read."))
    about = metadata.get(kind) if isinstance(metadata, dict) else None
    sizes = about if isinstance(about, dict) else {}
    return Picture(kind, data, alt, _size(sizes.get("width")), _size(sizes.get("height")))


def _size(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 < value < 10_000 else None
