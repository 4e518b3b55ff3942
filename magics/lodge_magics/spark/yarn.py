"""YARN, as Hadoop's settings name it and as its ResourceManager answers through the driver."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from lodge_magics.errors import SparkError

__all__ = ["end_applications", "hadoop_folder", "mark", "queues", "resource_managers"]

# Seconds that an application which is being submitted may take to show up, and between two looks.
_PATIENCE = 10.0
_PAUSE = 0.3
_VARIABLE = re.compile(r"\$\{([^}$]+)\}")
_PORT = "8032"


def hadoop_folder() -> Path | None:
    """Return the folder of Hadoop's settings that Spark takes, or None."""
    for name in ("YARN_CONF_DIR", "HADOOP_CONF_DIR"):
        value = os.environ.get(name)
        if value and (Path(value) / "yarn-site.xml").exists():
            return Path(value)
    return None


def resource_managers() -> list[str]:
    """Return where YARN takes applications, ``host:port`` each, of which one must answer.

    Raises
    ------
    SparkError
        There are no settings of Hadoop, or they can't be read.
    """
    folder = hadoop_folder()
    if folder is None:
        raise SparkError(
            "Spark was not started, since it finds no YARN: neither HADOOP_CONF_DIR nor "
            "YARN_CONF_DIR names a folder with a yarn-site.xml; set one, or name another --master."
        )
    try:
        settings = _settings(folder / "yarn-site.xml")
    except (OSError, ElementTree.ParseError) as error:
        raise SparkError(
            f"Spark was not started, since {folder}/yarn-site.xml can't be read ({error})."
        ) from None
    names = [f".{name.strip()}" for name in settings.get(_rm("ha.rm-ids"), "").split(",") if name]
    found = []
    for name in names or [""]:
        address = settings.get(_rm(f"address{name}"))
        host = settings.get(_rm(f"hostname{name}"), "")
        found.append(address or f"{host}:{_PORT}")
    return [address for address in found if not address.startswith((":", "0.0.0.0:"))]


def _rm(name: str) -> str:
    return f"yarn.resourcemanager.{name}"


def _settings(file: Path) -> dict[str, str]:
    # The platform's or the user's own file, as trusted as the notebook.
    root = ElementTree.parse(file).getroot()  # noqa: S314
    found = {
        (one.findtext("name") or "").strip(): (one.findtext("value") or "").strip()
        for one in root.iter("property")
    }
    return {name: _VARIABLE.sub(lambda m: found.get(m[1], m[0]), v) for name, v in found.items()}


def mark(conf: Any) -> tuple[str, str]:
    """Return a tag of its own for an application, and the value of `spark.yarn.tags` with it.

    Parameters
    ----------
    conf
        A SparkConf of the driver, which has the tags of the environment.
    """
    tag = f"lodge-{uuid.uuid4().hex}"
    return tag, ",".join(filter(None, [conf.get("spark.yarn.tags", ""), tag]))


@contextlib.contextmanager
def _client(jvm: Any) -> Any:
    client = jvm.org.apache.hadoop.yarn.client.api.YarnClient.createYarnClient()
    client.init(jvm.org.apache.hadoop.yarn.conf.YarnConfiguration())
    client.start()
    try:
        yield client
    finally:
        client.stop()


def queues(gateway: Any) -> list[str]:
    """Return the queues that take applications, by name; empty when YARN does not tell.

    Parameters
    ----------
    gateway
        Of a driver that has spoken to YARN.
    """
    try:
        with _client(gateway.jvm) as client:
            leaves = [q for q in client.getAllQueues() if not q.getChildQueues()]
            return sorted(str(queue.getQueueName()) for queue in leaves)
    except Exception:  # whatever Java says: the names are a help, no more
        return []


def end_applications(gateway: Any, tag: str) -> None:
    """Kill the application that carries a tag, which may be on its way to YARN still.

    A driver's JVM that merely ends would leave it waiting for its driver, and keep its containers.

    Parameters
    ----------
    gateway
        Of the driver that submits it.
    tag
        From `mark`.
    """
    until = time.monotonic() + _PATIENCE
    pause = threading.Event()
    while time.monotonic() < until and gateway.proc.poll() is None:
        # The interrupt may have broken a connection to the JVM: the next call has another one.
        with contextlib.suppress(Exception):
            if _kill(gateway.jvm, tag, until):
                return
        pause.wait(_PAUSE)


def _kill(jvm: Any, tag: str, until: float) -> bool:
    """Kill the application with a tag as soon as YARN has it; tell whether it had."""
    protocol = jvm.org.apache.hadoop.yarn.api.protocolrecords
    pause = threading.Event()
    with _client(jvm) as client:
        tags = jvm.java.util.HashSet()
        tags.add(tag)
        request = protocol.GetApplicationsRequest.newInstance(
            protocol.ApplicationsRequestScope.valueOf("OWN")
        )
        request.setApplicationTags(tags)
        while time.monotonic() < until:
            found = list(client.getApplications(request))
            for report in found:
                client.killApplication(report.getApplicationId())
            if found:
                return True
            pause.wait(_PAUSE)
    return False
