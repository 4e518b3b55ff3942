"""What a session on a cluster needs where the platform set drivers up for this machine alone."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any

from lodge_magics.spark.yarn import resource_managers

__all__ = ["settings_away"]


def settings_away(settings: Mapping[str, str], conf: Any) -> dict[str, str]:
    """Return the settings to add so that executors elsewhere find the driver and may speak to it.

    What the user asks for is left as it is.

    Parameters
    ----------
    settings
        What the user asks for.
    conf
        The driver's `SparkConf`, or anything with its `get(name, default)`.
    """

    def effective(name: str) -> str:
        return settings.get(name) or str(conf.get(name, "") or "")

    master = effective("spark.master")
    if master.startswith("spark://"):
        addresses = master.removeprefix("spark://").split(",")
    elif master == "yarn":
        addresses = resource_managers()
    else:
        return {}
    made: dict[str, str] = {}
    if (
        master.startswith("spark://")
        and "spark.authenticate" not in settings
        and effective("spark.authenticate") == "true"
        and not effective("spark.authenticate.secret")
    ):
        # Spark makes a secret for each session and hands it to executors on YARN and Kubernetes;
        # a standalone cluster hands none over and refuses the session.
        made["spark.authenticate"] = "false"
    if "spark.driver.host" not in settings and _is_loopback(effective("spark.driver.host")):
        own = _own_address(addresses)
        if own and not _is_loopback(own):
            made |= {"spark.driver.host": own, "spark.driver.bindAddress": own}
    return made


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own_address(addresses: list[str]) -> str:
    """Return this machine's address on the way to the first that has one; nothing is sent."""
    for address in addresses:
        host, _, port = address.rpartition(":")
        try:
            found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
            family, kind, _, _, target = found[0]
            with socket.socket(family, kind) as probe:
                probe.connect(target)
                return str(probe.getsockname()[0])
        except (OSError, ValueError):
            continue
    return ""
