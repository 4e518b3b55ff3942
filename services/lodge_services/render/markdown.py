"""Markdown cells: tables, formulas, attachments inlined; cleaned like any HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import unquote

import mistune

from .clean import DATA_IMAGE, clean_html, is_costly
from .code import highlight_code
from .formulas import Formulas
from .images import TYPES, data_url
from .limits import IMAGE_LIMIT
from .words import Words

_ALIGNMENTS = {"left", "right", "center"}

_PLUGINS = ("strikethrough", "table", "task_lists", "url", "math", "footnotes", "def_list")


class _Renderer(mistune.HTMLRenderer):
    """Writes HTML; `clean_html` has the last word on all of it."""

    def __init__(self, attachments: Mapping[str, Any], words: Words, formulas: Formulas) -> None:
        super().__init__(escape=False, allow_harmful_protocols=True)
        self._attachments = attachments
        self._words = words
        self._formulas = formulas

    def heading(self, text: str, level: int, **attrs: Any) -> str:  # noqa: ARG002
        """One step lower than in the notebook: the page has a first heading of its own."""
        plain = self._formulas.without(re.sub(r"<[^>]*>", "", text))
        anchor = re.sub(r"[^\w.-]+", "-", plain).strip("-")
        step = min(level + 1, 6)
        return f'<h{step} id="nb-h-{escape(anchor[:200])}">{text}</h{step}>\n'

    def block_code(self, code: str, info: str | None = None) -> str:
        """Highlight a fenced block in its language."""
        language = (info or "").split(" ", 1)[0]
        return f'<pre class="nb-code">{highlight_code(code.rstrip(), language)}</pre>\n'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Inline a picture that is part of the notebook; name one that is elsewhere."""
        alt = text or title or self._words("Picture")
        address = self._attachment(url) if url.startswith("attachment:") else None
        if DATA_IMAGE.fullmatch(url) and len(url) <= IMAGE_LIMIT:
            address = url
        if address is not None:
            return f'<img src="{escape(address)}" alt="{escape(alt)}">'
        label = escape(f"{alt} ({self._words('Picture kept elsewhere')})")
        return f'<a class="nb-elsewhere" href="{escape(url)}">{label}</a>'

    def _attachment(self, url: str) -> str | None:
        name = url.removeprefix("attachment:")
        bundle = self._attachments.get(name) or self._attachments.get(unquote(name))
        if not isinstance(bundle, Mapping):
            return None
        for kind in TYPES:
            data = bundle.get(kind)
            if isinstance(data, str) and len(data) <= IMAGE_LIMIT:
                return data_url(kind, data)
        return None


def _table_cell(
    _renderer: object,
    text: str,
    align: str | None = None,
    head: bool = False,
) -> str:
    tag = "th" if head else "td"
    side = f' align="{align}"' if align in _ALIGNMENTS else ""
    return f"  <{tag}{side}>{text}</{tag}>\n"


def render_markdown(source: str, attachments: Mapping[str, Any], words: Words) -> str:
    """Return clean HTML of Markdown `source`.

    Parameters
    ----------
    source
        The cell's text.
    attachments
        The cell's attachments, by file name, each a bundle by MIME type.
    words
        Speaks the reader's language.
    """
    formulas = Formulas()
    renderer = _Renderer(attachments, words, formulas)
    markdown = mistune.create_markdown(escape=False, renderer=renderer, plugins=_PLUGINS)
    renderer.register("table_cell", _table_cell)
    for name, display in (("inline_math", False), ("block_math", True)):
        renderer.register(
            name, lambda _self, text, display=display: formulas.hold(text, display=display)
        )
    try:
        html = markdown(source)
    except RecursionError:
        # thousands of nested quotes or lists: shown as they were written
        return _as_written(source)
    text = html if isinstance(html, str) else ""
    cleaned = clean_html(text)
    if source.strip() and not cleaned:
        return _as_written(source) if is_costly(text) else ""
    return formulas.put_back(cleaned)


def _as_written(source: str) -> str:
    return f'<pre class="nb-code">{escape(source, quote=False)}</pre>'
