"""A server that the hub before this one left half-way: its start or its stop is ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import kube_api, manifests
from .kube_start import KubeStart
from .kube_wait import soon
from .manifests.server import ACCOUNT


class KubeTakeover(KubeStart):
    """The taking-over of `lodge_spawner.SparkKubeSpawner`, after its start."""

    def get_state(self) -> dict[str, Any]:
        """Return what the hub's database keeps of a server."""
        state: dict[str, Any] = super().get_state()
        return state | ({"complete": True} if self._complete else {})

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what the database kept."""
        super().load_state(state)
        self._complete = self._known = bool(state.get("complete"))

    def clear_state(self) -> None:
        """Forget the server that was."""
        super().clear_state()
        self._complete = False

    async def poll(self) -> int | None:
        """Return None while the server runs, else how it ended."""
        status: int | None = await super().poll()
        half_way = not self._known or self._is_going()
        if self._starting or not half_way:
            return status
        self._known = True
        return await self._take_over(status)

    async def _take_over(self, status: int | None) -> int | None:
        """End what an earlier hub began: its start of the server, or its stop.

        Raises
        ------
        SpawnError
            The pod can't start.
        """
        if self._pod is None:
            await self._remove_secret()
            return status
        if self._is_going():
            self.log.info("The pod %s is being stopped", self.pod_name)
            await self._until(lambda: self._pod is None, "end", self.delete_grace_period + 30)
            return 1
        if status is not None:
            return status
        self.log.info("The pod %s was being started when the hub ended", self.pod_name)
        self._starting, self._doubted_since = True, None
        try:
            if self.events_enabled:
                await self._start_watching_events()
            bare = manifests.private_files(self._this, {}, {})
            del bare["stringData"]
            found = await kube_api.read(self.api.api_client, bare, self.k8s_api_request_timeout)
            secret = bare | {"data": found["data"]}
            with_pods = self._pod["spec"].get("serviceAccountName") == ACCOUNT
            await self._complete_pod(self._pod["metadata"]["uid"], secret, with_pods)
            await self._until(lambda: self.is_pod_running(self._pod), "start", self.start_timeout)
        finally:
            self._starting = False
        self._complete = True
        self.orm_spawner.state = self.get_state()
        # Its address is known only now.
        ended: int | None = await super().poll()
        return ended

    async def _until(self, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        if not await soon(condition, timeout_s):
            raise TimeoutError(f"The pod {self.pod_name} did not {what} within {timeout_s} s")
