"""How each type of Spark leaves it: as Arrow where that is the value, else as Spark's own text.

The casts are part of the query, so Spark itself writes what nobody else can: intervals of months,
VARIANT. Fields of a struct that have one name get numbers, as Spark Connect gives them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

__all__ = ["transported"]

# What Arrow or pandas has no type for.
_AS_TEXT = {"YearMonthIntervalType", "CalendarIntervalType", "VariantType"}


def transported(frame: Any, *, local: bool) -> Any:
    """Return a DataFrame whose values leave Spark as they are; this runs no job.

    Parameters
    ----------
    frame
        A pyspark DataFrame.
    local
        Whether timestamps shall be those of the clock in the session's time zone, without a zone,
        as Spark itself writes them.
    """
    from pyspark.sql.functions import col

    fields = frame.schema.fields
    casts = [_cast(field.dataType, local) for field in fields]
    if not any(cast is not None for cast in casts):
        return frame
    # By place: names may repeat, and may hold dots.
    names = [f"lodge_{number}" for number in range(len(fields))]
    columns = [
        (col(name) if cast is None else col(name).cast(cast)).alias(name)
        for name, cast in zip(names, casts, strict=True)
    ]
    selected = frame.toDF(*names).select(*columns)
    return selected.toDF(*[field.name for field in fields])


def _cast(kind: Any, local: bool) -> Any:
    """Return the type that a type has to leave as; None where that is itself."""
    from pyspark.sql import types

    name = type(kind).__name__
    if name in _AS_TEXT:
        return types.StringType()
    if name == "TimestampType":
        return types.TimestampNTZType() if local else None
    if name == "UserDefinedType" or hasattr(kind, "sqlType"):
        return _cast(kind.sqlType(), local) or kind.sqlType()
    if isinstance(kind, types.ArrayType):
        inner = _cast(kind.elementType, local)
        return None if inner is None else types.ArrayType(inner, kind.containsNull)
    if isinstance(kind, types.MapType):
        key, value = _cast(kind.keyType, local), _cast(kind.valueType, local)
        if key is None and value is None:
            return None
        return types.MapType(
            kind.keyType if key is None else key,
            kind.valueType if value is None else value,
            kind.valueContainsNull,
        )
    if isinstance(kind, types.StructType):
        inner = [_cast(field.dataType, local) for field in kind.fields]
        names = _told_apart([field.name for field in kind.fields])
        if names == [field.name for field in kind.fields] and not any(
            one is not None for one in inner
        ):
            return None
        return types.StructType(
            [
                types.StructField(new, field.dataType if one is None else one, field.nullable)
                for new, field, one in zip(names, kind.fields, inner, strict=True)
            ]
        )
    return None


def _told_apart(names: list[str]) -> list[str]:
    """Return names with numbers after those that repeat."""
    count = Counter(names)
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append(f"{name}_{seen[name]}" if count[name] > 1 else name)
        seen[name] += 1
    return found
