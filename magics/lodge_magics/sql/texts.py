"""Values of a result as text: as their source writes them, or as near to it as one form can be."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

__all__ = ["is_missing", "span_text", "text_of"]

_MICROSECOND = datetime.timedelta(microseconds=1)


def is_missing(value: Any) -> bool:
    """Tell whether a value stands for NULL.

    Parameters
    ----------
    value
        Any value of a result.
    """
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def text_of(value: Any) -> str:
    """Return a value as text; NULL is `NULL`, inside of lists and structs too.

    Parameters
    ----------
    value
        Any value of a result.
    """
    if isinstance(value, str):
        return value
    if is_missing(value):
        return "NULL"
    if isinstance(value, float):
        # The shortest digits that are this number and no other.
        return repr(float(value)).removesuffix(".0")
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | bytearray | memoryview):
        return "0x" + bytes(value).hex()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return span_text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inner(k)}: {_inner(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_inner, value)) + ")"
    if isinstance(value, list) or type(value).__name__ == "ndarray":
        return "[" + ", ".join(map(_inner, value)) + "]"
    return str(value)


def span_text(value: datetime.timedelta, *, in_days: bool = True) -> str:
    """Return a span of time as databases write it: `1 day 02:00:00`, `-838:59:59`.

    Parameters
    ----------
    value
        The span.
    in_days
        Whether hours beyond a day are days; default True.
    """
    count = value // _MICROSECOND
    sign = "-" if count < 0 else ""
    seconds, fraction = divmod(abs(count), 10**6)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24) if in_days else (0, hours)
    clock = f"{sign}{hour:02d}:{minute:02d}:{second:02d}"
    if fraction:
        clock += f".{fraction:06d}".rstrip("0")
    if not days:
        return clock
    before = f"{sign}{days} day" + ("s" if days > 1 else "")
    return f"{before} {clock}" if seconds % 86400 or fraction else before


def _inner(value: Any) -> str:
    # Quoted, so that a text is told from NULL, from a number and from two texts.
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else text_of(value)
