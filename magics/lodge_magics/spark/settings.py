"""Names of Spark's settings, to catch a typo before a JVM starts."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lodge_magics.errors import OptionError
from lodge_magics.words import nearest

__all__ = ["check_name", "known_settings"]

# Free names: whatever follows is for Hadoop, a catalog, the environment of executors...
_FREE = (
    "spark.hadoop.",
    "spark.executorEnv.",
    "spark.sql.catalog.",
    "spark.yarn.appMasterEnv.",
    "spark.metrics.conf.",
    "spark.driverEnv.",
)
_NAME = re.compile(r"spark\.[A-Za-z0-9_.\-]+")
# Close enough to be a slip of the fingers, not a setting of somebody's own.
_SLIP = 0.93


@cache
def known_settings() -> frozenset[str]:
    """Return the names Spark 4 itself registers (its ConfigEntry registry, read from the jars)."""
    text = files("lodge_magics.spark").joinpath("known_settings.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def check_name(name: str) -> None:
    """Refuse a name that Spark would ignore.

    Parameters
    ----------
    name
        A setting as given in `--conf NAME=VALUE`.

    Raises
    ------
    OptionError
        The name does not begin with `spark.`, or is one slip away from one that Spark knows.
    """
    if not _NAME.fullmatch(name):
        found = nearest(f"spark.{name}", known_settings(), 0.8)
        hint = f"; did you mean {found}?" if found else ""
        raise OptionError(
            f"Spark ignores the setting {name}, since it does not begin with spark{hint or '.'}"
        )
    if name in known_settings() or name.startswith(_FREE):
        return
    found = nearest(name, known_settings(), _SLIP)
    if found and found.count(".") == name.count("."):
        raise OptionError(f"Spark has no setting {name}; did you mean {found}?")
