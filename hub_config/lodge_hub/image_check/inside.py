"""Tries, inside of an image, what Lodge relies on; prints one line of JSON.

It is read from standard input by the image's own Python, so it needs nothing but the standard
library, and nothing of Lodge has to be in the image. Its argument is JSON: what is wanted.
"""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Finding = dict[str, Any]
Wanted = Mapping[str, Any]

ROOMS = ("lodge-lab", "lodge-magics", "lodge-runner", "lodge-server")
SESSION_S = 300

MAGICS = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.extension_manager.load_extension('lodge_magics')
assert {'spark', 'sql'} <= set(shell.magics_manager.magics['cell'])
"""
SESSION = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false').getOrCreate()
assert spark.range(1000).selectExpr('id % 7 AS day').distinct().count() == 7
assert spark.sparkContext.parallelize([1, 2], 1).map(lambda one: one + 1).sum() == 5
spark.stop()
"""
CHINESE = """
import logging, warnings
warnings.simplefilter('error')
logging.disable(logging.WARNING)
import matplotlib
matplotlib.use('agg')
from matplotlib import pyplot
pyplot.title('\\u4e2d\\u6587')
pyplot.gcf().canvas.draw()
"""


def finding(name: str, found: object, remedy: str, needed: bool = True) -> Finding:
    """Return what was found of one thing; nothing found means that it is missing."""
    return {"name": name, "found": str(found or ""), "remedy": remedy, "needed": needed}


def users(_wanted: Wanted) -> Iterator[Finding]:
    """Find who the processes are, and where they may write."""
    identity = f"{os.getuid()}:{os.getgid()}"
    yield finding(
        "a user without rights of root",
        os.getuid() and identity,
        "end the Dockerfile with `USER 1000:100`",
    )
    home = os.environ.get("HOME", "")
    yield finding(
        "a home that the user may write to",
        home not in ("", "/") and os.access(home, os.W_OK) and home,
        "`RUN useradd --uid 1000 --gid 100 --create-home lodge`, and set HOME to its folder",
    )


def commands(_wanted: Wanted) -> Iterator[Finding]:
    """Find the commands that pods and runs are started with."""
    remedies = {
        "bash": "`apt-get install bash`",
        "jupyterhub-singleuser": "`pip install jupyterhub`, with its folder in PATH",
        "lodge-run": "`pip install` the wheel of lodge-runner, with its folder in PATH",
    }
    for name, remedy in remedies.items():
        yield finding(f"the command {name}", shutil.which(name), remedy)


def packages(wanted: Wanted) -> Iterator[Finding]:
    """Find packages, in versions that fit the hub's."""
    yield finding(
        "Python 3.11 or newer",
        sys.version_info >= (3, 11) and f"{sys.version.split()[0]} ({sys.executable})",
        "take an image with Python 3.11 or newer as python3 in PATH",
    )
    there = version("jupyterhub")
    hub = wanted["jupyterhub"]
    yield finding(
        f"jupyterhub {minor(hub)}, as the hub has it",
        minor(there) == minor(hub) and there,
        f"`pip install jupyterhub=={hub}`" + (f"; there is {there}" if there else ""),
    )
    for room in ROOMS:
        there = version(room)
        yield finding(
            f"{room} {wanted['lodge']}, as the hub has it",
            there == wanted["lodge"] and there,
            f"`pip install` the wheel of {room}" + (f"; there is {there}" if there else ""),
        )


def extensions(_wanted: Wanted) -> Iterator[Finding]:
    """Find what JupyterLab, its server and its kernels load."""
    try:
        from jupyter_core.paths import jupyter_config_path, jupyter_path
    except ImportError:
        yield finding("JupyterLab", "", "`pip install jupyterlab`")
        return
    yield finding("JupyterLab", version("jupyterlab"), "`pip install jupyterlab`")
    enabled = enabled_extensions(jupyter_config_path())
    yield finding(
        "the server extension lodge_server, enabled",
        enabled.get("lodge_server") and works("import lodge_server") and "works",
        "`pip install` the wheel of lodge-server, and enable it: "
        "`jupyter server extension enable lodge_server`",
    )
    places = (Path(folder, "@lodge/lab/package.json") for folder in jupyter_path("labextensions"))
    yield finding(
        "the JupyterLab plugins @lodge/lab",
        next((place.parent for place in places if place.exists()), ""),
        "`pip install` the wheel of lodge-lab into the environment of JupyterLab",
    )
    yield finding(
        "the magics %%spark and %%sql", works(MAGICS) and "load", "`pip install` lodge-magics"
    )
    config = Path(sys.prefix, "etc/ipython/ipython_kernel_config.py")
    yield finding(
        "kernels that load the magics by themselves",
        config.exists() and "lodge_magics" in config.read_text() and config,
        f"put `c.InteractiveShellApp.extra_extensions.append('lodge_magics')` into {config}",
    )
    kernels = (Path(folder, "python3/kernel.json") for folder in jupyter_path("kernels"))
    yield finding(
        "a kernel for Python",
        next((k for k in kernels if k.exists()), ""),
        "`pip install ipykernel`",
    )


