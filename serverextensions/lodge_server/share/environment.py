"""What of the packages that a notebook ran with is missing here, and which SQL sources it names.

The kernels of a user's server run in the server's own environment, so its packages are theirs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from typing import Any, Literal

from lodge_runner.environment import installed, normal
from packaging.version import InvalidVersion, Version

# No blank lines in it: a cell of nothing else would be gone through once for each of them.
_MAGIC = re.compile(r"^[^\S\n]*[%!?].*$", re.MULTILINE)
_SOURCE = re.compile(r"^%%sql\b.*?\s--source(?:\s+|=)(?:\"([^\"]*)\"|'([^']*)'|(\S+))")


@dataclass(frozen=True)
class Lack:
    """A package that is not here as it was where a notebook ran.

    Attributes
    ----------
    name
        Of the distribution.
    wanted
        The version there.
    found
        The version here; "" where there is none.
    """

    name: str
    wanted: str
    found: str

    @property
    def required(self) -> str:
        """What pip is asked for: to it a build's own label, as in ``2.1+cu118``, is no bound."""
        return f"{self.name}>={Version(self.wanted).public}"

    @property
    def kind(self) -> Literal["missing", "older"]:
        """What is wrong with it."""
        return "older" if self.found else "missing"


def lacks(notebook: Mapping[str, Any], recorded: Mapping[str, Any]) -> Sequence[Lack]:
    """Return the packages a notebook imports that are missing here, or older than they were there.

    Parameters
    ----------
    notebook
        A notebook of nbformat 4.
    recorded
        What `lodge_runner.environment.environment` gave where it ran.
    """
    there = recorded.get("packages")
    if not isinstance(there, Mapping):
        return []
    here = installed()
    providers = packages_distributions()
    found = []
    for module in sorted(set(_imports(notebook))):
        # What is not here can't say which distribution it is of: most have the module's name.
        for name in {normal(one) for one in providers.get(module, [module])}:
            wanted = there.get(name)
            if isinstance(wanted, str) and _is_older(here.get(name, ""), wanted):
                found.append(Lack(name, wanted, here.get(name, "")))
    return sorted(set(found), key=lambda lack: lack.name)


def sources(notebook: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the SQL sources that a notebook's cells name."""
    found = (_SOURCE.match(source) for source in _code(notebook))
    return sorted({match[1] or match[2] or match[3] for match in found if match})


def _code(notebook: Mapping[str, Any]) -> Iterator[str]:
    for cell in notebook.get("cells", []):
        source = cell.get("source", "")
        if cell.get("cell_type") == "code" and isinstance(source, str):
            yield source


def _imports(notebook: Mapping[str, Any]) -> Iterator[str]:
    for source in _code(notebook):
        if source.lstrip().startswith("%%"):
            continue
        try:
            tree = ast.parse(_MAGIC.sub("", source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def _is_older(found: str, wanted: str) -> bool:
    try:
        # Who has shared it may have written anything here, and it becomes part of a command.
        least = Version(wanted)
        return not found or Version(found) < least
    except InvalidVersion:
        return False
