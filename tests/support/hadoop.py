"""What a server of Hadoop is started with, out of the jars that the set-up fetched."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pyspark

from support.java import java

_LOCK = Path(__file__).parents[2] / "scripts" / "jars.lock"
LOG4J = """
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


def write_site(file: Path, settings: Mapping[str, str]) -> None:
    """Write a ``...-site.xml``."""
    properties = "".join(
        f"<property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in settings.items()
    )
    file.write_text(f"<configuration>\n{properties}</configuration>\n", encoding="utf-8")


def java_home() -> str:
    """Where containers take Java from."""
    return str(Path(java()).resolve().parents[1])


def server_command(conf: Path, name: str, *arguments: str) -> list[str]:
    """The command of a server by its class, with this folder of settings."""
    return [
        *(java(), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
        *("-cp", ":".join([str(conf), *_jars()])),
        *(f"--add-opens=java.base/java.{one}=ALL-UNNAMED" for one in ("lang", "io")),
        *(name, *arguments),
    ]


def _jars() -> list[str]:
    """The jars that `make setup-test` fetched, and PySpark's own."""
    home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    cache = Path(os.environ.get("LODGE_CACHE", f"{home}/lodge"))
    names = [line.split()[1].split(":") for line in _LOCK.read_text(encoding="utf-8").splitlines()]
    jars = [cache / "jars" / f"{artifact}-{version}.jar" for _, artifact, version in names]
    for jar in jars:
        assert jar.exists(), f"{jar} is missing; `make setup-test` fetches it"
    return [*map(str, jars), f"{Path(pyspark.__file__).parent}/jars/*"]


def end_server(process: subprocess.Popen[bytes]) -> None:
    """End a server, in order first: a NodeManager's containers are sessions of their own."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
