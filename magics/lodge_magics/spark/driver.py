"""The driver's JVM: started with its log in a file, and ended for good."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SparkError
from lodge_magics.folders import cache_folder
from lodge_magics.language import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = [
    "end_driver",
    "ended",
    "find_java",
    "last_reason",
    "last_words",
    "launch_driver",
    "log_path",
]

# How long a JVM may take to end by itself, in seconds, before it is killed.
_PATIENCE = 5.0
# How long one that broke its connection off may take to be gone.
_SOON = 1.0


def log_path() -> Path:
    """Return the file that takes what the driver's JVM says, one for each kernel."""
    return cache_folder() / "spark" / f"driver-{os.getpid()}.log"


def find_java() -> None:
    """Make sure there is a Java to start.

    Raises
    ------
    SparkError
        JAVA_HOME names no Java, or there is none in PATH.
    """
    home = os.environ.get("JAVA_HOME")
    if home:
        if not os.access(Path(home) / "bin" / "java", os.X_OK):
            raise SparkError(
                f"Spark cannot start, since JAVA_HOME is {home} and there is no bin/java in it; "
                "set JAVA_HOME to a Java 17 or newer."
            )
    elif shutil.which("java") is None:
        raise SparkError(
            say(
                "Spark cannot start, since there is no Java on this machine; install a Java 17 or "
                "newer, or set JAVA_HOME to one."
            )
        )


def _open_log() -> Any:
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError:
        return tempfile.TemporaryFile()  # the JVM keeps it; a full home is no reason to fail
    return os.fdopen(descriptor, "wb")


def launch_driver(settings: Mapping[str, str]) -> Any:
    """Start the driver's JVM, or connect to the one this kernel was started below.

    Parameters
    ----------
    settings
        Spark's settings, given to spark-submit so that those of the driver itself take effect.

    Returns
    -------
    py4j gateway
        Its attribute `proc` is the process, or None when the JVM was there before.

    Raises
    ------
    SparkError
        The JVM ended before it could be spoken to.
    """
    from pyspark import SparkConf
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return launch_gateway()
    find_java()
    conf = SparkConf(loadDefaults=False)
    for name, value in settings.items():
        conf.set(name, value)
    with _open_log() as log:
        try:
            return launch_gateway(conf, popen_kwargs={"stdout": log, "stderr": log})
        except KeyboardInterrupt as interrupt:
            _end_half_started(interrupt.__traceback__)
            raise
        except PySparkRuntimeError:
            raise SparkError(
                say(
                    "Spark did not start, because its driver's JVM ended at once: {told}",
                    told=last_words(),
                )
            ) from None


def _end_half_started(traceback: TracebackType | None) -> None:
    # The process is a local of pyspark's function, and IPython keeps the traceback (and so its
    # standard input open) until the next error.
    while traceback is not None:
        process = traceback.tb_frame.f_locals.get("proc")
        if isinstance(process, subprocess.Popen):
            process.kill()
            _end_process(process)
        traceback = traceback.tb_next


def last_reason() -> str:
    """Return why the cluster ended the application, as the driver's log has it; else nothing."""
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # the log is spark-submit's
        return ""
    try:
        text = log_path().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # A standalone master's words, then YARN's.
    found = re.findall(r"(?:Application has been killed\. Reason|Diagnostics message): (.+)", text)
    return f"{found[-1].strip().rstrip('.')}; the whole log is {log_path()}." if found else ""


def ended(gateway: Any) -> bool:
    """Tell whether the JVM that this kernel started for a gateway has ended, or is about to.

    Parameters
    ----------
    gateway
        From `launch_driver`, or None.
    """
    process = getattr(gateway, "proc", None)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process is not None and process.wait(_SOON) is not None
    return False


def last_words() -> str:
    """Return the line of the driver's log that tells why its JVM ended."""
    try:
        lines = log_path().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    told = [line.strip() for line in lines if line.strip() and not line.startswith(("\t", "WARN"))]
    for line in told:
        if "Error" in line or "Exception" in line or line.startswith("Unrecognized"):
            return f"{line.rstrip('.')}; the whole log is {log_path()}."
    if told:
        return f"{told[-1].rstrip('.')}; the whole log is {log_path()}."
    return f"it said nothing, see {log_path()}."


def _end_process(process: subprocess.Popen[bytes]) -> None:
    # The JVM ends itself at the end of its standard input.
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_driver(gateway: Any) -> None:
    """End the JVM of a gateway if this kernel started it, and forget it in pyspark.

    Parameters
    ----------
    gateway
        From `launch_driver`, or pyspark's own; None is allowed.
    """
    from pyspark import SparkContext

    if gateway is None or getattr(gateway, "proc", None) is None:
        return
    with contextlib.suppress(Exception):  # the JVM may be gone already
        gateway.shutdown()
    _end_process(gateway.proc)
    if SparkContext._gateway is gateway:
        SparkContext._gateway = None
        SparkContext._jvm = None
