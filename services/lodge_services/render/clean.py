"""The allow-list that all HTML out of a notebook goes through.

What stays can lay out text, tables and pictures that are part of the notebook. What goes: script,
style, forms, frames, embedded documents, event handlers, everything loaded from elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import nh3

from .pictures import with_pictures
from .styles import with_classes
from .words import Words

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd"),
    *("del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s"),
    *("samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr", "center", "section", "article"),
}

# removed together with all that is in them
CONTENT_TAGS = {
    *("script", "style", "svg", "math", "iframe", "object", "embed", "applet", "template"),
    *("noscript", "noembed", "noframes", "title", "textarea", "select", "audio", "video", "canvas"),
    *("xmp", "plaintext", "frameset", "head", "button"),
}

ATTRIBUTES = {
    "*": {"class", "dir", "lang", "title"},
    "a": {"href", "id"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "li": {"value", "id"},
    "details": {"open"},
    "table": {"border", "id"},
    "col": {"span"},
    "colgroup": {"span"},
    "td": {"colspan", "rowspan", "align", "headers"},
    "th": {"colspan", "rowspan", "align", "scope", "headers"},
    "tr": {"align"},
    **{name: {"id"} for name in ("span", "div", "p", "section", "figure", "sup")},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}

MAX_DEPTH = 400
"""Tags that may be open at once."""

MAX_ATTRIBUTES = 3_000
"""Words that may stand between two ``>``, when a tag begins there."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
# their end tags may be left out, or they have none
_NEVER_DEEP = {
    *("p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "tfoot", "option", "optgroup"),
    *("br", "img", "hr", "col", "colgroup", "wbr", "input", "meta", "link", "base", "source"),
    *("track", "area", "embed", "param", "html", "head", "body"),
}

DATA_IMAGE = re.compile(
    r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*", re.ASCII
)
_CLASSES = re.compile(
    r"(?:pg-[a-z0-9]{1,3}|nb-(?:code|lang-[a-z0-9+#_.-]{1,30}|elsewhere|task|bold|italic|[fb]g-[0-5]{3})|dataframe)\Z",
    re.ASCII,
)
_ODD_IN_ANCHOR = re.compile(r"[^\w.]+")
_NAMED_ANCHOR = re.compile(r"(<a\s[^<>]{0,400}?\b)name(?=\s*=)", re.IGNORECASE)
# Nobody sees it, and pandas writes a third of a table's text so.
_BETWEEN_CELLS = re.compile(
    r">\s+(?=</?(?:table|caption|colgroup|col|thead|tbody|tfoot|tr|td|th)\b)"
)
_SMALL_NUMBER = re.compile(r"[0-9]{1,4}%?\Z", re.ASCII)
_ALIGN = {"left", "right", "center", "justify"}


def clean_html(
    html: str, words: Words | None = None, attachments: Mapping[str, Any] | None = None
) -> str:
    """Return `html` with only what the allow-list knows, its tags balanced.

    HTML that would take a parser very long is not cleaned: it gives an empty string.

    Parameters
    ----------
    html
        Anything.
    words
        Speaks the reader's language, of pictures that are not shown; English by default.
    attachments
        Pictures that the HTML may name, each a bundle by MIME type.
    """
    if is_costly(html):
        return ""
    prepared = _NAMED_ANCHOR.sub(r"\1id", with_classes(html))
    prepared = with_pictures(prepared, words or Words("en"), attachments or {})
    cleaned = nh3.clean(
        prepared,
        tags=TAGS,
        clean_content_tags=CONTENT_TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
    )
    return _BETWEEN_CELLS.sub(">", cleaned)


def is_costly(html: str) -> bool:
    """Tell whether a parser would take very long: tags nested too deep, or too many attributes.

    Parsers need time with the square of either, so that one output could hold up the service.
    """
    depth = 0
    open_tags: Counter[str] = Counter()
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _NEVER_DEEP:
            continue
        if not match[1]:
            open_tags[name] += 1
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
    return any(
        len(stretch) > MAX_ATTRIBUTES
        and len(re.findall(r"\s+" if "base64," in stretch else r"[\s/]+", stretch)) > MAX_ATTRIBUTES
        for stretch in html.split(">")
        if _TAG.search(stretch)
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value that an attribute may have, or None to drop it."""
    if name == "class":
        kept = [part for part in value.split() if _CLASSES.match(part)]
        return " ".join(kept) or None
    if name == "src":
        return value if tag == "img" and DATA_IMAGE.fullmatch(value) else None
    if name == "href":
        return _href(value)
    if name == "id":
        return anchor(value)
    if name == "align":
        return value if value.lower() in _ALIGN else None
    if name in ("width", "height", "colspan", "rowspan", "span", "border", "start", "value"):
        return value if _SMALL_NUMBER.match(value) else None
    return value


def _href(value: str) -> str | None:
    stripped = value.strip()
    if stripped.startswith("#"):
        target = anchor(unquote(stripped[1:]))
        return None if target is None else f"#{target}"
    # addresses without a scheme point into the author's home, which is not here
    return stripped if re.match(r"(?:https?://|mailto:)", stripped, re.IGNORECASE) else None


def anchor(name: str) -> str | None:
    """Return the id on our page of what a notebook calls `name`; the same for links to it."""
    plain = _ODD_IN_ANCHOR.sub("-", name).strip("-")[:200]
    return f"nb-h-{plain}" if plain else None


def has_content(html: str) -> bool:
    """Tell whether anything can be seen of cleaned `html`."""
    return "<img" in html or "<hr" in html or bool(re.sub(r"<[^>]*>|&nbsp;|\s", "", html))
