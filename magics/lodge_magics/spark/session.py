"""One Spark session of a kernel: started, compared with what is asked for, restarted, stopped."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import InterruptedCellError, SparkError
from lodge_magics.interrupt import steady_interrupts
from lodge_magics.language import say
from lodge_magics.spark import connect
from lodge_magics.spark.announce import ui_address
from lodge_magics.spark.away import settings_away
from lodge_magics.spark.causes import explain
from lodge_magics.spark.driver import (
    end_driver,
    ended,
    last_reason,
    last_words,
    launch_driver,
    log_path,
)
from lodge_magics.spark.messages import java_reason
from lodge_magics.spark.yarn import end_applications, mark, queues

if TYPE_CHECKING:
    from collections.abc import Callable

    from lodge_magics.spark.options import SparkOptions

__all__ = [
    "Comparison",
    "Started",
    "bind_running",
    "compare",
    "current",
    "describe",
    "start",
    "stop",
]


@dataclass
class Started:
    """A session that has just been started.

    Attributes
    ----------
    session
        The SparkSession.
    phases
        Name and seconds of each phase of the start, in order.
    attached
        Whether it was there before, in a driver this kernel was started below.
    """

    session: Any
    phases: list[tuple[str, float]] = field(default_factory=list)
    attached: bool = False


@dataclass
class Comparison:
    """What the options of a second `%%spark` change.

    Attributes
    ----------
    applied
        Settings that took effect now.
    pending
        Settings that need a restart: name, value now (None when unset), value asked for.
    """

    applied: dict[str, str] = field(default_factory=dict)
    pending: list[tuple[str, str | None, str]] = field(default_factory=list)


def current() -> Any:
    """Return the running session of this kernel, started by whatever means, or None.

    A context that was stopped from outside (the cluster killed the application, the JVM died) is
    put away, so that the next start works.
    """
    connected = connect.current()
    if connected is not None:
        return connected
    if "pyspark" not in sys.modules:
        return None
    from py4j.protocol import Py4JError
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    context = SparkContext._active_spark_context
    if context is None or getattr(context, "_jsc", None) is None:
        return None
    try:
        if context._jsc.sc().isStopped():
            context.stop()
            SparkSession._instantiatedSession = None
            return None
    except (Py4JError, OSError):  # the JVM is gone
        context._jsc = None
        SparkContext._active_spark_context = None
        SparkSession._instantiatedSession = None
        _forget_gateway()
        return None
    return SparkSession.getActiveSession() or SparkSession(context)


def _forget_gateway() -> None:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None and getattr(gateway, "proc", None) is not None:
        end_driver(gateway)
    else:
        SparkContext._gateway = None
        SparkContext._jvm = None


def start(options: SparkOptions, report: Callable[[str], None]) -> Started:
    """Start a session, or bind to the one of the driver this kernel was started below.

    Parameters
    ----------
    options
        What was asked for. Everything else comes from the environment: `PYSPARK_SUBMIT_ARGS` names
        the file of Spark's properties.
    report
        Called with the name of each phase as it begins.

    Returns
    -------
    Started
        The session and the seconds of each phase.

    Raises
    ------
    SparkError
        Spark did not start; no half-started JVM is left.
    InterruptedCellError
        The user interrupted the start; no half-started JVM is left.
    """
    try:
        return _start_once(options, report)
    except _RaceError:
        return _start_once(options, report)


class _RaceError(SparkError):
    """Spark got in its own way while it started; another time it does not."""


def _start_once(options: SparkOptions, report: Callable[[str], None]) -> Started:
    phases: list[tuple[str, float]] = []
    began = time.monotonic()

    def phase(name: str) -> None:
        nonlocal began
        now = time.monotonic()
        if phases:
            phases[-1] = (phases[-1][0], now - began)
        began = now
        phases.append((name, 0.0))
        report(name)

    gateway: Any = None
    tag = ""
    phase("driver JVM")
    try:
        with steady_interrupts():
            from py4j.protocol import Py4JNetworkError
            from pyspark import SparkContext
            from pyspark.sql import SparkSession

            end_driver(SparkContext._gateway)
            gateway = SparkContext._gateway or launch_driver(options.settings)
            SparkContext._ensure_initialized(gateway=gateway)
            phase("context")
            session = _attach(gateway) if gateway.proc is None else None
            attached = session is not None
            if session is None:
                conf = gateway.jvm.org.apache.spark.SparkConf()
                settings = {**options.settings, **settings_away(options.settings, conf)}
                if conf.get("spark.master", "") == "yarn":
                    tag, settings["spark.yarn.tags"] = mark(conf)
                builder = SparkSession.builder
                for name, value in settings.items():
                    builder = builder.config(name, value)
                session = builder.getOrCreate()
    except KeyboardInterrupt:
        _unhindered(lambda: _clean_up(gateway, tag))
        raise InterruptedCellError(say("Interrupted; Spark was not started.")) from None
    except SparkError:
        raise
    except Exception as error:  # whatever Java says: a wrong queue, used-up ports, a missing class
        # Spark ends the whole JVM when its UI finds no port.
        lost = isinstance(error, (OSError, Py4JNetworkError)) and ended(gateway)
        told = last_words() if lost else java_reason(error)
        reason = explain(told, lambda: queues(gateway))
        # On YARN the UI's pages are put up while YARN's filter is added to them, seen in Spark 4.3.
        # Asked of `told`: the text of Java's error can't be had any more once its JVM has ended.
        kind = _RaceError if "ConcurrentModificationException" in told else SparkError
        _clean_up(gateway)
        if "stopped SparkContext" in reason:
            reason = last_reason() or reason
        raise kind(f"Spark did not start: {reason}") from None
    phases[-1] = (phases[-1][0], time.monotonic() - began)
    return Started(session, phases, attached)


def _unhindered(work: Callable[[], None]) -> None:
    """Do what must be done to its end, whatever the user interrupts meanwhile."""
    worker = threading.Thread(target=work, daemon=True, name="lodge-clean-up")
    worker.start()
    while worker.is_alive():
        with contextlib.suppress(KeyboardInterrupt):
            worker.join(0.5)


def _clean_up(gateway: Any, tag: str = "") -> None:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    try:
        if tag:
            end_applications(gateway, tag)
    finally:
        SparkContext._active_spark_context = None
        SparkSession._instantiatedSession = None
        end_driver(gateway)


def bind_running() -> Any:
    """Bind to the session of the driver that this kernel was started below, and return it.

    A kernel that was restarted finds the context there that the one before it made; without this
    a plain `getOrCreate()` would try to make a second one, which Spark refuses.

    Returns
    -------
    SparkSession or None
        None when there is no such driver, or nothing runs in it yet.
    """
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return None
    from pyspark import SparkContext

    gateway = SparkContext._gateway or launch_driver({})
    SparkContext._ensure_initialized(gateway=gateway)
    return _attach(gateway)


def _attach(gateway: Any) -> Any:
    """Return a session on the context that is active in the JVM, or None."""
    import pyspark
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    jvm = gateway.jvm
    companion = getattr(getattr(jvm.org.apache.spark, "SparkContext$"), "MODULE$")
    active = companion.getActive()
    if not active.isDefined():
        return None
    java_context = jvm.JavaSparkContext(active.get())
    context = SparkContext(
        conf=SparkConf(_jconf=active.get().conf()), gateway=gateway, jsc=java_context
    )
    old = pyspark.__version__.startswith("3.")
    name = (
        "org.apache.spark.sql.SparkSession" if old else "org.apache.spark.sql.classic.SparkSession"
    )
    found = getattr(jvm, name).getDefaultSession()
    return SparkSession(context, found.get() if found.isDefined() else None)


def name_of(session: Any) -> str:
    """Return what a running session is called in messages.

    Parameters
    ----------
    session
        The running SparkSession.
    """
    if connect.is_connect(session):
        return f"a session on {connect.server(session)}"
    return str(session.sparkContext.applicationId)


def compare(session: Any, options: SparkOptions) -> Comparison:
    """Apply what a running session can take, and name what needs a restart.

    Parameters
    ----------
    session
        The running SparkSession.
    options
        What was asked for.
    """
    result = Comparison()
    if connect.is_connect(session):
        fixed = {"spark.master": connect.server(session)}
    else:
        fixed = dict(session.sparkContext.getConf().getAll())
    for name, value in options.settings.items():
        if name != "spark.master" and session.conf.isModifiable(name):
            if session.conf.get(name, None) != value:
                session.conf.set(name, value)
                result.applied[name] = value
        else:
            now = fixed.get(name)
            if now != value:
                result.pending.append((name, now, value))
    return result


def stop(session: Any) -> None:
    """Stop a session and end its JVM, if this kernel started it.

    Parameters
    ----------
    session
        The running SparkSession.
    """
    if connect.is_connect(session):
        connect.stop(session)
        return
    from pyspark import SparkContext

    with steady_interrupts():
        session.stop()
        end_driver(SparkContext._gateway)


def describe(session: Any) -> list[tuple[str, str]]:
    """Return what `%spark status` shows: label and value.

    Parameters
    ----------
    session
        The running SparkSession.
    """
    if connect.is_connect(session):
        return connect.describe(session)
    context = session.sparkContext
    up_s = time.time() - context.startTime / 1000
    lines = [
        ("Application", f"{context.applicationId} ({context.appName})"),
        ("Master", _master(context)),
        ("Spark", context.version),
        ("Running for", f"{up_s / 60:.0f} min" if up_s >= 60 else f"{up_s:.0f} s"),
    ]
    executors = executor_count(context)
    if not context.master.startswith("local"):
        lines.append(("Executors", str(executors)))
    jobs = len(context.statusTracker().getActiveJobsIds())
    lines.append(("Active jobs", str(jobs)))
    address = ui_address(context)
    if address:
        lines.append(("Spark UI", address))
    if log_path().exists() and "PYSPARK_GATEWAY_PORT" not in os.environ:
        lines.append(("Driver's log", str(log_path())))
    return lines


def _master(context: Any) -> str:
    if context.master != "yarn":
        return str(context.master)
    return f"yarn, queue {context.getConf().get('spark.yarn.queue', 'default')}"


def executor_count(context: Any) -> int:
    """Return how many executors are there, the driver not counted.

    Parameters
    ----------
    context
        The SparkContext.
    """
    return int(context._jsc.sc().getExecutorMemoryStatus().size()) - 1


def executors_wanted(context: Any) -> int:
    """Return how many executors the settings ask for from the start; 0 when that is open.

    Parameters
    ----------
    context
        The SparkContext.
    """
    if context.master.startswith("local") and not context.master.startswith("local-cluster"):
        return 0
    conf = context.getConf()
    if conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        return int(conf.get("spark.dynamicAllocation.minExecutors", "0"))
    # YARN gives two, a standalone cluster what it has, which is one at least.
    usual = "2" if context.master == "yarn" else "1"
    return int(conf.get("spark.executor.instances", usual))
