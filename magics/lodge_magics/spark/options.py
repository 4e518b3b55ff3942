"""The options of `%%spark`, checked before a JVM starts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lodge_magics.arguments import Arguments, Option, parse_arguments
from lodge_magics.errors import OptionError
from lodge_magics.spark.settings import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONS", "SparkOptions", "parse_options", "split_body"]

OPTIONS = (
    Option(
        "--conf",
        "NAME=VALUE",
        repeated=True,
        help=(
            "sets `NAME`; a name without the prefix `spark.`, or a slip away from a setting "
            "of Spark's, is refused"
        ),
    ),
    Option(
        "--name",
        "NAME",
        help="`spark.app.name`",
    ),
    Option(
        "--master",
        "MASTER",
        help=(
            "`spark.master`: `local[N]`, `local[*]`, `yarn`, `spark://HOST:PORT`, "
            "`k8s://https://HOST:PORT`, or a Spark Connect server, `sc://HOST:PORT`"
        ),
    ),
    Option(
        "--queue",
        "QUEUE",
        help="`spark.yarn.queue`",
    ),
    Option(
        "--executor-memory",
        "SIZE",
        help="`spark.executor.memory`, with a unit: `4g`, `512m`",
    ),
    Option(
        "--executor-cores",
        "N",
        help="`spark.executor.cores`",
    ),
    Option(
        "--num-executors",
        "N",
        help="`spark.executor.instances`; dynamic allocation off",
    ),
    Option(
        "--min-executors",
        "N",
        help="`spark.dynamicAllocation.minExecutors`; dynamic allocation on",
    ),
    Option(
        "--max-executors",
        "N",
        help="`spark.dynamicAllocation.maxExecutors`; dynamic allocation on",
    ),
    Option(
        "--packages",
        "GROUP:ARTIFACT:VERSION,...",
        help="`spark.jars.packages`",
    ),
    Option(
        "--jars",
        "PATH,...",
        help="`spark.jars`",
    ),
    Option(
        "--restart",
        help="stops the running session and its driver, then starts anew",
    ),
)
_PLAIN = {
    "--name": "spark.app.name",
    "--master": "spark.master",
    "--queue": "spark.yarn.queue",
    "--jars": "spark.jars",
}
_MASTER = re.compile(
    r"local(\[(\d+|\*)(\s*,\s*\d+)?\])?|local-cluster\[.+\]|yarn|spark://\S+:\d+(,\S+:\d+)*"
    r"|k8s://\S+|sc://(\[[^\]\s]+\]|[^/:;\s]+)(:\d+)?(/\S*)?"
)
_SIZE = re.compile(r"\d+[kmgt]b?", re.IGNORECASE)
_PACKAGE = re.compile(r"[^\s:,]+:[^\s:,]+:[^\s:,]+")


@dataclass(frozen=True)
class SparkOptions:
    """What a `%%spark` asks for.

    Attributes
    ----------
    settings
        Spark's settings by name, from every option.
    restart
        Whether to stop a running session first; default False.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    restart: bool = False


def split_body(cell: str) -> tuple[list[str], list[str]]:
    """Take the option lines from the top of a cell's body.

    Parameters
    ----------
    cell
        The body, without the line of the magic.

    Returns
    -------
    tuple of two lists of str
        The lines up to the last option line (blank lines and `#` comments may stand between them),
        and the lines of Python after them, line ends kept.
    """
    lines = cell.splitlines(keepends=True)
    end = 0
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("--"):
            end = number + 1
        elif stripped and not stripped.startswith("#"):
            break
    return lines[:end], lines[end:]


def parse_options(line: str, option_lines: list[str] | None = None) -> SparkOptions:
    """Parse and check the options of `%%spark`.

    Parameters
    ----------
    line
        The rest of the magic's line.
    option_lines
        Lines from `split_body`.

    Raises
    ------
    OptionError
        An option or its value is wrong, or two of them contradict each other.
    """
    further = [part for part in option_lines or [] if part.strip().startswith("--")]
    given = parse_arguments("%%spark", "\n".join([line, *further]), OPTIONS)
    if given.words:
        raise OptionError(
            f"%%spark does not know what to do with {given.words[0]}; options begin with --."
        )
    settings: dict[str, str] = {}
    for text in given.all("--conf"):
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name:
            raise OptionError(f"--conf of %%spark needs NAME=VALUE, not {text}.")
        check_name(name)
        _put(settings, name, value, "--conf")
    for option, name in _PLAIN.items():
        plain = given.one(option)
        if plain is not None:
            _put(settings, name, plain, option)
    _executors(given, settings)
    packages = given.one("--packages")
    if packages is not None:
        for package in packages.split(","):
            if not _PACKAGE.fullmatch(package.strip()):
                raise OptionError(
                    f"--packages needs GROUP:ARTIFACT:VERSION, parted by commas, not {package}."
                )
        _put(settings, "spark.jars.packages", packages, "--packages")
    check_master(settings.get("spark.master"))
    return SparkOptions(settings, "--restart" in given)


def check_master(master: str | None) -> None:
    """Refuse a master that Spark cannot parse.

    Parameters
    ----------
    master
        The master, or None when the environment decides.

    Raises
    ------
    OptionError
        Spark knows no such master.
    """
    if master is not None and not _MASTER.fullmatch(master):
        raise OptionError(
            f"Spark knows no master {master}; use local[N], local[*], yarn, spark://HOST:PORT, "
            "k8s://https://HOST:PORT or sc://HOST:PORT."
        )


def _put(settings: dict[str, str], name: str, value: str, option: str) -> None:
    if not value:
        raise OptionError(f"{option} of %%spark has no value for {name}; give one.")
    if settings.get(name, value) != value:
        raise OptionError(
            f"%%spark got two values for {name}: {settings[name]} and {value} ({option}); "
            "keep one of them."
        )
    settings[name] = value


def _count(given: Arguments, option: str, least: int) -> int | None:
    text = given.one(option)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise OptionError(f"{option} needs a whole number of at least {least}, not {text}.")
    return int(text)


def _executors(given: Arguments, settings: dict[str, str]) -> None:
    memory = given.one("--executor-memory")
    if memory is not None:
        if not _SIZE.fullmatch(memory):
            raise OptionError(f"--executor-memory needs a size such as 4g or 512m, not {memory}.")
        _put(settings, "spark.executor.memory", memory, "--executor-memory")
    cores = _count(given, "--executor-cores", 1)
    if cores is not None:
        _put(settings, "spark.executor.cores", str(cores), "--executor-cores")
    number = _count(given, "--num-executors", 1)
    least = _count(given, "--min-executors", 0)
    most = _count(given, "--max-executors", 1)
    if number is not None:
        if least is not None or most is not None:
            raise OptionError(
                "%%spark takes either --num-executors or --min-executors and --max-executors; "
                "drop one of them."
            )
        _put(settings, "spark.executor.instances", str(number), "--num-executors")
        _put(settings, "spark.dynamicAllocation.enabled", "false", "--num-executors")
        return
    if least is not None and most is not None and least > most:
        raise OptionError(
            f"--min-executors {least} is more than --max-executors {most}; swap them."
        )
    for option, value, name in (
        ("--min-executors", least, "spark.dynamicAllocation.minExecutors"),
        ("--max-executors", most, "spark.dynamicAllocation.maxExecutors"),
    ):
        if value is not None:
            _put(settings, "spark.dynamicAllocation.enabled", "true", option)
            _put(settings, name, str(value), option)
