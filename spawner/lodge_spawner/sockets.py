"""Where users' servers of one machine are reached: Unix sockets that nobody else can take.

A port is anybody's once its server has ended, and whoever listens on it next is sent its
owner's cookies. A socket in Lodge's own folder can be made there by Lodge alone: the server is
handed it open, as systemd hands sockets to its services, and no user can connect to it but by the
proxy.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from jupyterhub.objects import Server

#: What the address of a Unix socket may hold, in bytes, without the zero at its end (unix(7)).
_LONGEST = 107

#: Connections that wait for a server that is busy, or not there yet.
_BACKLOG = 1024


def socket_path(run_dir: Path, user: str, server: str) -> Path:
    """Return the path of a server's socket.

    Parameters
    ----------
    run_dir
        The installation's folder of files that are made anew at each start.
    user, server
        The hub's names of the user and of the server; the default server's is empty.
    """
    name = hashlib.sha256(f"{user}/{server}".encode()).hexdigest()[:20]
    path = run_dir / "servers" / f"{name}.sock"
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    short = hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:12]
    base = Path("/run") if os.geteuid() == 0 else Path("/tmp")  # noqa: S108  see listen()
    return base / f"lodge-{os.geteuid()}-{short}" / path.name


def sweep_sockets(run_dir: Path) -> None:
    """Remove the folder of sockets that is elsewhere, where the installation's path is too long.

    Parameters
    ----------
    run_dir
        The installation's folder of files that are made anew at each start.
    """
    folder = socket_path(run_dir, "", "").parent
    if folder.is_relative_to(run_dir):
        return
    try:
        if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():
            for path in folder.glob("*.sock"):
                path.unlink()
            folder.rmdir()
    except OSError:
        # There is none, or something else is in it.
        return


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at `path`, for its owner alone, in a folder of the same kind.

    Raises
    ------
    OSError
        The folder belongs to somebody else, or the socket can't be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = path.parent.lstat()
    if folder.st_uid != os.geteuid() or folder.st_mode & 0o170077 != 0o040000:
        raise PermissionError(
            f"The folder {path.parent}, for the sockets of users' servers, must be of mode 0700 "
            "and belong to the account that runs Lodge: remove it, and start the server again."
        )
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    try:
        # Closed from the first moment on: the folder keeps others out until the mode is set.
        made.bind(str(path))
        path.chmod(0o600)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


class ServerEndedError(TimeoutError):
    """A server ended before it answered; JupyterHub shows the message to its user."""

    jupyterhub_message = (
        "JupyterLab ended while it was starting. Try again; an administrator finds its last lines "
        "in the hub's log."
    )

    def __init__(self) -> None:
        super().__init__("the server ended before it answered")


class SocketServer(Server):
    """A user's server that is reached at a Unix socket, as the hub and its proxy see it."""

    def __init__(self, path: Path, **traits: Any) -> None:
        super().__init__(**traits)
        self._path = path
        self.connect_url = f"http+unix://{quote(str(path), safe='')}"

    async def wait_up(self, timeout: float = 10, extra_path: str = "", **_: Any) -> Any:  # noqa: ASYNC109  JupyterHub's
        """Wait until the server answers; return its answer.

        Raises
        ------
        TimeoutError
            It has not within `timeout` seconds.
        ServerEndedError
            Nor will it.
        """
        address = f"http://localhost{self.base_url}{extra_path}"
        connector = aiohttp.UnixConnector(str(self._path))
        async with asyncio.timeout(timeout), aiohttp.ClientSession(connector=connector) as client:
            while True:
                try:
                    async with client.get(address, allow_redirects=False) as response:
                        if response.status < 500:
                            return response
                except aiohttp.ClientConnectorError as error:
                    # It listens from before its start, so it is not yet to come.
                    raise ServerEndedError from error
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
