"""Texts: what JSON can hold and databases and pages can't, and how they are compared."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
_UNFIT = re.compile("[\ud800-\udfff\x00]")


def whole(value: Any) -> Any:
    """Return a JSON value in which a replacement character stands for each half character.

    The two halves of one character become that character.
    """
    if isinstance(value, str):
        if not _HALF.search(value):
            return value
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {whole(key): whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return value


def folded(text: str) -> str:
    """Return `text` without differences of case, width and accents' encoding, for comparing."""
    return unicodedata.normalize("NFKC", text).casefold()


def unfit(value: Any) -> str:
    """Return what a JSON value holds that can't be kept, in words; "" when there is nothing."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found = _UNFIT.search(item)
            if found:
                return "a NUL character" if found[0] == "\x00" else "half a character"
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return ""


def value_words(value: Any, limit: int = 300) -> str:
    """Return a parameter's value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
