"""Outputs of code cells, each in the form that shows best and is safe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .clean import clean_html, has_content
from .code import highlight_code
from .formulas import formula_html, split_dollars
from .images import SVG, TYPES, image_html, note
from .limits import HTML_LIMIT, TEXT_LIMIT, Budget, cut
from .markdown import render_markdown
from .terminal import terminal_html
from .words import Words

INTERACTIVE = (
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.plotly.v1+json",
    "application/vnd.bokehjs_exec.v0+json",
    "application/vnd.holoviews_exec.v0+json",
    "application/javascript",
)


def render_outputs(outputs: Sequence[Any], *, number: int, words: Words, budget: Budget) -> str:
    """Return clean HTML of all outputs of one cell.

    Parameters
    ----------
    outputs
        As nbformat has them.
    number
        The cell's position in the notebook, counted from 1; named in alternative texts.
    words
        Speaks the reader's language.
    budget
        Room that is left on the page.
    """
    pieces = []
    for output in _joined(outputs):
        html = _output(output, number, words, budget)
        if not html:
            continue
        if not budget.take(html):
            pieces.append(
                note(
                    words(
                        "This output is not shown, because the page is full; "
                        "the downloaded notebook has it."
                    )
                )
            )
            break
        pieces.append(html)
    return "".join(pieces)


def text_of(value: Any) -> str:
    """Return a multi-line string, which nbformat may keep as a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return ""


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


def _output(output: Mapping[str, Any], number: int, words: Words, budget: Budget) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        style = "nb-stderr" if output.get("name") == "stderr" else "nb-stdout"
        return _preformatted(text_of(output.get("text")), style, words)
    if kind == "error":
        return _error(output, words)
    if kind in ("display_data", "execute_result"):
        data, metadata = output.get("data"), output.get("metadata")
        return _bundle(data, metadata, number, words, budget) if isinstance(data, Mapping) else ""
    return ""


def _error(output: Mapping[str, Any], words: Words) -> str:
    name = str(output.get("ename") or "")
    value = str(output.get("evalue") or "")
    traceback = output.get("traceback")
    lines = traceback if isinstance(traceback, list) else []
    text = "\n".join(line for line in lines if isinstance(line, str))
    shown, _ = terminal_html(f"{name}: {value}" if value else name, 2_000)
    head = f'<p class="nb-error-head">{shown}</p>' if shown else ""
    body = _preformatted(text, "nb-traceback", words)
    return f'<div class="nb-error">{head}{body}</div>' if head or body else ""


def _bundle(
    data: Mapping[str, Any], metadata: Any, number: int, words: Words, budget: Budget
) -> str:
    if not data:
        return ""
    plain = text_of(data.get("text/plain"))
    for kind in TYPES:
        picture = text_of(data.get(kind))
        if picture:
            alt = words("Picture of cell {number}", number=number)
            # IPython's "<Figure size …>" tells nothing; other texts describe the picture
            if plain and not plain.startswith("<") and len(plain) <= 200:
                alt = plain
            return image_html(
                kind, picture.strip() if kind != SVG else picture, metadata, alt=alt, words=words
            )
    html = text_of(data.get("text/html"))
    if html:
        shown, left = cut(html, HTML_LIMIT)
        cleaned = clean_html(shown, words) if budget.may_parse(shown) else ""
        if has_content(cleaned):
            return f'<div class="nb-html">{cleaned}</div>{_more(left, words)}'
    markdown = text_of(data.get("text/markdown"))
    if markdown and budget.may_parse(markdown[:TEXT_LIMIT]):
        shown, left = cut(markdown, TEXT_LIMIT)
        body = render_markdown(shown, {}, words, part=f"out{number}")
        return f'<div class="nb-markdown">{body}</div>{_more(left, words)}'
    formula = split_dollars(text_of(data.get("text/latex")))
    if formula is not None:
        return formula_html(formula[0], display=formula[1])
    for kind, language in (("text/latex", "tex"), ("text/vnd.mermaid", "")):
        source = text_of(data.get(kind))
        if source:
            return _source(source, language, words)
    if "application/json" in data:
        pretty = json.dumps(data["application/json"], ensure_ascii=False, indent=2)
        return _source(pretty, "json", words)
    message = "This output is interactive and shows only in a running notebook: fork it to use it."
    interactive = bool(html) or any(kind in data for kind in INTERACTIVE) or not plain
    text = _preformatted(plain, "nb-plain", words) if plain else ""
    return text + (note(words(message)) if interactive else "")


def _source(source: str, language: str, words: Words) -> str:
    shown, left = cut(source, TEXT_LIMIT)
    return (
        f'<pre class="nb-code nb-source" tabindex="0">{highlight_code(shown, language)}</pre>'
        f"{_more(left, words)}"
    )


def _preformatted(text: str, style: str, words: Words) -> str:
    html, left = terminal_html(text, TEXT_LIMIT)
    if not html.strip():
        return ""
    return f'<pre class="nb-text {style}" tabindex="0">{html}</pre>{_more(left, words)}'


def _more(left: int, words: Words) -> str:
    if not left:
        return ""
    count = f"{left:,}"
    return note(
        words(
            "{count} more characters are not shown here; the downloaded notebook has them.",
            count=count,
        )
    )
