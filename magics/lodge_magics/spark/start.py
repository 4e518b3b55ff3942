"""Starting a session in front of the user: the phases shown, the names set, one quiet line left."""

from __future__ import annotations

import contextvars
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from lodge_magics.language import say
from lodge_magics.live import LiveLine, notice
from lodge_magics.spark import connect
from lodge_magics.spark import session as sessions
from lodge_magics.spark.options import SparkOptions, check_master
from lodge_magics.spark.reach import check_reachable, configured_master

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["ensure_session", "stop_session"]

# How long executors are watched after the start, and how often, in seconds.
_WATCH = 120.0
_POLL = 0.5
# Seconds after which the user is told what keeps executors away.
_PATIENCE = 15.0


def ensure_session(shell: InteractiveShell, options: SparkOptions, *, quiet: bool = False) -> Any:
    """Return the kernel's session, started if need be, and leave `spark` and `sc` in the namespace.

    Parameters
    ----------
    shell
        The shell of the kernel.
    options
        What was asked for.
    quiet
        Whether to say nothing when a session was there already; default False.

    Raises
    ------
    SparkError
        Spark did not start.
    InterruptedCellError
        The user interrupted the start.
    """
    session = sessions.current()
    if session is not None and options.restart:
        sessions.stop(session)
        session = None
    if session is None:
        session = _start(shell, options)
    else:
        told = _tell(session, options)
        if not quiet:
            notice(told)
    shell.user_ns["spark"] = session
    shell.user_ns["sc"] = (
        connect.NoContext() if connect.is_connect(session) else session.sparkContext
    )
    return session


def stop_session(shell: InteractiveShell) -> None:
    """Stop the kernel's session and take `spark` and `sc` away, if they are its.

    Parameters
    ----------
    shell
        The shell of the kernel.
    """
    session = sessions.current()
    if session is None:
        notice(say("No Spark session is running."))
        return
    name = sessions.name_of(session)
    context = None if connect.is_connect(session) else session.sparkContext
    sessions.stop(session)
    ours = shell.user_ns.get("sc")
    if isinstance(ours, connect.NoContext) or (ours is not None and ours is context):
        shell.user_ns.pop("sc")
        shell.user_ns.pop("spark", None)
    notice(say("Spark is stopped; {name} has ended.", name=name))


def _start(shell: InteractiveShell, options: SparkOptions) -> Any:
    master = options.settings.get("spark.master") or os.environ.get("SPARK_REMOTE")
    check_master(master)
    if master is not None and master.startswith("sc://"):
        return _start_connect(shell, master, options)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        check_reachable(master or configured_master())
    line = LiveLine(hasattr(shell, "kernel"))
    began = time.monotonic()
    told: list[tuple[str, float]] = []

    def report(phase: str) -> None:
        now = time.monotonic()
        told.append((phase, now))

        def text() -> str:
            parts = [
                f"{name} {(told[i + 1][1] if i + 1 < len(told) else time.monotonic()) - at:.1f} s"
                for i, (name, at) in enumerate(told)
            ]
            return say("Starting Spark: {phases} …", phases=" · ".join(parts))

        line.show(text)

    try:
        started = sessions.start(options, report)
    except BaseException:
        took = f"{time.monotonic() - began:.1f} s"
        line.finish(say("Spark was not started ({time}).", time=took))
        raise
    line.finish(_ready(started, time.monotonic() - began))
    _watch_executors(started, line, time.monotonic() - began)
    return started.session


def _start_connect(shell: InteractiveShell, url: str, options: SparkOptions) -> Any:
    settings = {name: v for name, v in options.settings.items() if name != "spark.master"}
    connect.check_settings(settings)
    check_reachable(url)
    line = LiveLine(hasattr(shell, "kernel"))
    began = time.monotonic()
    where = f"sc://{connect.address(url)}"

    def text() -> str:
        took = f"{time.monotonic() - began:.1f} s"
        phase = say("session on {where} {time}", where=where, time=took)
        return say("Starting Spark: {phases} …", phases=phase)

    line.show(text)
    try:
        session = connect.start(url, settings)
    except BaseException:
        took = f"{time.monotonic() - began:.1f} s"
        line.finish(say("Spark was not started ({time}).", time=took))
        raise
    line.finish(
        say(
            "Spark {version} ready in {time} · session {session} · {where} · there is no sc with "
            "Spark Connect",
            version=session.version,
            time=f"{time.monotonic() - began:.1f} s",
            session=session.session_id,
            where=where,
        )
    )
    return session


def _ready(started: sessions.Started, seconds: float, executors: str = "") -> str:
    context = started.session.sparkContext
    told = "Spark {version} ready in {time} ({phases})"
    if started.attached:
        told = "Spark {version} bound to the running driver in {time} ({phases})"
    phases = ", ".join(f"{name} {took:.1f} s" for name, took in started.phases)
    parts = [
        say(told, version=context.version, time=f"{seconds:.1f} s", phases=phases),
        context.applicationId,
        context.master,
    ]
    if executors:
        parts.append(executors)
    return " · ".join(parts)


def _counted(there: int, wanted: int) -> str:
    return say("executors {there} of {wanted}", there=there, wanted=wanted)


def _late(context: Any, there: int) -> str:
    """Say what keeps executors away, in words that a user can act on."""
    conf = context.getConf()
    memory, cores = conf.get("spark.executor.memory", "1g"), conf.get("spark.executor.cores", None)
    each = f"{memory} of memory" + (f" and {cores} cores" if cores else "")
    which = "no executor has come" if not there else "no more executors have come"
    return (
        f"{which} in {_PATIENCE:.0f} s: the cluster has no room for one of {each} now; wait, or "
        "ask for less (--executor-memory, --executor-cores)"
    )


def _watch_executors(started: sessions.Started, line: LiveLine, seconds: float) -> None:
    """Count executors as they come, without holding the cell up for them."""
    context = started.session.sparkContext
    wanted = sessions.executors_wanted(context)
    if not wanted:
        return
    pause = threading.Event()

    def watch() -> None:
        shown, told_late = -1, False
        began = time.monotonic()
        until = began + _WATCH
        try:
            while time.monotonic() < until and context._jsc is not None:
                there = sessions.executor_count(context)
                if there != shown:
                    shown = there
                    line.later(_ready(started, seconds, _counted(there, wanted)))
                if there >= wanted:
                    return
                if not told_late and time.monotonic() > began + _PATIENCE:
                    told_late = True
                    counted = _counted(there, wanted)
                    line.later(_ready(started, seconds, f"{counted} · {_late(context, there)}"))
                pause.wait(_POLL)
        except Exception:  # the session was stopped meanwhile: nothing left to count
            return

    context_of_cell = contextvars.copy_context()
    threading.Thread(
        target=context_of_cell.run, args=(watch,), daemon=True, name="lodge-executors"
    ).start()


def _tell(session: Any, options: SparkOptions) -> str:
    compared = sessions.compare(session, options)
    name = sessions.name_of(session)
    parts = []
    if compared.applied:
        parts.append("set now: " + ", ".join(f"{k} = {v}" for k, v in compared.applied.items()))
    if compared.pending:
        wanted = ", ".join(
            f"{name_} = {value} (now {now or 'unset'})" for name_, now, value in compared.pending
        )
        parts.append(f"not in effect before a restart (%%spark --restart): {wanted}")
    if parts:
        return f"Spark is running as {name}; {'; '.join(parts)}."
    if options.settings:
        return say("Spark is running as {name} with these options already.", name=name)
    return say("Spark is running as {name} already.", name=name)
