"""Tells the user's server which Spark session runs in this kernel, by a file in the runtime folder.

The server's Spark panel reads the driver's own REST API; the file says where it is and holds the
key that its UI asks for, so nobody but the user may read it. A session of Spark Connect has no
driver that the user could ask: its file holds what the panel shows. A file is written whole or not
at all, and what a killed kernel leaves behind is known by its process id.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["announce", "announce_connect", "announcement_path", "retract", "ui_address"]

_KEY = "spark.org.apache.spark.ui.JWSFilter.param.secretKey"
# What was written last: the application, or all of a session of Spark Connect, which changes.
_announced: Any = None


def announcement_path() -> Path:
    """Return the file of this kernel."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir()) / "lodge-spark" / f"{os.getpid()}.json"


def announce(context: Any) -> None:
    """Write what the server needs to know of a session, if it isn't written yet.

    Parameters
    ----------
    context
        The SparkContext. A home that can't be written is no reason to fail: the panel stays empty.
    """
    global _announced
    application = context.applicationId
    if application == _announced:
        return
    conf = context.getConf()
    started = datetime.datetime.fromtimestamp(context.startTime / 1000, datetime.UTC)
    written = _write(
        {
            "application": application,
            "name": context.appName,
            "master": context.master,
            "version": context.version,
            "ui": _ui_address(context),
            "key": conf.get(_KEY, None),
            "started": started.isoformat(),
        }
    )
    if written:
        _announced = application


def announce_connect(
    identity: str,
    server: str,
    version: str,
    started_s: float | None,
    progress: Mapping[str, int] | None = None,
) -> None:
    """Write what the panel shows of a session of Spark Connect, where it has changed.

    Parameters
    ----------
    identity
        Of the session.
    server
        Its address, without parameters, which may hold a token.
    version
        The server's Spark; empty where nobody has asked it.
    started_s
        When it was started, in seconds of the epoch; None where that is not known.
    progress
        Of the cell that runs: `queries`, `queries_done`, `tasks`, `tasks_done` and `tasks_running`;
        default None, where none has a query.
    """
    global _announced
    started = datetime.datetime.fromtimestamp(started_s, datetime.UTC) if started_s else None
    value = {
        "application": identity,
        "name": "Spark Connect",
        "master": server,
        "version": version,
        "started": started.isoformat() if started else None,
        "connect": dict(progress or {}),
    }
    if value != _announced and _write(value):
        _announced = value


def _write(value: Mapping[str, Any]) -> bool:
    """Write the file; tell whether that was possible."""
    path = announcement_path()
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"pid": os.getpid(), "kernel_id": _kernel_id(), **value}, file)
        temporary.replace(path)
    except OSError:
        return False
    if _announced is None:
        atexit.register(retract)
    return True


def ui_address(context: Any) -> str | None:
    """Return where the user's browser reaches the Spark UI, or None where it doesn't.

    Below a hub that is the user's server, which passes it on; elsewhere the driver's own address,
    unless that asks for a key.

    Parameters
    ----------
    context
        The SparkContext.
    """
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if context.uiWebUrl is None:
        return None
    if prefix:
        return f"{prefix.rstrip('/')}/lodge/spark/{context.applicationId}/"
    return None if context.getConf().get(_KEY, None) else str(context.uiWebUrl)


def retract() -> None:
    """Remove the file, since the session has ended."""
    global _announced
    if _announced is not None:
        _announced = None
        with contextlib.suppress(OSError):
            announcement_path().unlink(missing_ok=True)


def _kernel_id() -> str | None:
    from ipykernel.kernelapp import IPKernelApp

    if not IPKernelApp.initialized():
        return None
    found = re.search(r"kernel-(.+)\.json$", IPKernelApp.instance().connection_file)
    return found.group(1) if found else None


def _ui_address(context: Any) -> str | None:
    """Return where the UI listens: by the address it is bound to, not by the driver's name."""
    url = context.uiWebUrl
    if not url:
        return None
    bound = os.environ.get("SPARK_LOCAL_IP")
    return re.sub(r"(?<=://).+(?=:\d+$)", bound, url) if bound else str(url)
