"""Reads declared parameters out of a cell by its syntax tree; the cell never runs."""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lodge_runner.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

ParameterType = Literal["int", "float", "str", "bool", "list", "dict", "none", "other"]

PARAMETERS_TAG = "parameters"

_BY_NAME: dict[str, ParameterType] = {
    "int": "int",
    "float": "float",
    "str": "str",
    "bool": "bool",
    "list": "list",
    "List": "list",
    "dict": "dict",
    "Dict": "dict",
    "None": "none",
}
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
    """A parameter, and whether None is one of its values."""

    parameter: Parameter
    nullable: bool


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
    literal, kind = _literal(value)
    nullable = value is None or (isinstance(value, ast.Constant) and value.value is None)
    help_ = comment
    if annotation is None:
        found = _TYPE_COMMENT.match(comment)
        if found:
            try:
                annotation = ast.parse(found["type"].strip(), mode="eval").body
                help_ = comment[found.end() :].strip()
            except SyntaxError:
                annotation = None
    if annotation is not None:
        kind, optional = _annotated(annotation)
        nullable = nullable or optional
    text = "" if value is None else ast.get_source_segment(source, value) or ast.unparse(value)
    return Declaration(Parameter(name, kind, literal, text, help_), nullable)


def _annotated(node: ast.expr) -> tuple[ParameterType, bool]:
    """Type that an annotation names, and whether it admits None."""
    if isinstance(node, ast.Constant):
        if node.value is None:
            return "none", True
        if isinstance(node.value, str):
            try:
                return _annotated(ast.parse(node.value.strip(), mode="eval").body)
            except (SyntaxError, ValueError):
                return "other", False
    if isinstance(node, ast.Attribute):
        return _BY_NAME.get(node.attr, "other"), False
    if isinstance(node, ast.Name):
        return _BY_NAME.get(node.id, "other"), False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    if isinstance(node, ast.Subscript):
        head = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
        head = head.id if isinstance(head, ast.Name) else head
        inner = node.slice
        if head == "Optional":
            return _annotated(inner)[0], True
        if head == "Union":
            return _union(inner.elts if isinstance(inner, ast.Tuple) else [inner])
        if head == "Literal":
            return _literals(inner.elts if isinstance(inner, ast.Tuple) else [inner])
        if head in ("Annotated", "Final"):
            return _annotated(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
        if isinstance(head, str):
            return _BY_NAME.get(head, "other"), False
    return "other", False


def _union(nodes: list[ast.expr]) -> tuple[ParameterType, bool]:
    return _merged([_annotated(node) for node in nodes])


def _literals(nodes: list[ast.expr]) -> tuple[ParameterType, bool]:
    kinds = [_literal(node)[1] for node in nodes]
    return _merged([(kind, kind == "none") for kind in kinds])


def _merged(found: list[tuple[ParameterType, bool]]) -> tuple[ParameterType, bool]:
    kinds = {kind for kind, _ in found if kind != "none"}
    nullable = any(optional for _, optional in found)
    if kinds == {"int", "float"}:
        return "float", nullable
    if len(kinds) == 1:
        return kinds.pop(), nullable
    return "other" if kinds else "none", nullable


def _literal(node: ast.expr | None) -> tuple[Any, ParameterType]:
    """JSON value of a literal (None when it has none) and its type."""
    if node is None:
        return None, "other"
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None, _type_of_expression(node)
    kind: ParameterType = "none" if value is None else _BY_NAME.get(type(value).__name__, "other")
    return _as_json(value), kind


def _type_of_expression(node: ast.expr) -> ParameterType:
    if isinstance(node, ast.JoinedStr):
        return "str"
    if isinstance(node, ast.List | ast.ListComp):
        return "list"
    if isinstance(node, ast.Dict | ast.DictComp):
        return "dict"
    if isinstance(node, ast.UnaryOp):
        return _type_of_expression(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _BY_NAME.get(node.func.id, "other")
    return "other"


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
