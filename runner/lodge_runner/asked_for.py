"""What a notebook asks for: options of Spark, and parameters; what may be secret is hidden."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from lodge_runner.errors import ParameterError
from lodge_runner.parameters import inspect_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST = 200
"""Options, and parameters, that are kept."""

LONGEST = 2_000
"""Characters of a value."""

HIDDEN = "…"
"""What is kept of a value that may be a secret."""

#: As Spark itself hides settings (`spark.redaction.regex`), and a little more.
_SECRET = re.compile(r"secret|passw|token|credential|access[._-]?key|api[._-]?key", re.IGNORECASE)
_NAME = re.compile("[^\\s\x00-\x1f\ud800-\udfff]{1,200}\\Z")
#: What no store takes: one such character would keep the whole notebook from being shared.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_OPTIONS = {
    "--name": "spark.app.name",
    "--master": "spark.master",
    "--queue": "spark.yarn.queue",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
    "--min-executors": "spark.dynamicAllocation.minExecutors",
    "--max-executors": "spark.dynamicAllocation.maxExecutors",
    "--packages": "spark.jars.packages",
    "--jars": "spark.jars",
}
#: What of a running session tells how it computes; the rest is the platform's, or secret.
_TELLING = re.compile(
    r"spark\.(?:master|(?:driver|executor)\.(?:memory|cores|instances|memoryOverhead)"
    r"|dynamicAllocation\.(?:enabled|minExecutors|maxExecutors)|yarn\.queue|jars\.packages"
    r"|sql\.shuffle\.partitions|sql\.session\.timeZone|sql\.ansi\.enabled)\Z"
)


def spark_options(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that a notebook's `%%spark` cells ask for; values of secrets hidden."""
    found: dict[str, str] = {}
    for cell in notebook.get("cells", []):
        source = cell.get("source", "")
        if cell.get("cell_type") == "code" and isinstance(source, str):
            found |= dict(_settings(source.lstrip()))
    return told_values(found)


def session_options(properties: Any) -> dict[str, str]:
    """Return what a running session's properties tell, as Spark's REST API has them."""
    pairs = [one for one in properties if isinstance(one, list) and len(one) == 2]
    return told_values(
        {str(name): str(value) for name, value in pairs if _TELLING.match(str(name))}
    )


def parameter_values(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the cell tagged ``parameters``, as the notebook writes them."""
    try:
        found = inspect_parameters(notebook)
    except ParameterError:
        return {}
    return {
        one.name: _value(one.name, one.default_source)
        for one in found[:MOST]
        if _NAME.match(one.name)
    }


def _settings(source: str) -> Iterator[tuple[str, str]]:
    lines = source.split("\n")
    if lines[0].split(None, 1)[:1] != ["%%spark"]:
        return
    words: list[str] = []
    for number, line in enumerate(lines):
        stripped = line.strip()
        if number and stripped and not stripped.startswith(("--", "#")):
            break
        if number == 0 or stripped.startswith("--"):
            words += _words(stripped)
    at = 1
    while at < len(words):
        name, given, value = words[at].partition("=")
        at += 1
        if name != "--conf" and name not in _OPTIONS:
            continue
        if not given and at < len(words):
            value = words[at]
            at += 1
        if name == "--conf":
            name, given, value = value.partition("=")
            if given and name.startswith("spark."):
                yield name, value
        else:
            yield _OPTIONS[name], value


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def told_values(found: Mapping[str, str]) -> dict[str, str]:
    """Return values by name as they may be kept: at most `MOST`, cut, and secrets hidden."""
    fit = {name: value for name, value in sorted(found.items()) if _NAME.match(name)}
    return {name: _value(name, value) for name, value in list(fit.items())[:MOST]}


def may_be_secret(name: str) -> bool:
    """Tell whether what bears such a name is shown to nobody."""
    return _SECRET.search(name) is not None


def _value(name: str, value: str) -> str:
    return HIDDEN if may_be_secret(name) else _UNFIT.sub("", value)[:LONGEST]
