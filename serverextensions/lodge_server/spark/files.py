"""The running Spark sessions, as kernels tell of them in Jupyter's runtime folder.

A kernel with a session keeps one file ``lodge-spark/<pid>.json`` there, closed to everybody else,
and removes it when the session stops. A kernel that was killed leaves its file; whoever looks next
removes it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "lodge-spark"
"""Below Jupyter's runtime folder."""
MAX_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


class Progress(BaseModel):
    """The queries of the cell that runs in a session of Spark Connect; zeros where none does."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    queries: int = Field(0, ge=0)
    queries_done: int = Field(0, ge=0)
    tasks: int = Field(0, ge=0)
    tasks_done: int = Field(0, ge=0)
    tasks_running: int = Field(0, ge=0)


class SessionFile(BaseModel):
    """What a kernel tells of its session.

    Attributes
    ----------
    ui
        Where the driver's UI listens; None where it is off.
    key
        base64url of the secret that the UI's requests are signed with; None where it has no guard.
    connect
        What a session of Spark Connect tells itself, whose driver is its server's; else None.
    """

    # A kernel's magics may be newer than the server: what they tell beyond this does no harm.
    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: int = Field(gt=0)
    kernel_id: str | None = None
    application: str = Field(pattern=r"^[\w.-]{1,200}$")
    name: str = ""
    master: str = ""
    version: str = ""
    ui: str | None = None
    key: str | None = Field(None, repr=False)
    started: str | None = None
    connect: Progress | None = None

    @field_validator("ui")
    @classmethod
    def _here(cls, value: str | None) -> str | None:
        """Take an address as it is, and the loopback for a name.

        Spark names the machine where its UI listens on all interfaces; the driver is here, and
        what is signed with its secret goes to no host that a resolver tells.
        """
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "http" or not parts.hostname or not parts.port or "@" in parts.netloc:
            raise ValueError("no address of a Spark UI")
        try:
            host = str(ip_address(parts.hostname))
        except ValueError:
            host = "127.0.0.1"
        return f"http://[{host}]:{parts.port}" if ":" in host else f"http://{host}:{parts.port}"


def discover(runtime: Path) -> list[SessionFile]:
    """Return the running sessions, newest first; remove what killed kernels left.

    Parameters
    ----------
    runtime
        Jupyter's runtime folder.
    """
    found = [session for path in (runtime / FOLDER).glob("*.json") if (session := _read(path))]
    return sorted(found, key=lambda one: (one.started or "", one.pid), reverse=True)


def _read(path: Path) -> SessionFile | None:
    try:
        state = path.stat()
        if state.st_uid != os.geteuid() or state.st_size > MAX_BYTES:
            return None
        session = SessionFile.model_validate_json(path.read_bytes())
    except OSError:  # Removed in between: the session has just stopped.
        return None
    except ValidationError as error:
        # The fields' names only: the values hold a secret.
        fields = [".".join(map(str, one["loc"])) for one in error.errors(include_input=False)]
        _complain(path, ", ".join(fields))
        return None
    if not _alive(session.pid):
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    return session


@lru_cache(maxsize=64)
def _complain(path: Path, fields: str) -> None:
    """Log a faulty file: once, though it is met at every look."""
    _log.warning("%s is no file of a Spark session: %s", path, fields)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # The number is another user's by now.
        return False
    return True
