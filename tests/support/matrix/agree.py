"""Whether a value in Python is the one that a source writes as text."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from lodge_magics.sql.texts import is_missing

__all__ = ["agrees", "shown_agrees"]

_SPAN = re.compile(
    r"(?:(-?\d+) days? ?)?(?:(-)?(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?", re.IGNORECASE
)
_TRINO = re.compile(r"(-?)(\d+) (\d\d):(\d\d):(\d\d)\.(\d{3})")


class Json(str):
    """A number as JSON writes it."""

    __slots__ = ()


def agrees(value: Any, text: str | None, form: str, said: str = "") -> bool:
    """Tell whether a value is what the source writes.

    Parameters
    ----------
    value
        As it arrived.
    text
        Of the source; None for NULL.
    form
        `plain`, `hex` or `json`.
    said
        The notes on the column: what no type can hold may be missing, or text, with one.
    """
    if text is not None and is_missing(value):
        return "are no dates" in said and not _is_date(text)
    if text is None or is_missing(value):
        return text is None and is_missing(value)
    if form == "json":
        parsed = json.loads(text, parse_int=Json, parse_float=Json, parse_constant=Json)
        if isinstance(value, str) and isinstance(parsed, list | dict):
            return " is text" in said
        return _nested(value, parsed, said)
    if form == "hex":
        return isinstance(value, bytes) and value.hex() == text.lower()
    return _plain(value, text)


def _nested(value: Any, parsed: Any, said: str) -> bool:
    if isinstance(parsed, dict):
        if isinstance(value, list):
            value = dict(value)
        return (
            isinstance(value, dict)
            and list(map(str, value)) == list(parsed)
            and all(_nested(value[k], parsed[str(k)], said) for k in value)
        )
    if isinstance(parsed, list):
        return (
            isinstance(value, list)
            and len(value) == len(parsed)
            and all(_nested(one, other, said) for one, other in zip(value, parsed, strict=True))
        )
    if isinstance(parsed, bool):
        return value is parsed
    return agrees(value, None if parsed is None else str(parsed), "plain", said)


def _plain(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return value == text
    if isinstance(value, bool | np.bool_):
        return text.lower() in (("true", "t", "1") if value else ("false", "f", "0"))
    if isinstance(value, int | np.integer):
        return str(int(value)) == text
    if isinstance(value, float | np.floating):
        number = float(text)
        if number != number or value != value:
            return bool(number != number and value != value)
        return bool(value == number or np.float32(value) == np.float32(text) == value)
    if isinstance(value, Decimal):
        return str(value) == text or (value == Decimal(text))
    if isinstance(value, datetime.datetime):
        return _moment(value, text)
    if isinstance(value, datetime.date):
        return value.isoformat() == text
    if isinstance(value, datetime.time):
        return value == datetime.time.fromisoformat(text)
    if isinstance(value, datetime.timedelta):
        return span_of(text) == value
    # UUID, addresses
    return str(value) == text


def _moment(value: Any, text: str) -> bool:
    try:
        moment = pd.Timestamp(re.sub(r" \(BC\)| BC", "", text))
    except (ValueError, OverflowError):
        return False
    if (moment.tzinfo is None) != (value.tzinfo is None):
        return False
    return bool(pd.Timestamp(value) == moment)


def _is_date(text: str) -> bool:
    """Tell whether some part of a text is a date that Python has, and none is another one."""
    return not re.search(r"infinity|BC|\d{5,}-\d\d|\b0000-\d\d|24:00:00|-\d{4}-", text)


def span_of(text: str) -> datetime.timedelta | None:
    """Return a span of time as Postgres, DuckDB, MySQL and Trino write it; None for another one."""
    found = _TRINO.fullmatch(text)
    if found is not None:
        numbers = [int(number) for number in found.groups()[1:]]
        units = ("days", "hours", "minutes", "seconds", "milliseconds")
        whole = datetime.timedelta(**dict(zip(units, numbers, strict=True)))
        return -whole if found[1] else whole
    found = _SPAN.fullmatch(text)
    if not text or found is None:
        return None
    days, sign, hours, minutes, seconds, fraction = found.groups()
    clock = datetime.timedelta(
        hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0),
        microseconds=int((fraction or "").ljust(6, "0")),
    )  # fmt: skip
    return datetime.timedelta(days=int(days or 0)) + (-clock if sign else clock)


def shown_agrees(shown: str | None, text: str | None, form: str, said: str) -> bool:
    """Tell whether a cell of a table shows what the source writes.

    Parameters
    ----------
    shown
        None for NULL.
    text, form, said
        As `agrees` takes them.
    """
    if shown is None or text is None:
        return agrees(shown, text, form, said)
    if form == "hex":
        whole = "0x" + text.lower()
        return shown == whole or (len(whole) > 34 and shown.startswith(whole[:34]))
    if form == "json":
        leaves = _leaves(json.loads(text, parse_int=Json, parse_float=Json))
        return all(leaf in shown for leaf in leaves)
    return shown == " ".join(text.split("\n")) or any(
        same(shown, text) for same in (_same_number, _same_moment, _same_span, _same_word)
    )


def _leaves(parsed: Any) -> list[str]:
    if isinstance(parsed, dict):
        return [leaf for key, one in parsed.items() for leaf in (key, *_leaves(one))]
    if isinstance(parsed, list):
        return [leaf for one in parsed for leaf in _leaves(one)]
    if parsed is None or (isinstance(parsed, str) and not _is_date(parsed)):
        return []
    text = str(parsed).replace("T", " ") if not isinstance(parsed, bool) else str(parsed)
    return [text.replace("'", "''")]


def _same_number(shown: str, text: str) -> bool:
    try:
        ours, theirs = float(shown), float(text)
    except ValueError:
        return False
    # Of whole numbers and decimals a float is not enough.
    exact = re.fullmatch(r"-?\d+(\.\d+)?", shown) and re.fullmatch(r"-?\d+(\.\d+)?", text)
    if exact and "." not in shown and "." not in text:
        return shown == text or (ours == theirs and abs(ours) > 2**53 and text.endswith("0"))
    return str(ours) == str(theirs)


def _same_moment(shown: str, text: str) -> bool:
    try:
        ours, theirs = pd.Timestamp(shown), pd.Timestamp(text)
    except (ValueError, OverflowError):
        return False
    return (ours.tzinfo is None) == (theirs.tzinfo is None) and bool(ours == theirs)


def _same_span(shown: str, text: str) -> bool:
    return span_of(shown) is not None and span_of(shown) == span_of(text)


def _same_word(shown: str, text: str) -> bool:
    return shown in ("True", "False") and _plain(shown == "True", text)
