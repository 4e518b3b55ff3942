"""A Java virtual machine with Hive's classes, out of PySpark's own jars."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_OPENED = "java.lang java.net java.nio java.util java.util.concurrent sun.nio.ch java.lang.invoke"

#: Spark's jars lack the LMAX disruptor that the default selector wants.
_SELECTOR = "org.apache.logging.log4j.core.selector.ClassLoaderContextSelector"


def launch(
    spark_home: Path,
    java_home: Path,
    configuration: Path | None = None,
    options: Sequence[str] = (),
) -> Any:
    """Start one, and return Py4J's view of its classes. It ends when this process does.

    Parameters
    ----------
    spark_home, java_home
        Where jars and Java are.
    configuration
        A folder with configuration files, such as ``hive-site.xml``.
    options
        Further options of Java.
    """
    from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

    jars = spark_home / "jars"
    os.environ["JAVA_HOME"] = str(java_home)
    port, token = launch_gateway(
        jarpath=str(next(jars.glob("py4j-*.jar"))),
        classpath=":".join([*([str(configuration)] if configuration else []), f"{jars}/*"]),
        java_path=str(java_home / "bin" / "java"),
        javaopts=[
            # It is small and mostly idle: a quick start matters, compiled code does not.
            *("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"),
            # One that has run out of memory starts anew, whole.
            "-XX:+ExitOnOutOfMemoryError",
            *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED.split()),
            f"-Dlog4j2.contextSelector={_SELECTOR}",
            *options,
        ],
        die_on_exit=True,
        enable_auth=True,
        redirect_stdout=None,
        redirect_stderr=sys.stderr,
    )
    parameters = GatewayParameters(port=port, auth_token=token, auto_convert=True)
    return JavaGateway(gateway_parameters=parameters).jvm
