"""An answer of Kylin, read while it comes: its rows go on in batches, the rest is kept."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BrokenAnswerError", "read_answer"]

# Rows that are handed on at a time.
_BATCH = 5000
_SPACE = " \t\r\n"
_AFTER = f",]}}{_SPACE}"


class BrokenAnswerError(Exception):
    """What came is no whole JSON document."""


def read_answer(
    chunks: Iterator[bytes], on_rows: Callable[[list[list[str | None]]], None]
) -> dict[str, Any]:
    """Return Kylin's envelope without the rows in `data.results`.

    Parameters
    ----------
    chunks
        The body, in pieces of any size.
    on_rows
        Called with each batch of rows.

    Raises
    ------
    BrokenAnswerError
        The body breaks off, or is no JSON object.
    """
    text = _Text(chunks)
    if text.peek() != "{":
        raise BrokenAnswerError
    return _object(text, on_rows, {"data": "object", "results": ""})


def _object(
    text: _Text, on_rows: Callable[[list[list[str | None]]], None], inside: dict[str, str]
) -> dict[str, Any]:
    """Read an object; `inside` tells which of its keys are walked into, rather than kept."""
    found: dict[str, Any] = {}
    text.take("{")
    while text.peek() != "}":
        key = text.value()
        text.take(":")
        if key == "data" and inside.get(key) and text.peek() == "{":
            found[key] = _object(text, on_rows, {"results": "rows"})
        elif key == "results" and inside.get(key) and text.peek() == "[":
            _rows(text, on_rows)
        else:
            found[key] = text.value()
        if text.peek() == ",":
            text.take(",")
    text.take("}")
    return found


def _rows(text: _Text, on_rows: Callable[[list[list[str | None]]], None]) -> None:
    batch: list[list[str | None]] = []
    text.take("[")
    while text.peek() != "]":
        batch += text.rows() or [text.value()]
        if len(batch) >= _BATCH:
            on_rows(batch)
            batch = []
        if text.peek() == ",":
            text.take(",")
    text.take("]")
    if batch:
        on_rows(batch)


class _Text:
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._bytes = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._tried = False

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise BrokenAnswerError
        self._tried = False
        try:
            self._text, self._at = self._text[self._at :] + self._bytes.decode(chunk), 0
        except UnicodeDecodeError:
            raise BrokenAnswerError from None

    def peek(self) -> str:
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            self._more()

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise BrokenAnswerError
        self._at += 1

    def rows(self) -> list[list[str | None]]:
        """Return all rows that have come whole, at once; empty where that can't be told."""
        if self._tried or self.peek() != "[":
            return []
        self._tried = True
        end = self._text.rfind("],", self._at) + 1
        if not end:
            return []
        try:
            # What ends inside of a text, or behind the rows, is no JSON.
            rows: list[list[str | None]] = json.loads(f"[{self._text[self._at : end]}]")
        except json.JSONDecodeError:
            return []
        self._at = end
        return rows

    def value(self) -> Any:
        first = self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                self._more()
                continue
            # A number may go on in what has not come yet.
            if first in '"[{' or (end < len(self._text) and self._text[end] in _AFTER):
                self._at = end
                return value
            self._more()
