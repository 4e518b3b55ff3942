"""Whether there is a master to start a session on, asked before a JVM is started for it.

Spark itself tries for a minute, then says that its context has been stopped.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from pathlib import Path

from lodge_magics.errors import SparkError
from lodge_magics.spark.connect import address as connect_address
from lodge_magics.spark.yarn import resource_managers
from lodge_magics.words import one_line

__all__ = ["check_reachable", "configured_master", "configured_property"]

# Seconds that a master may take to accept a connection.
_PATIENCE = 3.0


def configured_master() -> str | None:
    """Return the master that the environment names: `PYSPARK_SUBMIT_ARGS` and its properties."""
    return _asked_for("--master") or configured_property("spark.master")


def configured_property(name: str) -> str | None:
    """Return a property, without blanks in it, of the file that `PYSPARK_SUBMIT_ARGS` names."""
    file = _asked_for("--properties-file")
    if file is None:
        return None
    line = rf"^\s*{re.escape(name)}(?:\s*[=:]\s*|\s+)(\S+)\s*$"
    try:
        found = re.search(line, Path(file).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1).replace("\\:", ":") if found else None


def _asked_for(option: str) -> str | None:
    try:
        words = shlex.split(os.environ.get("PYSPARK_SUBMIT_ARGS", ""))
    except ValueError:
        return None
    return words[words.index(option) + 1] if option in words[:-1] else None


def check_reachable(master: str | None) -> None:
    """Refuse a standalone master, YARN or Spark Connect server that nothing answers for.

    Parameters
    ----------
    master
        `spark://HOST:PORT`, or several hosts parted by commas, of which one must answer; `yarn`,
        whose ResourceManager Hadoop's settings name; `sc://HOST:PORT`. Others are left to Spark.

    Raises
    ------
    SparkError
        None accepts a connection within three seconds.
    """
    if master is None:
        return
    if master.startswith("spark://"):
        addresses, what = master.removeprefix("spark://").split(","), f"its master {master}"
    elif master == "yarn":
        addresses = resource_managers()
        what = f"YARN's ResourceManager {' or '.join(addresses)}"
    elif master.startswith("sc://"):
        addresses = [connect_address(master) or ""]
        what = f"the Spark Connect server {addresses[0]}"
    else:
        return
    why = _silence(addresses)
    if why:
        raise SparkError(
            f"Spark was not started, since nothing answers at {what} ({why}); check the address, "
            "or ask whoever runs the cluster whether it is up."
        )


def _silence(addresses: list[str]) -> str:
    """Return why no address accepts a connection; nothing when one does, or there are none."""
    why = ""
    for address in addresses:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
        except (OSError, ValueError) as error:
            why = one_line(getattr(error, "strerror", None) or str(error)).rstrip(".")
        else:
            return ""
    return why
