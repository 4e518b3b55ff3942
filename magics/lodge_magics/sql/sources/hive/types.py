"""How each type of Spark leaves it: as Arrow where that is the value, else as Spark's own text.

The casts are part of the query, so Spark itself writes what nobody else can: intervals of months,
VARIANT, vectors of its machine learning. Fields of a struct that have one name get numbers, as
Spark Connect gives them.
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
    kinds = [_without_variants(field.dataType) for field in fields]
    casts = [_cast(kind, local) for kind in kinds]
    if not any(cast is not None for cast in casts) and kinds == [one.dataType for one in fields]:
        return frame
    # By place: names may repeat, and may hold dots.
    names = [f"lodge_{number}" for number in range(len(fields))]
    columns = []
    for name, field, kind, cast in zip(names, fields, kinds, casts, strict=True):
        column = col(name)
        if kind != field.dataType:
            column = _written_inside(column, field.dataType)
        columns.append((column if cast is None else column.cast(cast)).alias(name))
    selected = frame.toDF(*names).select(*columns)
    return selected.toDF(*[field.name for field in fields])


def _without_variants(kind: Any) -> Any:
    """Return a type with texts in place of each VARIANT in it: Spark casts them only one by one."""
    from pyspark.sql import types

    if type(kind).__name__ == "VariantType":
        return types.StringType()
    # What is made anew may be NULL, as far as Spark knows.
    if isinstance(kind, types.ArrayType):
        inner = _without_variants(kind.elementType)
        return kind if inner == kind.elementType else types.ArrayType(inner)
    if isinstance(kind, types.MapType):
        inner = _without_variants(kind.valueType)
        return kind if inner == kind.valueType else types.MapType(kind.keyType, inner)
    if isinstance(kind, types.StructType):
        inners = [_without_variants(field.dataType) for field in kind.fields]
        if inners == [field.dataType for field in kind.fields]:
            return kind
        if _is_ambiguous(kind):
            return types.StringType()
        named = zip(kind.fields, inners, strict=True)
        return types.StructType([types.StructField(field.name, one) for field, one in named])
    return kind


def _written_inside(column: Any, kind: Any) -> Any:
    """Return a column of a type as one of that type `_without_variants`."""
    from pyspark.sql import functions, types

    if _without_variants(kind) == kind:
        return column
    if isinstance(kind, types.ArrayType):
        return functions.transform(column, lambda one: _written_inside(one, kind.elementType))
    if isinstance(kind, types.MapType):
        return functions.transform_values(
            column, lambda _key, one: _written_inside(one, kind.valueType)
        )
    if isinstance(kind, types.StructType) and not _is_ambiguous(kind):
        inner = [
            _written_inside(column.getField(field.name), field.dataType).alias(field.name)
            for field in kind.fields
        ]
        return functions.when(column.isNotNull(), functions.struct(*inner))
    return column.cast("string")


def _is_ambiguous(kind: Any) -> bool:
    """Tell whether a struct has fields that Spark cannot tell apart by their names."""
    names = {field.name.lower() for field in kind.fields}
    return len(names) < len(kind.fields)


def _cast(kind: Any, local: bool) -> Any:
    """Return the type that a type has to leave as; None where that is itself."""
    from pyspark.sql import types

    name = type(kind).__name__
    if name in _AS_TEXT:
        return types.StringType()
    if name == "TimestampType":
        return types.TimestampNTZType() if local else None
    if hasattr(kind, "sqlType"):
        # One that is defined in Python alone, Spark cannot write; Arrow has what it is made of.
        return types.StringType() if kind.scalaUDT() else None
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
