"""Pictures in HTML and Markdown: attachments are inlined, those kept elsewhere are named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from .images import TYPES, data_url
from .limits import IMAGE_LIMIT
from .words import Words

# A picture that is written out is longer, and needs no change.
_IMAGE = re.compile(r"<img\b[^<>]{0,4000}>", re.IGNORECASE)


def with_pictures(html: str, words: Words, attachments: Mapping[str, Any]) -> str:
    """Return HTML, not clean yet, in which each picture is one of the notebook's or a link."""
    return _IMAGE.sub(lambda match: _picture(match[0], words, attachments), html)


def _picture(tag: str, words: Words, attachments: Mapping[str, Any]) -> str:
    attributes = _attributes(tag)
    source = attributes.get("src", "").strip()
    alt = attributes.get("alt") or attributes.get("title") or words("Picture")
    if source.startswith("attachment:"):
        address = _attachment(source, attachments)
        if address is not None:
            size = "".join(
                f' {name}="{escape(attributes[name])}"'
                for name in ("width", "height")
                if name in attributes
            )
            return f'<img src="{address}" alt="{escape(alt)}"{size}>'
    elif source.lower().startswith("data:"):
        return tag if "alt" in attributes else f'<img alt="{escape(alt)}" {tag[4:]}'
    label = escape(f"{alt} ({words('Picture kept elsewhere')})", quote=False)
    return f'<a class="nb-elsewhere" href="{escape(source)}">{label}</a>'


def _attachment(source: str, attachments: Mapping[str, Any]) -> str | None:
    name = source.removeprefix("attachment:")
    bundle = attachments.get(name) or attachments.get(unquote(name))
    if not isinstance(bundle, Mapping):
        return None
    for kind in TYPES:
        data = bundle.get(kind)
        if isinstance(data, list):
            data = "".join(part for part in data if isinstance(part, str))
        if isinstance(data, str) and len(data) <= IMAGE_LIMIT:
            return data_url(kind, data)
    return None


class _OneTag(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.attributes = {name: value or "" for name, value in reversed(attrs)}

    handle_startendtag = handle_starttag


def _attributes(tag: str) -> dict[str, str]:
    parser = _OneTag()
    parser.feed(tag)
    parser.close()
    return parser.attributes
