"""The spawner on Kubernetes: a pod for each server, with Spark in reach of it."""

from __future__ import annotations

from .kube_takeover import KubeTakeover


class SparkKubeSpawner(KubeTakeover):
    """Start a user's server as a pod from which Spark sessions reach their executors.

    Everything that KubeSpawner can be told holds here too. Where a profile runs executors as
    pods, each user has a namespace of their own (`enable_user_namespaces`).
    """

    async def stop(self, now: bool = False) -> None:
        """Stop the server; what was made for it goes too."""
        await super().stop(now=now)
        # While it starts, a pod of that name stood in the way; what was made is for the next one.
        if not self._starting:
            await self._remove_secret()
