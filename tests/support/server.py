"""A user's Jupyter server with Lodge's extensions, without a hub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from lodge_spawner.ports import free_port

from .lodge import wait_for
from .witnesses import witness

TOKEN = "server-token"


@dataclass
class UserServer:
    """A running server.

    Attributes
    ----------
    url
        Its address, with a slash at the end.
    log
        What it prints.
    api
        Asks it with its token.
    """

    url: str
    log: Path
    api: httpx.Client


@contextmanager
def user_server(
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    base_url: str = "/",
    lab: bool = False,
    timeout: float = 60,
) -> Iterator[UserServer]:
    """Start a server in a folder of its own; with `lab`, JupyterLab as well."""
    port = free_port()
    folders = {
        f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    if lab:
        folders |= {
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }
    command = [
        *(sys.executable, "-m", "jupyterlab" if lab else "jupyter_server", "--no-browser"),
        *("--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
        *("--ServerApp.port_retries=0", f"--ServerApp.base_url={base_url}"),
        *(f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={TOKEN}"),
        "--ServerApp.jpserver_extensions=lodge_server=True",
    ]
    log = folder / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **folders, **(env or {})},
            cwd=folder,
            stdout=out,
            stderr=out,
        )
    url = f"http://127.0.0.1:{port}{base_url}"
    api = httpx.Client(
        base_url=url,
        headers={"Authorization": f"token {TOKEN}"},
        trust_env=False,
        timeout=timeout,
    )
    try:
        with witness("the user's server", log):
            wait_for(lambda: _answers(api), 60, "the server")
            yield UserServer(url, log, api)
    finally:
        api.close()
        process.terminate()
        process.wait(60)


def _answers(api: httpx.Client) -> bool:
    try:
        return api.get("api/status").status_code == 200
    except httpx.HTTPError:
        return False
