"""Tells the user's server which Spark session runs in this kernel, by a file in the runtime folder.

The server's Spark panel reads the driver's own REST API; the file says where it is and holds the
key that its UI asks for, so nobody but the user may read it. It is written whole or not at all, and
what a killed kernel leaves behind is known by its process id.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import json
import os
import re
from pathlib import Path
from typing import Any

__all__ = ["announce", "announcement_path", "retract", "ui_address"]

_KEY = "spark.org.apache.spark.ui.JWSFilter.param.secretKey"
_announced: str | None = None


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
    value = {
        "pid": os.getpid(),
        "kernel_id": _kernel_id(),
        "application": application,
        "name": context.appName,
        "master": context.master,
        "version": context.version,
        "ui": _ui_address(context),
        "key": conf.get(_KEY, None),
        "started": started.isoformat(),
    }
    path = announcement_path()
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file)
        temporary.replace(path)
    except OSError:
        return
    if _announced is None:
        atexit.register(retract)
    _announced = application


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
