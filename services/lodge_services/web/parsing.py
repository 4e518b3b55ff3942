"""From bytes to pydantic models, with errors that a person can act on."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..errors import BadRequest
from ..texts import unfit

#: Fields that hold a notebook: those who read it know what becomes of each of its texts.
DOCUMENTS = ("notebook",)

M = TypeVar("M", bound=BaseModel)

MAX_DEPTH = 200
"""How many lists and objects may stand within each other: what reads them later needs its stack."""


def parse_json(raw: bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises
    ------
    BadRequest
        It is no JSON, is nested too deeply, or holds NaN or infinite numbers.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadRequest("invalid_json", "The request body is not UTF-8 text.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise BadRequest("invalid_json", f"The request body is not valid JSON: {error}.") from error
    if _is_deeper(value, MAX_DEPTH):
        raise _too_deep()
    return value


def _is_deeper(value: Any, most: int) -> bool:
    """Tell whether a value holds lists and objects within each other, more than `most` of them."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        found: list[Any] = []
        for each in level:
            inside = each.values() if isinstance(each, dict) else each
            found += [part for part in inside if isinstance(part, dict | list)]
        level = found
    return bool(level)


def _too_deep() -> BadRequest:
    return BadRequest(
        "invalid_json",
        f"The request body is nested too deeply: {MAX_DEPTH} lists and objects within each other "
        "are the most.",
    )


def parse_body(model: type[M], raw: bytes) -> M:
    """Return the request body as a `model`.

    Raises
    ------
    BadRequest
        It does not fit; the message names the field, and the nearest valid name of one unknown.
    """
    value = parse_json(raw or b"{}")
    if not isinstance(value, dict):
        raise BadRequest("invalid_body", "The request body must be a JSON object.")
    _refuse_unfit(dict.fromkeys(value), what="field", reason="invalid_body")
    body = validate(model, value, what="field", reason="invalid_body")
    plain = {name: item for name, item in value.items() if name not in DOCUMENTS}
    _refuse_unfit(plain, what="field", reason="invalid_body")
    return body


def parse_query(model: type[M], arguments: Mapping[str, Sequence[str]]) -> M:
    """Return the query arguments as a `model`; an empty one counts as not given.

    Raises
    ------
    BadRequest
        As `parse_body`.
    """
    values: dict[str, Any] = {}
    for name, given in arguments.items():
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is list:
            values[name] = [value for value in given if value]
        elif given and (given[-1] != "" or field is None):
            values[name] = given[-1]
    _refuse_unfit(values, what="query argument", reason="invalid_query")
    return validate(model, values, what="query argument", reason="invalid_query")


def validate(model: type[M], value: Any, *, what: str, reason: str) -> M:
    """Return `value` as a `model`, or raise `BadRequest` in the words of `what`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadRequest(reason, explain(model, error, what=what)) from error


def explain(model: type[BaseModel], error: ValidationError, *, what: str = "field") -> str:
    """Return one sentence about the first thing that is wrong."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    # a misspelt name also leaves the right one missing: the misspelling explains both
    first = next((d for d in details if d["type"] == "extra_forbidden"), details[0])
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f'; did you mean "{near[0]}"?' if near else "."
        listing = f" Known are: {', '.join(known)}." if known else ""
        return f'There is no {what} "{path}"{hint}{listing}'
    if first["type"] == "missing":
        return f'The {what} "{path}" is missing.'
    problem = first["msg"].removeprefix("Value error, ").rstrip(".")
    if not path:
        return f"{problem[:1].upper()}{problem[1:]}."
    return f'The {what} "{path}" is not valid: {problem[:1].lower()}{problem[1:]}.'


def _refuse_unfit(values: Mapping[str, Any], *, what: str, reason: str) -> None:
    for name, value in values.items():
        found = unfit([name, value])
        if found:
            shown = name.encode("ascii", "backslashreplace").decode()
            raise BadRequest(
                reason, f'The {what} "{shown}" holds {found}, which can\'t be kept; remove it.'
            )


def _fields_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    current: type[BaseModel] | None = model
    for part in location:
        if current is None or isinstance(part, int):
            continue
        field = current.model_fields.get(part)
        current = _model_in(field.annotation) if field is not None else None
    return sorted(current.model_fields) if current is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, dict, tuple, Union, types.UnionType):
        for part in get_args(annotation):
            found = _model_in(part)
            if found is not None:
                return found
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
