"""Spark's properties and environment: the one place where they are made, for every spawner."""

from __future__ import annotations

import base64
import json
import re
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from .local_settings import SparkSettings

UI_FILTER = "org.apache.spark.ui.JWSFilter"

#: Properties of every driver.
COMMON_PROPERTIES = {
    # Others may reach the driver's ports, on one machine over loopback: they ask for a secret, as
    # its UI does (below).
    "spark.authenticate": "true",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "WARN",
    # A cancelled task's Python process is ended at the next look, which Spark takes every 2 s.
    "spark.python.task.killTimeout": "100ms",
    # A Python worker that crashes says where it was.
    "spark.sql.execution.pyspark.udf.faulthandler.enabled": "true",
}

#: Properties of a driver on one machine; settings of the platform come on top.
LOCAL_PROPERTIES = {
    "spark.master": "local[*]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.port.maxRetries": "64",
    # Hive's other folders are below Java's anyway. Hadoop fills the variable in.
    "spark.hadoop.hive.exec.scratchdir": "file:${java.io.tmpdir}/hive",
    **COMMON_PROPERTIES,
}


def machine_properties(master: str) -> dict[str, str]:
    """Return the properties of drivers on one machine.

    Parameters
    ----------
    master
        Where sessions compute unless they are told otherwise. Executors elsewhere find the driver
        by this machine's address; `%%spark` sees to that for masters that a user names.
    """
    made = LOCAL_PROPERTIES | {"spark.master": master}
    if master.startswith("local"):
        return made
    own = own_address()
    # A standalone cluster hands no secret of a session to its executors.
    shared = {"spark.authenticate": "false"} if master.startswith("spark://") else {}
    return made | shared | {"spark.driver.host": own, "spark.driver.bindAddress": own}


def own_address() -> str:
    """Return the address of this machine on its network; loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent; an address that documentation has for itself (RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def hive_properties(metastore: str, warehouse: str, *, own_folders: bool = False) -> dict[str, str]:
    """Return the properties that make Hive tables of a metastore service visible.

    Parameters
    ----------
    metastore
        The service's address, ``thrift://host:port``.
    warehouse
        The folder of managed tables, as a URI.
    own_folders
        Whether tables' folders are their owners' on this machine, with an access control list
        that names who else may write.
    """
    # The mode's group part bounds such entries: without it others could write in nothing that
    # Spark has made. The group itself is the user's own, and warehouse folders give it nothing.
    more = {"spark.hadoop.fs.permissions.umask-mode": "002"} if own_folders else {}
    return {
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.hive.metastore.uris": metastore,
        "spark.sql.warehouse.dir": warehouse,
        **more,
    }


def ui_properties(spark_home: Path) -> dict[str, str]:
    """Return the properties that guard a driver's UI by a key of its own, or switch it off.

    The UI asks every request for a JSON Web Signature made with the key, which Spark has a filter
    for since 4.0; the user's server holds it and passes the UI on to its owner alone.

    Parameters
    ----------
    spark_home
        The folder that holds ``jars``. An older Spark lacks the filter: its UI stays off.
    """
    return guarded_ui(any((spark_home / "jars").glob("jjwt-impl-*.jar")))


def guarded_ui(filtered: bool) -> dict[str, str]:
    """Return the same where it is known whether Spark has the filter."""
    if not filtered:
        return {"spark.ui.enabled": "false"}
    # Spark takes the key in the URL-safe alphabet of base64, with its padding.
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {
        "spark.ui.enabled": "true",
        "spark.ui.filters": UI_FILTER,
        f"spark.{UI_FILTER}.param.secretKey": key,
    }


def quick_start_properties(archive: Path) -> dict[str, str]:
    """Return `quick_start` where there is an archive; where there is none, nothing is changed."""
    return quick_start(str(archive)) if archive.is_file() else {}


def quick_start(archive: str) -> dict[str, str]:
    """Return the properties that let a driver and its executors start quickly.

    The archive saves reading and checking classes: also those of executors where they find it at
    the same path, in the same image or on the same machine. The thresholds of HotSpot's optimising
    compiler are four times their defaults (see its ``globals.hpp``): at a start it would take a
    core from them for methods that hardly run again, while a long job reaches them within seconds.

    Parameters
    ----------
    archive
        Path of a class-data archive of the driver's jars and Java. Where it is missing or does not
        fit, the JVM goes without it.
    """
    named = f"-XX:SharedArchiveFile={archive}"
    late = {
        "Tier4InvocationThreshold": 20000,
        "Tier4MinInvocationThreshold": 2400,
        "Tier4CompileThreshold": 60000,
        "Tier4BackEdgeThreshold": 160000,
    }
    options = [
        "-XX:+IgnoreUnrecognizedVMOptions",
        named,
        *(f"-XX:{name}={value}" for name, value in late.items()),
    ]
    # Where it does not fit, the JVM goes without it and need not say so on the user's screen.
    here = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    # A cluster's Java may be one that knows the name of the file as an option of diagnosis only.
    elsewhere = ["-XX:+UnlockDiagnosticVMOptions"]
    return {
        "spark.driver.defaultJavaOptions": " ".join(options + here),
        "spark.executor.defaultJavaOptions": " ".join(elsewhere + options),
    }


def properties_text(properties: dict[str, str]) -> str:
    r"""Return a Spark properties file.

    The file is read by Java's ``Properties.load``: a backslash begins an escape, a line ends a
    value, ``:``, ``=`` and blanks end a name.

    Raises
    ------
    ValueError
        A name is empty or begins with something other than a letter.
    """
    lines = []
    for name, value in sorted(properties.items()):
        if not re.match(r"[A-Za-z]", name):
            raise ValueError(f"{name!r} is no name of a Spark property")
        escaped_name = re.sub(r"([\\:= ])", r"\\\1", name)
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        escaped = re.sub(r"^(\s)", r"\\\1", escaped)
        lines.append(f"{escaped_name}={escaped}\n")
    return "".join(lines)


def spark_environment(settings: SparkSettings, properties_file: str) -> dict[str, str]:
    """Return the variables by which Spark's drivers find Java, Python and their properties.

    Parameters
    ----------
    settings
        Where Spark is.
    properties_file
        The path of the properties file, readable by the user alone. Named on the command line
        because a configuration folder on the class path would rule class-data archives out.
    """
    bound = settings.properties.get("spark.driver.bindAddress", "127.0.0.1")
    return {
        "JAVA_HOME": str(settings.java_home),
        "SPARK_HOME": str(settings.home),
        "PYSPARK_PYTHON": str(settings.python),
        "PYSPARK_DRIVER_PYTHON": str(settings.python),
        **driver_environment(properties_file, settings.limits, bound),
    }


def driver_environment(
    properties_file: str, limits: Mapping[str, str], bound: str = "127.0.0.1"
) -> dict[str, str]:
    """Return the variables of Spark's drivers that don't say where Spark itself is.

    Parameters
    ----------
    properties_file
        As above.
    limits
        The most that a session may ask for, by property.
    bound
        The address that Spark's UI listens on.
    """
    return {
        "PYSPARK_SUBMIT_ARGS": f'--properties-file "{properties_file}" pyspark-shell',
        "SPARK_LOCAL_IP": bound,
        **({"LODGE_SPARK_LIMITS": json.dumps(dict(limits))} if limits else {}),
    }
