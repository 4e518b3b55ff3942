"""Which files a notebook names: by the texts of its code, and by the links of its Markdown.

Code is not run. A text in it is taken for a file's path if there is such a file: whoever shares
sees what was found, and decides.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

MOST = 2_000
"""Texts of a notebook that are looked at."""

LONGEST = 400
"""Characters of a path."""

# No blank lines in it: a cell of nothing else would be gone through once for each of them.
_MAGIC = re.compile(r"^[^\S\n]*[%!?].*$", re.MULTILINE)
_QUOTED = re.compile(r"'([^'\n]{1,400})'|\"([^\"\n]{1,400})\"")
_LINK = re.compile(r"\]\(\s*(?:<([^<>\n]{1,400})>|([^\s()<>]{1,400}))")
_ATTRIBUTE = re.compile(
    r"\b(?:src|href)\s*=\s*(?:\"([^\"\n]{1,400})\"|'([^'\n]{1,400})')", re.IGNORECASE
)
_JOINS = {"join", "Path", "PurePath", "PosixPath", "joinpath"}


def candidates(notebook: Mapping[str, Any]) -> list[str]:
    """Return the relative paths that a notebook may mean, in their order, each once.

    Parameters
    ----------
    notebook
        Of nbformat 4.
    """
    found: dict[str, None] = {}
    for cell in notebook.get("cells", []):
        source = cell.get("source", "")
        if not isinstance(source, str):
            continue
        kind = cell.get("cell_type")
        texts = _in_code(source) if kind == "code" else _in_markdown(source)
        for text in texts if kind in ("code", "markdown") else ():
            if name := relative(text):
                found[name] = None
            if len(found) >= MOST:
                return list(found)
    return list(found)


def relative(text: str) -> str:
    """Return a path that goes down from where it begins, in its plain form; "" for others.

    >>> relative("./data//flights.csv"), relative("../up.csv"), relative("/etc/passwd")
    ('data/flights.csv', '', '')
    """
    if not _is_path(text):
        return ""
    plain = str(PurePosixPath(text)) if text else ""
    return plain if _is_path(plain) and goes_down(plain) else ""


def _is_path(text: str) -> bool:
    """Tell whether a text is neither a home, an address, nor padded."""
    return (
        len(text) <= LONGEST
        and not text.startswith("~")
        and "://" not in text
        and text == text.strip()
    )


def goes_down(path: str) -> bool:
    """Tell whether a path leads to a file below where it begins, by a name that files have."""
    odd = any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in path)
    steps = path.split("/")
    return len(path) <= LONGEST and not odd and "\\" not in path and not {"", ".", ".."} & {*steps}


def _in_code(source: str) -> Iterator[str]:
    if source.lstrip().startswith("%%"):
        yield from _quoted(source)
        return
    for line in _MAGIC.findall(source):
        yield from line.split()[1:]
        yield from _quoted(line)
    try:
        tree = ast.parse(_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from _quoted(source)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{alias.name.replace('.', '/')}.py" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield f"{node.module.replace('.', '/')}.py"
        elif text := _path(node):
            yield text


def _path(node: ast.AST) -> str:
    """Return the path that an expression is, out of texts alone; "" where it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts: list[str] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts = [_path(node.left), _path(node.right)]
    elif isinstance(node, ast.Call) and not node.keywords:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in _JOINS and node.args:
            parts = [_path(one) for one in node.args]
    return "/".join(parts) if parts and all(parts) else ""


def _quoted(text: str) -> Iterator[str]:
    return (match[1] or match[2] for match in _QUOTED.finditer(text))


def _in_markdown(source: str) -> Iterator[str]:
    for pattern in (_LINK, _ATTRIBUTE):
        for match in pattern.finditer(source):
            try:
                parts = urlsplit(match[1] or match[2])
            except ValueError:
                continue
            if not parts.scheme and not parts.netloc:
                yield unquote(parts.path)
