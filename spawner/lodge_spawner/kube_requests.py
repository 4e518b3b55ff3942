"""What the spawner on Kubernetes asks of the API server, and what it knows of its pod."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any

from jupyterhub.utils import exponential_backoff
from kubernetes_asyncio.client import ApiException

from . import kube_api, manifests
from .diagnosis import SpawnError
from .kube_settings import KubeSettings
from .kube_wait import soon
from .manifests.server import Manifest, Server


class KubeRequests(KubeSettings):
    """The requests of `lodge_spawner.SparkKubeSpawner` beside those of KubeSpawner."""

    @property
    def _pod(self) -> Manifest | None:
        reflector = self.pod_reflector
        found: Manifest | None = reflector and reflector.pods.get(
            f"{self.namespace}/{self.pod_name}"
        )
        return found

    def _is_going(self) -> bool:
        return self._pod is not None and "deletionTimestamp" in self._pod["metadata"]

    @property
    def _this(self) -> Server:
        return Server(
            *(self.pod_name, self.namespace, self.instance, self.port),
            *(self.user.name, self.name),
        )

    async def _remove_secret(self) -> None:
        secret = manifests.private_files(self._this, {}, {})
        try:
            await kube_api.remove(self.api.api_client, secret, self.k8s_api_request_timeout)
        except ApiException as error:
            if error.status != 404:
                raise

    async def _apply(self, manifest: Manifest) -> Manifest:
        timeout_s = self.k8s_api_request_retry_timeout
        return await kube_api.apply(self.api.api_client, manifest, timeout_s)

    async def _apply_rights(self, made: list[Manifest]) -> None:
        """Make what a namespace holds; what needs the rest last."""
        last = [each for each in made if each["kind"] == "RoleBinding"]
        await asyncio.gather(*(self._apply(each) for each in made if each not in last))
        for each in last:
            # The API server looks for the Role in its memory, where it is a moment later.
            told = "The API server does not find the Role that was made"
            await exponential_backoff(partial(self._bound, each), told)

    async def _bound(self, binding: Manifest) -> bool:
        try:
            await self._apply(binding)
        except ApiException as error:
            if error.status != 404:
                raise
            return False
        return True

    async def _hand_on_pull_secrets(self) -> None:
        """Let the pod's namespace have the Secrets that images are fetched with."""
        home = self._namespace_default()
        if self.namespace != home:
            timeout_s = self.k8s_api_request_retry_timeout
            hand_on = partial(
                kube_api.hand_on, self.api.api_client, home, self.namespace, self.instance
            )
            try:
                await asyncio.gather(
                    *(hand_on(name, timeout_s) for name in self._pull_secret_names)
                )
            except kube_api.MissingError as error:
                raise SpawnError(f"The server's image can't be fetched: {error}.") from error

    async def _complete_pod(self, uid: str, secret: Manifest, with_pods: bool) -> None:
        """Let what was made before the pod go with it; give it its name for executors."""
        owner = manifests.owned_by("Pod", self.pod_name, uid)
        owned = secret["metadata"] | {"ownerReferences": [owner]}
        todo: list[Awaitable[Any]] = [self._apply(secret | {"metadata": owned})]
        if with_pods:
            todo.append(self._apply(manifests.driver_service(self._this, owner)))
        await asyncio.gather(*todo)

    async def _make_delete_pod_request(self, *arguments: Any) -> bool:
        made: bool = await super()._make_delete_pod_request(*arguments)
        if made:
            await soon(lambda: self._pod is None, self.delete_grace_period)
        return made
