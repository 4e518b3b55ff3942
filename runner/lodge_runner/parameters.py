"""Reads a notebook's parameters and sets them, never running its code.

Parameters are the plain assignments of the first code cell tagged ``parameters``; a type
annotation names the type, a comment at the end of the line is the help. Values are written into a
cell of their own, tagged ``injected-parameters``, right after it.
"""

from __future__ import annotations

import copy
import keyword
from typing import TYPE_CHECKING, Any

from lodge_runner.declarations import (
    PARAMETERS_TAG,
    Declaration,
    Parameter,
    declarations,
    find_tagged,
)
from lodge_runner.errors import ParameterError
from lodge_runner.shapes import MisfitError, ParameterType, Unsettable, guess, to_source

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
    int becomes an int; what JSON lacks (tuples, sets, bytes, dates) is made of what it has.
    Nothing else is converted.

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
        return {name: guess(text) for name, text in texts.items()}
    return {
        name: _checked(declared[name], declared[name].shape.read(text))
        for name, text in texts.items()
    }


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
    shape, name = declared.shape, declared.parameter.name
    try:
        return shape.take(value)
    except MisfitError:
        pass
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if isinstance(shape, Unsettable):
        raise ParameterError(
            f"Parameter {name!r} must be {shape.text}, and {shown} can't be set for it: declare "
            "a str or a number, and convert it in the next cell."
        )
    raise ParameterError(f"Parameter {name!r} must be {shape.text}, and {shown} isn't.")


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
