"""How tests start Java: with what lets programs start quickly that run for seconds."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pyspark

#: One simple compiler and one simple collector.
SIMPLE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def quick(prefix: str) -> tuple[str, ...]:
    """What lets the drivers of an environment start quickly.

    Besides, the classes that the set-up has archived. Where they do not fit, Java goes without
    them and says nothing. An embedded Derby needs `archived_home` beside it.
    """
    return (
        *SIMPLE,
        f"-XX:SharedArchiveFile={prefix}/share/lodge/spark-classes.jsa",
        "-Xlog:cds=off",
        "-Xlog:cds+dynamic=off",
    )


#: For those of this environment.
QUICK = quick(sys.prefix)


def java() -> str:
    """The program that servers are started with."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    assert program is not None
    return program


def spark_home() -> Path:
    """The folder of this environment's Spark."""
    return Path(pyspark.__file__).parent


def archived_home(prefix: str = sys.prefix) -> Path:
    """The folder of an environment's Spark by the path that the archive of classes names jars by.

    A sealed package, such as Derby's, must not come from two paths: some of its classes from the
    archive, others from a jar.
    """
    return Path(prefix, "share", "lodge", "spark").resolve(strict=True)


def spark_program(name: str, *arguments: str) -> list[str]:
    """The command of one of Spark's own programs, such as ``deploy.master.Master``."""
    jars = spark_home() / "jars"
    # In the order of Spark's launcher, which the archive has.
    [first] = jars.glob("slf4j-api-*.jar")
    return [
        *(java(), "-Xmx256m", *QUICK, "-cp", f"{first}:{jars}/*"),
        *(f"--add-opens=java.base/{one}=ALL-UNNAMED" for one in ("sun.nio.ch", "java.nio")),
        *(f"org.apache.spark.{name}", *arguments),
    ]
