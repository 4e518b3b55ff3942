"""Files of a fork that Python takes for modules of its own, and runs before any cell is.

A kernel begins in the copy's folder, where Python looks first: a file by the name of a module that
every kernel imports runs as soon as the copy is opened.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder, all_suffixes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def shadows(names: Iterable[str]) -> list[str]:
    """Return those files that stand before a module that is installed, or Python's own.

    Parameters
    ----------
    names
        Paths below the notebook's folder.
    """
    return sorted({name for name in names if (module := _module(name)) and _is_there(module)})


def _module(name: str) -> str:
    """Return the module that a file is, or begins the package of; "" for none."""
    first, *rest = name.split("/")
    if not rest:
        return _stem(first)
    return first if len(rest) == 1 and _stem(rest[0]) == "__init__" else ""


def _stem(name: str) -> str:
    """Return the name of the module that a file is; "" for one that Python does not import."""
    fitting = (end for end in all_suffixes() if name.endswith(end))
    return name.removesuffix(max(fitting, key=len, default=name))


def _is_there(module: str) -> bool:
    if not module.isidentifier():
        return False
    return module in sys.stdlib_module_names or PathFinder.find_spec(module) is not None
