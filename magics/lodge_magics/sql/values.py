"""Python values that may be bound, brought down to the plain types database drivers know."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

from lodge_magics.errors import SqlError

__all__ = ["plain", "plain_list"]

_PLAIN = (
    type(None),
    bool,
    int,
    float,
    decimal.Decimal,
    str,
    bytes,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    uuid.UUID,
)
# Of a subclass the base is bound, since drivers look types up by identity.
_BASES: tuple[type[Any], ...] = (int, float, str, bytes)


def plain(name: str, value: object) -> Any:
    """Return a value as a plain Python value.

    Parameters
    ----------
    name
        The parameter's, for the message.
    value
        None, a number, text, bytes, a date or time, a UUID, or numpy's and pandas' forms of them.

    Raises
    ------
    SqlError
        The value is of a type no database takes.
    """
    if type(value) in _PLAIN:
        return value
    module, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if module == "pandas":
        if kind in ("NAType", "NaTType"):
            return None
        if kind == "Timestamp":
            return value.to_pydatetime(warn=False)  # type: ignore[attr-defined]
        if kind == "Timedelta":
            return value.to_pytimedelta()  # type: ignore[attr-defined]
    if module == "numpy" and hasattr(value, "item") and not getattr(value, "shape", ()):
        if kind in ("datetime64", "timedelta64"):
            import pandas as pd

            wrapped = pd.Timestamp(value) if kind == "datetime64" else pd.Timedelta(value)  # type: ignore[arg-type]
            return plain(name, wrapped)
        return plain(name, value.item())
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    for base in _BASES:
        if isinstance(value, base):
            return base(value)
    raise SqlError(
        f"A {kind} cannot be bound to :{name}; bind a number, a text, bytes, a date or time, None, "
        "or a list of them after IN."
    )


def plain_list(name: str, value: object) -> list[Any] | None:
    """Return a list-like value as a list of plain values, or None when it is no list.

    Parameters
    ----------
    name
        The parameter's, for the message.
    value
        A list, tuple, set, range, numpy array, or pandas Series or Index.

    Raises
    ------
    SqlError
        An element is of a type no database takes.
    """
    if isinstance(value, list | tuple | set | frozenset | range):
        return [plain(name, element) for element in value]
    module, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if (module == "numpy" and kind == "ndarray" and getattr(value, "ndim", 0) == 1) or (
        module == "pandas" and (kind == "Series" or kind.endswith("Index"))
    ):
        return [plain(name, element) for element in value]  # type: ignore[attr-defined]
    return None
