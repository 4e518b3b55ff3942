"""The reaper as a service of the hub: asks it again and again which servers there are.

A service, not a part of the hub's process: it runs from the hub's start, whether or not anybody
starts a server; it asks with rights of its own, which are to read alone; and a hub that is busy,
starts, or is gone gives no answer, and without an answer nothing is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from kubernetes_asyncio.client import ApiClient, ApiException
from kubespawner.clients import load_config  # type: ignore[import-untyped]
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from traitlets import Float, TraitError, Unicode, validate
from traitlets.config import Application

from .reaper import Known, reap
from .user_namespaces import user_namespace

NAME = "lodge-reaper"
#: What a service needs to find the API server where it is started in the hub's container.
_INHERITED = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBECONFIG")


def services(
    instance: str = "lodge",
    every_s: float = 300,
    grace_s: float = 120,
    user_namespaces: str = "",
) -> list[dict[str, Any]]:
    """Return what is added to the hub's `services`.

    Parameters
    ----------
    instance
        As `SparkKubeSpawner.instance`.
    every_s, grace_s
        As `Reaper` has them. 0 for `every_s`: none.
    user_namespaces
        As `Reaper` has it.
    """
    if not every_s:
        return []
    command = [
        *(sys.executable, "-m", "lodge_spawner.reaper_service"),
        *(f"--Reaper.installation={instance}", f"--Reaper.every_s={every_s}"),
        f"--Reaper.grace_s={grace_s}",
        *([f"--Reaper.user_namespaces={user_namespaces}"] if user_namespaces else []),
    ]
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return [{"name": NAME, "command": command, "environment": inherited}]


def roles() -> list[dict[str, Any]]:
    """Return what is added to the hub's `load_roles`."""
    return [
        {
            "name": NAME,
            "description": "Finds what servers have left behind",
            "scopes": ["list:users", "read:servers"],
            "services": [NAME],
        }
    ]


class Reaper(Application):
    """Removes what servers and sessions have left on Kubernetes."""

    name = NAME

    installation = Unicode(
        "lodge",
        config=True,
        help="Name of the installation, as `SparkKubeSpawner.instance`: no other is touched.",
    )
    every_s = Float(
        300,
        min=0.1,
        config=True,
        help="""
        Seconds from one look to the next; the first is at the hub's start. To have none, leave
        the service out, as `services(every_s=0)` does.
        """,
    )
    grace_s = Float(
        120,
        min=0,
        config=True,
        help="""
        Seconds that nothing is removed after it was made. What belongs to a server that the hub
        knows, also as starting or stopping, is never removed.
        """,
    )
    user_namespaces = Unicode(
        config=True,
        help="""
        Names of the users' namespaces, as `SparkKubeSpawner.user_namespace_template`, where an
        admin has made them: those of the users that the hub knows are looked into, one by one,
        and what does not exist or is closed to the hub is passed over. A template without
        `{username}` names the one namespace that all servers are in. Empty, the default: all of
        the cluster, which needs rights there.
        """,
    )

    @validate("user_namespaces")
    def _valid_template(self, proposal: Mapping[str, str]) -> str:
        try:
            user_namespace(proposal["value"], "ada")
        except ValueError as error:
            raise TraitError(str(error)) from error
        return proposal["value"]

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the command line and say on stderr what is done."""
        super().initialize(argv)
        self.log_level = "INFO"
        self._hub = os.environ["JUPYTERHUB_API_URL"]
        self._token = os.environ["JUPYTERHUB_API_TOKEN"]

    def start(self) -> None:
        """Look, and wait, until the hub ends."""
        load_config()
        asyncio.run(self._run(os.getppid()))

    async def _run(self, hub: int) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def watch() -> None:
            # A hub that is killed can't end its services.
            if os.getppid() == hub:
                loop.call_later(1, watch)
            else:
                ended.set()

        watch()
        while not ended.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), self.every_s)

    async def look(self) -> None:
        """Look once."""
        try:
            async with ApiClient() as client:
                await reap(
                    *(client, self.installation, datetime.now(UTC), self.running),
                    namespaces=await self.namespaces(),
                    grace_s=self.grace_s,
                    log=self.log,
                )
        except (HTTPClientError, OSError, ValueError) as error:
            self.log.warning("Nothing was removed: the hub could not be asked: %s", error)
        except ApiException as error:
            self.log.warning("Nothing was removed: the cluster said: %s", error.reason)
        except Exception:
            self.log.exception("Nothing more was removed")

    async def running(self, servers: set[Known]) -> set[Known]:
        """Return those of the servers that the hub knows as running or pending."""
        found = await self._active()
        # A list in parts may miss somebody: who is not on it is asked for by name.
        for user in {user for user, _ in servers - found}:
            try:
                model = await self._get(f"users/{quote(user, safe='')}")
            except HTTPClientError as error:
                if error.code != 404:
                    raise
                continue
            found |= {(user, name) for name in model["servers"]}
        return found

    async def namespaces(self) -> set[str] | None:
        """Return where to look: the namespaces of the hub's users, or None for everywhere."""
        if not self.user_namespaces:
            return None
        return {user_namespace(self.user_namespaces, each["name"]) for each in await self._users()}

    async def _active(self) -> set[Known]:
        users = await self._users("state=active&")
        return {(user["name"], name) for user in users for name in user["servers"]}

    async def _users(self, which: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        offset: int | None = 0
        while offset is not None:
            page = await self._get(f"users?{which}limit=100&offset={offset}")
            found += page["items"]
            offset = (page["_pagination"]["next"] or {}).get("offset")
        return found

    async def _get(self, path: str) -> Any:
        headers = {
            "Authorization": f"token {self._token}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        reply = await AsyncHTTPClient().fetch(f"{self._hub}/{path}", headers=headers)
        return json.loads(reply.body)


if __name__ == "__main__":
    Reaper.launch_instance()
