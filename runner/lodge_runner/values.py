"""Values of parameters as JSON can hold them; apart from shapes, which take long to import."""

from __future__ import annotations

from typing import Any


def to_json(value: Any) -> Any:
    """Return a value as JSON can hold it, for people to read.

    Tuples and sets become lists; what JSON lacks (infinite numbers, bytes, dates) becomes text.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else repr(value)
    if isinstance(value, dict):
        return {k if isinstance(k, str) else repr(k): to_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((to_json(item) for item in value), key=repr)
    return repr(value) if isinstance(value, bytes | complex) else str(value)
