"""What a change can reach: by the imports, and by what tests start without importing it."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path

from suite.plan import CHECKS, ROOT, SETUP, TESTS, Group

#: Where names of modules are looked up, as mypy's path has it.
SOURCES = (
    *("authenticator", "spawner", "runner", "services", "hub_config", "serverextensions"),
    *("magics", "labextensions", "tests", "."),
)
#: What groups start as processes, read as files or see in a browser: paths below the checkout that
#: begin so. Of a group's name the longest beginning counts.
REACHES = {
    "unit/bench": ("bench/",),
    "contract/contract_chinese": (
        *("hub_config/", "labextensions/lodge_lab/", "magics/", "runner/", "serverextensions/"),
        "services/",
    ),
    "contract/contract_layering": (*(f"{room}/" for room in SOURCES[:-2]), "pyproject.toml"),
    "contract/contract_wire_types": ("labextensions/kit/", "scripts/openapi.py", "services/"),
    "integration/magics": ("magics/lodge_magics/",),
    "integration/magics_connect": ("magics/lodge_magics/spark/", "requirements-spark35.lock"),
    "integration/magics_spark35": ("magics/lodge_magics/spark/", "requirements-spark35.lock"),
    "integration/magics_standalone": ("magics/lodge_magics/spark/",),
    "integration/magics_submit": ("magics/lodge_magics/spark/", "runner/"),
    "integration/magics_yarn": ("magics/lodge_magics/spark/", "scripts/jars"),
    **{f"integration/magics_{name}": () for name in ("clickhouse", "mariadb", "sql", "trino")},
    "integration/platform": ("hub_config/", "authenticator/", "spawner/lodge_spawner/local"),
    "integration/platform_faults": ("hub_config/", "services/", "spawner/lodge_spawner/local"),
    "integration/runner": ("runner/",),
    "integration/schedules": ("services/lodge_services/schedules/", "runner/"),
    "integration/server_spark": (
        "serverextensions/lodge_server/spark",
        "magics/lodge_magics/spark/",
    ),
    "integration/server_sql": ("serverextensions/lodge_server/sql",),
    "integration/shares": ("services/lodge_services/shares/", "services/lodge_services/web/"),
    "integration/shares_archive": (
        "services/lodge_services/shares/",
        "services/lodge_services/web/",
        "hub_config/lodge_hub/cli/",
        "tests/support/versitygw/",
        "scripts/setup.sh",
    ),
    "browser/cells": ("labextensions/", "magics/lodge_magics/sql/", "serverextensions/"),
    "browser/formulas": ("services/lodge_services/",),
    "browser/journey": ("labextensions/", "hub_config/", "services/", "serverextensions/"),
    "cluster/chart": ("helm/", "images/", "hub_config/lodge_hub/kubernetes"),
    "cluster/cluster": ("tests/cluster/go/", "tests/cluster/kubernetes/"),
    "cluster/images": ("images/",),
    "cluster/spawner": ("spawner/", "images/server/"),
}
#: What the checks look at.
CHECKED = {
    "mypy": (".py", "pyproject.toml"),
    "ruff": (".py", "pyproject.toml"),
    "layering": (".py", "pyproject.toml"),
    "docs": (".md", ".py", "docs/"),
    "web": (".ts", ".tsx", ".css", ".json", ".mjs"),
    "locks": (".lock", "package-lock.json"),
}


def since(base: str) -> list[str]:
    """Return the files that differ from a commit, uncommitted and new ones included."""
    told = _git("diff", "--name-only", base), _git("ls-files", "--others", "--exclude-standard")
    return sorted({line for lines in told for line in lines.splitlines()})


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def reached(groups: Iterable[Group], changes: Collection[str]) -> list[Group]:
    """Return the groups that changes of these files can reach."""
    return [group for group in groups if _is_reached(group, changes)]


def _is_reached(group: Group, changes: Collection[str]) -> bool:
    if group.name == SETUP:
        return False  # whatever needs it brings it
    if not group.files:
        name = group.name.partition("/")[2]
        assert name in CHECKS
        return any(path.endswith(CHECKED[name]) or path in CHECKED[name] for path in changes)
    begins = max((name for name in REACHES if group.name.startswith(name)), key=len, default="")
    if any(path.startswith(REACHES.get(begins, ()) or ("//",)) for path in changes):
        return True
    own = [TESTS / file for file in group.files]
    tests = [one for path in own for one in (path.rglob("*.py") if path.is_dir() else [path])]
    folders = {
        parent for path in tests for parent in path.parents if TESTS in (parent, *parent.parents)
    }
    files = closure([*tests, *(folder / "conftest.py" for folder in folders)])
    inside = tuple(f"tests/{file}/" for file in group.files if not file.endswith(".py"))
    return any(path in files or (inside and path.startswith(inside)) for path in changes)


def closure(files: Iterable[Path]) -> set[str]:
    """Return files with all that they import, at whatever distance, below the checkout.

    A package on the way to a module counts itself, what it imports for others does not.
    """
    found: set[Path] = set()
    passed: set[Path] = set()
    waiting = [file for file in files if file.exists()]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            wanted, packages = _imports(file)
            waiting += wanted
            passed |= packages
    return {str(file.relative_to(ROOT)) for file in found | passed}


@functools.cache
def _imports(file: Path) -> tuple[frozenset[Path], frozenset[Path]]:
    """Return the files that a file imports, and those of the packages on the way to them."""
    wanted: set[Path] = set()
    passed: set[Path] = set()
    for name in _names(ast.parse(file.read_bytes()), file):
        files = _files(name)
        passed.update(files[:-1])
        wanted.update(files[-1:])
    return frozenset(wanted), frozenset(passed)


def _names(tree: ast.AST, file: Path) -> set[str]:
    """Return the modules that a file names in its imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = _module(file).split(".")
                # A package's own name stands for the file in it.
                up = node.level - (file.name == "__init__.py")
                module = ".".join([*package[: len(package) - up], *([module] if module else [])])
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                found.add(inner if _files(inner) != _files(module) else module)
    return found


def _module(file: Path) -> str:
    for source in SOURCES:
        folder = ROOT / source
        if file.is_relative_to(folder):
            parts = file.relative_to(folder).with_suffix("").parts
            return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    raise LookupError(file)


@functools.cache
def _files(module: str) -> list[Path]:
    """Return the files that an import runs: of the packages on the way, the module's last."""
    parts = module.split(".")
    for source in SOURCES:
        found = []
        for end in range(1, len(parts) + 1):
            path = ROOT / source / Path(*parts[:end])
            found += [
                one for one in (path / "__init__.py", path.with_suffix(".py")) if one.exists()
            ]
        if found:
            return found
    return []