def java(wanted: Wanted) -> Iterator[Finding]:
    """Find a Java that this Spark runs on."""
    home = os.environ.get("JAVA_HOME", "")
    said = output([f"{home}/bin/java", "-version"]) if home else ""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    major = int(found[1]) if found else 0
    if (version("pyspark") or wanted["pyspark"] or "4").startswith("3"):
        name, fits = "Java 8, 11 or 17 at JAVA_HOME", major in (8, 11, 17)
    else:
        name, fits = "Java 17 or newer at JAVA_HOME", major >= 17
    there = f"; there is Java {major}" if major else ""
    yield finding(
        name,
        fits and f"{major} ({home})",
        f"`apt-get install openjdk-17-jre-headless`, and set JAVA_HOME{there}",
    )


def spark(wanted: Wanted) -> Iterator[Finding]:
    """Find PySpark, its jars, its Python, its class-data archive."""
    there = version("pyspark")
    asked = wanted["pyspark"]
    fits = there and (not asked or there == asked or there.startswith(f"{asked}."))
    yield finding(
        f"PySpark {asked}" if asked else "PySpark",
        fits and there,
        f"`pip install pyspark=={asked}.*`" if asked else "`pip install pyspark`",
    )
    home = Path(os.environ.get("SPARK_HOME") or "/nonexistent")
    core = [jar.name for jar in home.glob("jars/spark-core_*.jar")]
    yield finding(
        "Spark's jars at SPARK_HOME, of PySpark's version",
        there and any(name.endswith(f"-{there}.jar") for name in core) and home,
        "set SPARK_HOME to the folder of the package pyspark"
        + (f"; there is {core[0]}" if core else ""),
    )
    jars = sorted(home.glob("jars/spark-kubernetes_*.jar"))
    yield finding(
        "Spark's support of Kubernetes",
        jars and jars[0].name,
        "take PySpark's own jars, which hold spark-kubernetes",
    )
    python = os.environ.get("PYSPARK_PYTHON", "")
    said = (
        output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        if python
        else ""
    )
    mine = "{}.{}".format(*sys.version_info[:2])
    yield finding(
        f"Python {mine} at PYSPARK_PYTHON, as the server has it",
        said.strip() == mine and python,
        f"set PYSPARK_PYTHON to {sys.executable}",
    )
    archive = Path(sys.prefix, "share/lodge/spark-classes.jsa")
    yield finding(
        "a class-data archive, so that Spark starts in half the time",
        archive.exists() and archive,
        f"`python -m lodge_magics.spark.archive {archive}` as the last step of the image",
        needed=False,
    )


def session(_wanted: Wanted) -> Iterator[Finding]:
    """Try a session that counts, in the JVM and in Python."""
    began = time.monotonic()
    # As in a pod, where a session that starts on the server alone needs no network.
    counted = works(
        SESSION, SESSION_S, {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": "pyspark-shell"}
    )
    yield finding(
        "a Spark session that counts",
        counted and f"in {time.monotonic() - began:.0f} s",
        "mend what is missing above; if nothing is, run a session in the image and read its error",
    )


def executor(wanted: Wanted) -> Iterator[Finding]:
    """Find whether the entry point starts an executor when Spark on Kubernetes asks for one."""
    entry = wanted.get("entrypoint")
    if entry is None:
        return
    names = ("DRIVER_URL", "EXECUTOR_ID", "EXECUTOR_CORES", "EXECUTOR_MEMORY", "APPLICATION_ID")
    more = ("EXECUTOR_POD_IP", "EXECUTOR_POD_NAME", "RESOURCE_PROFILE_ID")
    with tempfile.TemporaryDirectory() as folder:
        # It only tells what it would be started with.
        program = Path(folder, "bin/java")
        program.parent.mkdir()
        program.write_text('#!/bin/sh\necho "$@"\n')
        program.chmod(0o755)
        variables = {f"SPARK_{name}": "1" for name in names + more}
        said = output([*entry, "executor"], {**os.environ, **variables, "JAVA_HOME": folder})
    yield finding(
        "an entry point that starts executors",
        "KubernetesExecutorBackend" in said and " ".join(entry),
        "let the entry point start KubernetesExecutorBackend where its argument is `executor`, as "
        "that of Lodge's image does",
    )


def charts(_wanted: Wanted) -> Iterator[Finding]:
    """Find whether charts have Chinese."""
    yield finding(
        "a font for Chinese, found by matplotlib",
        works(CHINESE) and "the title of a chart",
        "`apt-get install fonts-noto-cjk`, and `font.family: sans-serif, Noto Sans CJK SC` in "
        "matplotlibrc",
        needed=False,
    )


def version(package: str) -> str:
    """Return the version of a package, or nothing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def minor(text: str) -> str:
    """Return the first two numbers of a version."""
    return ".".join(text.split(".")[:2])


def enabled_extensions(folders: Sequence[str]) -> dict[str, bool]:
    """Return which extensions Jupyter's server loads; the first folder wins."""
    found: dict[str, bool] = {}
    for folder in reversed(folders):
        for path in sorted(Path(folder).glob("jupyter_server_config.d/*.json")):
            try:
                named = json.loads(path.read_text())["ServerApp"]["jpserver_extensions"]
            except (OSError, ValueError, KeyError):
                continue
            found.update(named)
    return found


def works(code: str, seconds: float = 60, more: Mapping[str, str] | None = None) -> bool:
    """Return whether a piece of Python ends well in a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a command says, or nothing."""
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def main() -> None:
    """Try everything in turn."""
    wanted = json.loads(sys.argv[1])
    found: list[Finding] = []
    for check in (users, commands, packages, extensions, java, spark, session, executor, charts):
        found.extend(check(wanted))
    print(json.dumps(found))  # noqa: T201 - that is its answer


if __name__ == "__main__":
    main()
