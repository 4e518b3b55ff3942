"""Reads declared parameters out of a cell by its syntax tree; the cell never runs."""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodge_runner.annotations import shape_of_annotation, shape_of_expression, shape_of_value
from lodge_runner.errors import ParameterError
from lodge_runner.shapes import ANY, PLAIN, Lenient, OneOf, ParameterType, Shape, Unsettable

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETERS_TAG = "parameters"

_TYPE_COMMENT = re.compile(
    r"^type:\s*(?P<type>[A-Za-z_][\w.\[\], |]*?)(?:\s*$|\s{2,}|\s+#\s*|\s+-\s+)"
)
_MAGIC_LINE = re.compile(r"^\s*[%!]")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    name
        The Python name.
    type
        From the annotation, or else from the default: ``none`` for a bare None, ``other`` for
        what is neither annotated nor a literal.
    default
        JSON value of the default; None also when the default is no literal.
    default_source
        The default as it stands in the cell; empty for a name that is only annotated.
    help
        The comment at the end of the line, without its ``#``.
    """

    name: str
    type: ParameterType
    default: Any
    default_source: str
    help: str


@dataclass(frozen=True)
class Declaration:
    """A parameter, and what it takes."""

    parameter: Parameter
    shape: Shape


def declarations(nb: Any) -> dict[str, Declaration]:
    """Return what the notebook declares, by name; see ``inspect_parameters``."""
    at = find_tagged(nb, PARAMETERS_TAG)
    if at is None:
        return {}
    source = _text(nb["cells"][at]["source"])
    # Magics are no Python; blank lines keep the numbers of the lines after them.
    source = "\n".join("" if _MAGIC_LINE.match(line) else line for line in source.split("\n"))
    try:
        tree = ast.parse(source)
        comments = _comments(source)
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError) as e:
        where = f" (line {e.lineno}: {e.msg})" if isinstance(e, SyntaxError) and e.lineno else ""
        raise ParameterError(
            f"The cell tagged 'parameters' can't be read{where}: it must hold plain Python "
            "assignments."
        ) from None
    found: dict[str, Declaration] = {}
    for statement in tree.body:
        comment = _comment_of(statement, comments)
        for name, annotation, value in _assignments(statement):
            found[name] = _declare(name, annotation, value, comment, source)
    return found


def _assignments(
    statement: ast.stmt,
) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id, statement.annotation, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _unpacked(target, statement.value)


def _unpacked(
    target: ast.expr, value: ast.expr
) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, None, value
    elif (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, ast.Tuple | ast.List)
        and len(target.elts) == len(value.elts)
    ):
        for one, its in zip(target.elts, value.elts, strict=True):
            if not isinstance(one, ast.Starred):
                yield from _unpacked(one, its)


def _declare(
    name: str,
    annotation: ast.expr | None,
    value: ast.expr | None,
    comment: str,
    source: str,
) -> Declaration:
    literal, shape = _literal(value)
    nothing = value is None or (isinstance(value, ast.Constant) and value.value is None)
    help_ = comment
    if annotation is None:
        found = _TYPE_COMMENT.match(comment)
        if found:
            try:
                annotation = ast.parse(found["type"].strip(), mode="eval").body
                help_ = comment[found.end() :].strip()
            except SyntaxError:
                annotation = None
    kind: ParameterType = "none" if nothing else shape.type
    if annotation is not None:
        declared = shape_of_annotation(annotation)
        kind = declared.type
        if isinstance(declared, Unsettable) and literal is not None:
            # A name for a type that is made elsewhere: the default is all that is known of it.
            declared = Lenient(shape=shape)
        shape = OneOf(kind, declared.text, (declared, PLAIN["None"])) if nothing else declared
    elif nothing:
        shape = ANY
    text = "" if value is None else ast.get_source_segment(source, value) or ast.unparse(value)
    return Declaration(Parameter(name, kind, _as_json(literal), text, help_), shape)


def _literal(node: ast.expr | None) -> tuple[Any, Shape]:
    """Return the value of a literal (None when it is none) and what it says of the type."""
    if node is None:
        return None, ANY
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None, shape_of_expression(node)
    return value, shape_of_value(value)


def _as_json(value: Any) -> Any:
    """Return the value if JSON can hold it (tuples as lists), or else None."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        items = [_as_json(item) for item in value]
        lost = any(a is None and b is not None for a, b in zip(items, value, strict=True))
        return None if lost else items
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        pairs = {key: _as_json(item) for key, item in value.items()}
        lost = any(pairs[key] is None and value[key] is not None for key in value)
        return None if lost else pairs
    return None


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string[1:].strip() for t in tokens if t.type == tokenize.COMMENT}


def _comment_of(statement: ast.stmt, comments: dict[int, str]) -> str:
    end = statement.end_lineno or statement.lineno
    return comments.get(end) or comments.get(statement.lineno) or ""


def find_tagged(nb: Any, tag: str) -> int | None:
    """Return the index of the first code cell with a tag."""
    for index, cell in enumerate(nb["cells"]):
        tags = cell.get("metadata", {}).get("tags", [])
        if cell["cell_type"] == "code" and isinstance(tags, list) and tag in tags:
            return index
    return None


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
