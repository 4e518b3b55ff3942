"""Shapes of parameters, by the syntax tree of an annotation or of a default."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from lodge_runner.shapes import (
    ANY,
    PLAIN,
    Choice,
    Items,
    Lenient,
    OneOf,
    Pairs,
    ParameterType,
    Plain,
    Shape,
    Unsettable,
)

_KINDS: dict[str, type] = {
    "list": list,
    "List": list,
    "Sequence": list,
    "MutableSequence": list,
    "Iterable": list,
    "Collection": list,
    "tuple": tuple,
    "Tuple": tuple,
    "set": set,
    "Set": set,
    "MutableSet": set,
    "AbstractSet": set,
    "frozenset": frozenset,
    "FrozenSet": frozenset,
}
_MAPPINGS = ("dict", "Dict", "Mapping", "MutableMapping")
_NO_KEYS = ("int", "float", "bool", "None", "bytes", "complex")  # JSON's are texts
_CLOCK = ("date", "datetime")
_NOW = ("today", "now", "utcnow", "fromisoformat", "strptime", "fromtimestamp", "combine")


def shape_of_annotation(node: ast.expr) -> Shape:
    """Return what an annotation allows; an ``Unsettable`` when its type is not known here."""
    match node:
        case ast.Constant(value=None):
            return PLAIN["None"]
        case ast.Constant(value=str(text)):
            try:
                return shape_of_annotation(ast.parse(text.strip(), mode="eval").body)
            except (SyntaxError, ValueError):
                return _unknown(node)
        case ast.Name() | ast.Attribute():
            return _named(node)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _either([shape_of_annotation(left), shape_of_annotation(right)])
        case ast.Subscript(value=head, slice=inner):
            return _subscripted(node, last_name(head), inner)
    return _unknown(node)


def shape_of_expression(node: ast.expr) -> Shape:
    """Return what a default that is no literal says of its type."""
    match node:
        case ast.JoinedStr():
            return PLAIN["str"]
        case ast.List() | ast.ListComp():
            return _items(list)
        case ast.Tuple():
            return _items(tuple)
        case ast.Set() | ast.SetComp():
            return _items(set)
        case ast.Dict() | ast.DictComp():
            return _pairs()
        case ast.UnaryOp(operand=operand):
            return shape_of_expression(operand)
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _NOW:
            # date.today(), dt.datetime.now(): of the class that it is called on
            return PLAIN[last] if (last := last_name(owner)) in _CLOCK else ANY
        case ast.Call(func=ast.Attribute(value=owner, attr="time")) if last_name(owner) == "time":
            return ANY  # time.time() is a number
        case ast.Call(func=ast.Name() | ast.Attribute() as called):
            shape = _named(called)
            return ANY if isinstance(shape, Unsettable) else shape
    return ANY


def shape_of_value(value: Any) -> Shape:
    """Return the shape of a literal; its items are taken as the literal's, or as they are."""
    if isinstance(value, list | tuple | set | frozenset):
        return _items(type(value), _alike(value))
    if isinstance(value, dict):
        return _pairs(_alike(value, _NO_KEYS), _alike(value.values()))
    name = "None" if value is None else type(value).__name__
    return PLAIN.get(name, ANY)


def last_name(node: ast.expr) -> str:
    """Return ``c`` of ``a.b.c``; empty for what is no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _named(node: ast.expr) -> Shape:
    name = last_name(node)
    if name in PLAIN:
        return PLAIN[name]
    if name == "PurePath":
        return PLAIN["Path"]
    if name in _KINDS:
        return _items(_KINDS[name])
    if name in _MAPPINGS:
        return _pairs()
    return ANY if name in ("Any", "object") else _unknown(node)


def _subscripted(node: ast.Subscript, head: str, inner: ast.expr) -> Shape:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if head == "Optional":
        return _either([shape_of_annotation(inner), PLAIN["None"]])
    if head == "Union":
        return _either([shape_of_annotation(part) for part in parts])
    if head == "Literal":
        return _choice(node, parts)
    if head in ("Annotated", "Final") and parts:
        return shape_of_annotation(parts[0])
    text = f"a {ast.unparse(node)}"
    if head in ("tuple", "Tuple"):
        match parts:
            case [one, ast.Constant(value=x)] if x is ...:
                return replace(_items(tuple, shape_of_annotation(one)), text=text)
        fixed = tuple(shape_of_annotation(part) for part in parts)
        return Items("other", text, tuple, ANY, fixed)
    if head in _KINDS and len(parts) == 1:
        return replace(_items(_KINDS[head], shape_of_annotation(parts[0])), text=text)
    if head in _MAPPINGS and len(parts) == 2:
        return replace(_pairs(*(shape_of_annotation(part) for part in parts)), text=text)
    return _unknown(node)


def _choice(node: ast.expr, parts: list[ast.expr]) -> Shape:
    try:
        values = tuple(ast.literal_eval(part) for part in parts)
    except (ValueError, TypeError, SyntaxError):
        return _unknown(node)
    kinds = _merged([shape_of_value(value).type for value in values])
    return Choice(kinds, f"one of {', '.join(map(repr, values))}", values)


def _either(shapes: list[Shape]) -> Shape:
    if any(shape is ANY for shape in shapes):
        return ANY
    flat = tuple(
        one for shape in shapes for one in (shape.shapes if isinstance(shape, OneOf) else (shape,))
    )
    kind = _merged([shape.type for shape in flat])
    return OneOf(kind, " or ".join(shape.text for shape in flat), flat)


def _merged(found: list[ParameterType]) -> ParameterType:
    kinds = {kind for kind in found if kind != "none"}
    if kinds == {"int", "float"}:
        return "float"
    if len(kinds) == 1:
        return kinds.pop()
    return "other" if kinds else "none"


def _items(kind: type, item: Shape = ANY) -> Items:
    return Items("list" if kind is list else "other", f"a {kind.__name__}", kind, item)


def _pairs(key: Shape = ANY, value: Shape = ANY) -> Pairs:
    return Pairs("dict", "a dict", key, value)


def _alike(values: Any, lost: tuple[str, ...] = ("bytes", "complex")) -> Shape:
    """Return the one shape of all the values, leniently, if JSON lacks it; or else any."""
    shapes = {shape_of_value(value) for value in values}
    if len(shapes) != 1:
        return ANY
    (shape,) = shapes
    if isinstance(shape, Plain) and shape.name not in lost:
        return ANY
    return Lenient(shape.type, shape.text, shape)


def _unknown(node: ast.expr) -> Shape:
    return Unsettable("other", f"a {ast.unparse(node)} made by code")
