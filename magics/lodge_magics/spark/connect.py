"""Sessions on a Spark Connect server (`sc://`): there is no JVM here, and no SparkContext."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NoReturn

from lodge_magics.errors import InterruptedCellError, OptionError, SparkError
from lodge_magics.interrupt import run_interruptible
from lodge_magics.language import say
from lodge_magics.spark.announce import announce_connect
from lodge_magics.spark.messages import spark_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PORT",
    "NoContext",
    "address",
    "check_settings",
    "current",
    "describe",
    "is_connect",
    "server",
    "start",
    "stop",
    "tell",
]

PORT = 15002
# Seconds in which a server that accepts connections must answer as a Spark Connect server.
_PATIENCE = 30.0
_URL = re.compile(r"sc://(\[[^\]]+\]|[^/:;]+)(?::(\d+))?(?:/.*)?$")
# What the server's own driver was started with; a client can't change it.
_SERVERS = {
    "spark.app.name": "--name",
    "spark.yarn.queue": "--queue",
    "spark.executor.memory": "--executor-memory",
    "spark.executor.cores": "--executor-cores",
    "spark.executor.instances": "--num-executors",
    "spark.dynamicAllocation.minExecutors": "--min-executors",
    "spark.dynamicAllocation.maxExecutors": "--max-executors",
    "spark.jars": "--jars",
    "spark.jars.packages": "--packages",
}
_SERVER_PREFIXES = ("spark.executor.", "spark.driver.", "spark.dynamicAllocation.", "spark.yarn.")
_DERIVED = "spark.dynamicAllocation.enabled"
# Address, time and server's version of the sessions that were started here, by their ids.
_started: dict[str, tuple[str, float, str]] = {}


class NoContext:
    """What `sc` is with Spark Connect: any use of it says why there is none."""

    _SENTENCE = (
        "There is no sc with Spark Connect, which has neither a SparkContext nor RDDs; use spark "
        "and its DataFrames, or %%spark --restart with another --master."
    )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # IPython and pickle ask for these
            raise AttributeError(name)
        raise SparkError(self._SENTENCE)

    def __repr__(self) -> str:
        return self._SENTENCE


def address(master: str) -> str | None:
    """Return ``host:port`` of a ``sc://`` address; None for any other master."""
    found = _URL.fullmatch(master)
    return f"{found[1]}:{found[2] or PORT}" if found else None


def is_connect(session: Any) -> bool:
    """Tell whether a session is one of Spark Connect."""
    return type(session).__module__.startswith("pyspark.sql.connect.")


def current() -> Any:
    """Return the running session of Spark Connect, started by whatever means, or None."""
    module = sys.modules.get("pyspark.sql.connect.session")
    if module is None:
        return None
    found = module.SparkSession
    session = getattr(found._active_session, "session", None) or found._default_session
    # Spark 3.5 knows it of the client only.
    stopped = session is None or getattr(session, "is_stopped", session.client.is_closed)
    return None if stopped else session


def check_settings(settings: Mapping[str, str]) -> None:
    """Refuse what only the server's own driver can be started with.

    Parameters
    ----------
    settings
        What was asked for.

    Raises
    ------
    OptionError
        A setting makes no sense here.
    """
    for name in settings:
        if name == _DERIVED and len(settings) > 1:
            continue  # another option brought it along, and is named itself
        if name in _SERVERS or name.startswith(_SERVER_PREFIXES):
            raise OptionError(
                f"{_SERVERS.get(name, f'--conf {name}')} has no effect with Spark Connect, whose "
                "server has its driver and executors already; drop it."
            )


def start(url: str, settings: Mapping[str, str]) -> Any:
    """Start a session on a server.

    Parameters
    ----------
    url
        ``sc://host:port``, with parameters after it or without.
    settings
        What was asked for.

    Raises
    ------
    OptionError
        The server does not let a client set one of them.
    SparkError
        The server does not answer as one, or refuses.
    InterruptedCellError
        The user interrupted the start.
    """
    try:
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.remote(url)
    except ImportError as error:
        raise SparkError(
            f"Spark was not started, since a package for Spark Connect is missing ({error}); "
            'install it with `pip install "pyspark[connect]"`.'
        ) from None
    made: list[Any] = []
    versions: list[str] = []
    late = threading.Event()

    def work() -> Any:
        made.append(builder.getOrCreate())
        versions.append(made[0].version)  # the first question to the server
        return made[0]

    def give_up() -> None:
        for session in made:
            session.client.close()

    def too_late() -> None:
        late.set()
        give_up()

    deadline = threading.Timer(_PATIENCE, too_late)
    deadline.daemon = True
    deadline.start()
    try:
        session = run_interruptible(work, give_up)
    except InterruptedCellError:
        _forget()
        raise InterruptedCellError(say("Interrupted; Spark was not started.")) from None
    except Exception as error:  # whatever gRPC says
        _forget()
        if late.is_set():
            raise SparkError(
                f"Spark was not started, since {address(url)} accepts connections but has not "
                f"answered as a Spark Connect server in {_PATIENCE:.0f} s; check the address, and "
                "whether it needs ;use_ssl=true."
            ) from None
        raise SparkError(f"Spark did not start: {spark_sentence(error)}") from None
    finally:
        deadline.cancel()
    # It was made in another thread; PySpark has an active session for each.
    type(session)._set_default_and_active_session(session)
    _apply(session, settings)
    _started[session.session_id] = (url, time.time(), versions[0])
    tell(session)
    return session


def _apply(session: Any, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        if name in ("spark.master", "spark.remote"):
            continue
        if not session.conf.isModifiable(name):
            stop(session)
            raise OptionError(
                f"--conf {name} has no effect with Spark Connect, whose server decides it; drop it."
            )
        session.conf.set(name, value)


def _forget() -> None:
    # PySpark takes this for every session of the process.
    os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)


def stop(session: Any) -> None:
    """End a session on its server, and let another kind of session be started here.

    Parameters
    ----------
    session
        The running session.
    """
    with contextlib.suppress(Exception):  # the server is gone, and the session with it
        session.interruptAll()
    session.stop()
    type(session)._default_session = None
    _started.pop(session.session_id, None)
    _forget()


def server(session: Any) -> str:
    """Return the address of a session's server, without parameters, which may hold a token.

    Parameters
    ----------
    session
        The running session.
    """
    known = _started.get(session.session_id)
    where = address(known[0]) if known else None
    return f"sc://{where or session.client.host}"


def tell(session: Any, progress: Mapping[str, int] | None = None) -> None:
    """Tell the user's server of a session, whose panel shows it.

    Parameters
    ----------
    session
        The running session.
    progress
        Of its queries, as `announce_connect` takes it; default None.
    """
    # One that was started by other means is not asked for its version, which waits for its server.
    _, started_s, version = _started.get(session.session_id, ("", None, ""))
    announce_connect(session.session_id, server(session), version, started_s, progress)


def describe(session: Any) -> list[tuple[str, str]]:
    """Return what `%spark status` shows: label and value.

    Parameters
    ----------
    session
        The running session.
    """
    began = time.monotonic()
    version = session.version
    answered_ms = 1000 * (time.monotonic() - began)
    lines = [
        ("Session", str(session.session_id)),
        ("Server", server(session)),
        ("Spark", str(version)),
        ("Server answers in", f"{answered_ms:.0f} ms"),
    ]
    if session.session_id in _started:
        up_s = time.time() - _started[session.session_id][1]
        lines.append(("Running for", f"{up_s / 60:.0f} min" if up_s >= 60 else f"{up_s:.0f} s"))
    return lines
