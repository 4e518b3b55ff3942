"""How tests start Java: with what lets programs start quickly that run for seconds."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pyspark

#: One simple compiler and one simple collector.
SIMPLE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
#: Besides the classes that the set-up has archived. Where they do not fit, Java goes without them
#: and says nothing. Not for an embedded Derby: the archive names its jar by the path that it was
#: made with, this environment by another, and a sealed package must not come from two.
QUICK = (
    *SIMPLE,
    f"-XX:SharedArchiveFile={sys.prefix}/share/lodge/spark-classes.jsa",
    "-Xlog:cds=off",
    "-Xlog:cds+dynamic=off",
)


def java() -> str:
    """The program that servers are started with."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    assert program is not None
    return program


def spark_home() -> Path:
    """The folder of this environment's Spark."""
    return Path(pyspark.__file__).parent


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
