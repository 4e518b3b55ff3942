"""Reads a notebook's parameters and sets them, never running its code.

Parameters are the plain assignments of the first code cell tagged ``parameters``; a type
annotation names the type, a comment at the end of the line is the help. Values are written into a
cell of their own, tagged ``injected-parameters``, right after it.
"""

from __future__ import annotations

import ast
import copy
import keyword
import math
from typing import TYPE_CHECKING, Any

from lodge_runner.declarations import (
    PARAMETERS_TAG,
    Declaration,
    Parameter,
    ParameterType,
    declarations,
    find_tagged,
)
from lodge_runner.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

__all__ = [
    "INJECTED_TAG",
    "PARAMETERS_TAG",
    "Parameter",
    "ParameterType",
    "apply_parameters",
    "check_values",
    "inspect_parameters",
    "parse_texts",
    "to_source",
]

INJECTED_TAG = "injected-parameters"

_ARTICLE: dict[ParameterType, str] = {
    "int": "an int",
    "float": "a float",
    "str": "a str",
    "bool": "a bool (true or false)",
    "list": "a list",
    "dict": "a dict",
}


def inspect_parameters(nb: NotebookNode | Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters that a notebook declares, in the order of their first mention.

    Parameters
    ----------
    nb
        The notebook, as nbformat gives it or as plain JSON of format 4.

    Returns
    -------
    list of Parameter
        Empty when no cell is tagged ``parameters``.

    Raises
    ------
    ParameterError
        When that cell is not valid Python.
    """
    return [declared.parameter for declared in declarations(nb).values()]


def apply_parameters(nb: Any, values: Mapping[str, Any]) -> Any:
    """Return a copy of the notebook with a cell that sets the given values.

    The cell, tagged ``injected-parameters``, stands after the one tagged ``parameters``, or first
    when there is none; one that is already there is replaced. Without values, the notebook comes
    back as it was.

    Parameters
    ----------
    nb
        The notebook, as nbformat gives it or as plain JSON of format 4.
    values
        JSON values by name; floats may be infinite or not a number.

    Returns
    -------
    the same type as ``nb``

    Raises
    ------
    ParameterError
        For an unknown name (the nearest known one is named), a value of another type than the
        declared one, or a notebook that isn't Python.
    """
    if not values:
        return nb
    language = _language(nb)
    if language not in ("", "python", "ipython"):
        raise ParameterError(
            f"Parameters can be set in Python notebooks only, and this one is in {language}."
        )
    checked = check_values(nb, values)
    nb = copy.deepcopy(nb)
    source = "\n".join(
        ["# Parameters", *(f"{name} = {to_source(value)}" for name, value in checked.items())]
    )
    fields: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": [INJECTED_TAG]},
        "outputs": [],
        "source": source,
    }
    cells: list[Any] = nb["cells"]
    old = find_tagged(nb, INJECTED_TAG)
    if old is not None:
        if "id" in cells[old]:
            fields["id"] = cells[old]["id"]
        cells[old] = _cell_like(nb, fields)
        return nb
    if _has_ids(nb):
        fields["id"] = _fresh_id(cells)
    at = find_tagged(nb, PARAMETERS_TAG)
    cells.insert(0 if at is None else at + 1, _cell_like(nb, fields))
    return nb


def check_values(nb: NotebookNode | Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they will be set, after checking names and types.

    A whole number given for a float becomes a float, and a float without a fraction given for an
    int becomes an int; nothing else is converted.

    Raises
    ------
    ParameterError
        See :func:`apply_parameters`.
    """
    declared = _known(nb, values)
    return {
        name: value if declared is None else _checked(declared[name], value)
        for name, value in values.items()
    }


def parse_texts(nb: NotebookNode | Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return values for texts such as a command line's, read by the type declared for each name.

    Text for a ``str`` is taken as it is. Any other is read as JSON, then as a Python literal;
    where neither fits and the declared type allows, it stays text.

    Raises
    ------
    ParameterError
        See :func:`apply_parameters`.
    """
    declared = _known(nb, texts)
    if declared is None:
        return {name: _guess(text) for name, text in texts.items()}
    return {name: _checked(declared[name], _read(declared[name], t)) for name, t in texts.items()}


def to_source(value: Any) -> str:
    """Return Python source that evaluates to a JSON value.

    Raises
    ------
    ParameterError
        When the value isn't made of dict, list, tuple, str, int, float, bool and None.
    """
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value!r}")'
    if isinstance(value, str):
        # A lone surrogate can't be written to a UTF-8 file: repr escapes it, and the rest stays.
        return repr(str(value))
    if isinstance(value, list | tuple):
        return f"[{', '.join(to_source(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{to_source(k)}: {to_source(v)}' for k, v in value.items())}}}"
    raise ParameterError(
        f"A parameter's value can't be of type {type(value).__name__}: give a number, a text, "
        "true, false, null, a list or an object."
    )


def _known(nb: Any, names: Mapping[str, Any]) -> dict[str, Declaration] | None:
    """Return declarations that cover all names; None for a notebook without declarations."""
    for name in names:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ParameterError(f"{name!r} can't be a parameter: it isn't a Python name.")
    if find_tagged(nb, PARAMETERS_TAG) is None:
        return None
    declared = declarations(nb)
    for name in names:
        if name not in declared:
            raise ParameterError(_unknown(name, list(declared)))
    return declared


def _unknown(name: str, known: list[str]) -> str:
    import difflib

    if not known:
        return f"The notebook has no parameter {name!r}: its parameters cell assigns none."
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}."
    return f"The notebook has no parameter {name!r}: {hint}"


def _checked(declared: Declaration, value: Any) -> Any:
    kind, name = declared.parameter.type, declared.parameter.name
    if kind in ("none", "other") or (value is None and declared.nullable):
        return value
    match kind:
        case "int":
            if isinstance(value, float) and value.is_integer():
                return int(value)
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "float":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
            if fits:
                return _as_float(name, value)
        case "str":
            fits = isinstance(value, str)
        case "bool":
            fits = isinstance(value, bool)
        case "list":
            fits = isinstance(value, list | tuple)
        case "dict":
            fits = isinstance(value, dict)
    if fits:
        return value
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    raise ParameterError(f"Parameter {name!r} must be {_ARTICLE[kind]}, and {shown} isn't one.")


def _as_float(name: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ParameterError(f"Parameter {name!r} is too large for a float.") from None


def _read(declared: Declaration, text: str) -> Any:
    """Value of a text for a declared type; the caller checks it against the type."""
    kind = declared.parameter.type
    bare = text.strip()
    if declared.nullable and bare in ("null", "None"):
        return None
    if kind == "str":
        return text
    if kind == "bool" and bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    if kind in ("int", "float"):
        try:
            return int(bare) if kind == "int" else float(bare)
        except ValueError:
            return text
    return _guess(text)


def _guess(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        value = ast.literal_eval(text.strip())
        to_source(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError, ParameterError):
        return text
    return value


def _language(nb: Any) -> str:
    metadata = nb.get("metadata", {})
    spec, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    return str(spec.get("language") or info.get("name") or "").lower()


def _has_ids(nb: Any) -> bool:
    return (nb.get("nbformat", 4), nb.get("nbformat_minor", 0)) >= (4, 5)


def _fresh_id(cells: list[Any]) -> str:
    import secrets

    taken = {cell.get("id") for cell in cells}
    while (new := secrets.token_hex(4)) in taken:
        pass
    return new


def _cell_like(nb: Any, fields: dict[str, Any]) -> Any:
    """Make a cell of the notebook's own mapping type, item by item.

    NotebookNode converts what is set, not what it is made from.
    """
    cell = type(nb)()
    for key, value in fields.items():
        cell[key] = value
    return cell
