"""Markdown cells as JupyterLab reads them: GFM, formulas, attachments; cleaned like any HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from .clean import clean_html, is_costly
from .code import highlight_code
from .delimiters import take_out
from .formulas import Formulas
from .tree import Rich
from .words import Words

BRACKET_LIMIT = 4_000
"""Opening brackets of one text above which it is shown as written: each may begin a link."""

_TASK = re.compile(r"\[([ xX])\](?=\s)")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#_.-]{1,30}")
_SIDE = re.compile(r"text-align:\s*(left|right|center)")


class _Renderer(RendererHTML):
    """Writes HTML; `clean_html` has the last word on all of it."""

    def fence(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Highlight a fenced block in its language."""
        token = tokens[idx]
        language = token.info.strip().split(" ", 1)[0]
        named = f" nb-lang-{language.lower()}" if _LANGUAGE.fullmatch(language) else ""
        code = highlight_code(token.content.rstrip(), language)
        return f'<pre class="nb-code{named}">{code}</pre>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Write an indented block of code."""
        code = escape(tokens[idx].content.rstrip(), quote=False)
        return f'<pre class="nb-code">{code}</pre>\n'

    def heading_open(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        """One step lower than in the notebook: the page has a first heading of its own."""
        children = tokens[idx + 1].children or []
        text = "".join(
            child.content for child in children if child.type in ("text", "code_inline", "image")
        )
        anchor = escape(env["formulas"].sources(text))
        return f'<{_lower(tokens[idx].tag)} id="{anchor}">'

    def heading_close(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """End what `heading_open` has begun."""
        return f"</{_lower(tokens[idx].tag)}>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Write the side as an attribute: no inline style is left on our pages."""
        found = _SIDE.search(str(tokens[idx].attrGet("style") or ""))
        side = f' align="{found[1]}"' if found else ""
        return f"<{tokens[idx].tag}{side}>"

    td_open = th_open


def _task_marks(state: StateCore) -> None:
    """Put signs for the boxes of a task list; a page of ours has no controls of a notebook."""
    for item, paragraph, inline in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open":
            continue
        first = inline.children[0] if inline.children else None
        found = _TASK.match(first.content) if first is not None and first.type == "text" else None
        if first is None or found is None:
            continue
        first.content = ("☐" if found[1] == " " else "☑") + first.content[found.end() :]
        item.attrSet("class", "nb-task")


def _lower(tag: str) -> str:
    return f"h{min(int(tag[1]) + 1, 6)}"


_MARKDOWN = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}, renderer_cls=_Renderer)
_MARKDOWN.enable(["table", "strikethrough"])
_MARKDOWN.use(footnote_plugin, inline=False)
_MARKDOWN.use(gfm_autolink_plugin)
_MARKDOWN.core.ruler.after("inline", "nb_task_marks", _task_marks)
# What a link or a picture may lead to is for the cleaner to say.
_MARKDOWN.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005


def read_markdown(
    source: str, attachments: Mapping[str, Any], words: Words, *, part: str = "", left: int = 0
) -> Rich:
    """Return clean text of Markdown `source`.

    Parameters
    ----------
    source
        The cell's text.
    attachments
        The cell's attachments, by file name, each a bundle by MIME type.
    words
        Speaks the reader's language.
    part
        Tells the footnotes of this text from those of others on the page.
    left
        Characters that were cut off the source.
    """
    formulas = Formulas()
    html = _cleaned(source, attachments, words, part, formulas)
    return Rich(html, formulas, "markdown", source, left)


def _cleaned(
    source: str, attachments: Mapping[str, Any], words: Words, part: str, formulas: Formulas
) -> str:
    if source.count("[") > BRACKET_LIMIT:
        return _as_written(source)
    env = {"formulas": formulas, "docId": part}
    try:
        html = _MARKDOWN.render(take_out(source, formulas.hold), env)
    except RecursionError:
        # thousands of nested quotes or lists: shown as they were written
        return _as_written(source)
    cleaned = clean_html(html, words, attachments)
    if source.strip() and not cleaned:
        return _as_written(source) if is_costly(html) else ""
    return cleaned


def _as_written(source: str) -> str:
    return f'<pre class="nb-code">{escape(source, quote=False)}</pre>'
