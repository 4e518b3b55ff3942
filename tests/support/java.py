"""How tests start Java: with what lets programs start quickly that run for seconds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyspark
from lodge_hub.programs import class_archive

#: One simple compiler, one simple collector, and the classes that the set-up has archived. Where
#: they do not fit, Java goes without them and says nothing.
QUICK = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    f"-XX:SharedArchiveFile={class_archive()}",
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
