"""What a killed hub or a session with settings of its own left behind: found, removed, logged.

Kubernetes removes what hangs on a pod. Left are a Secret whose pod was never made (and what hangs
on it: policies, node ports), and executors whose session did not name its driver's pod.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kubernetes_asyncio.client import ApiException

from . import kube_api
from .manifests.server import DRIVER_LABEL, INSTANCE_LABEL, SERVER_LABEL, Manifest


@dataclass(frozen=True)
class Orphan:
    """An object whose pod is gone.

    Parameters
    ----------
    manifest
        Its kind and metadata.
    why
        What is said of it in the log.
    """

    manifest: Manifest
    why: str


def orphans(
    pods: Iterable[Mapping[str, Any]],
    others: Iterable[Mapping[str, Any]],
    now: datetime,
    grace_s: float,
) -> list[Orphan]:
    """Return the objects whose pod is gone and which nothing else removes.

    Parameters
    ----------
    pods
        All pods of the installation: servers and executors.
    others
        Its other objects that belong to servers.
    now
        The time, with its zone.
    grace_s
        Seconds that an object may be without a pod: what a start makes comes before the pod.
    """
    pods = list(pods)
    living = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in pods}
    found = []
    for each in [*others, *pods]:
        metadata = each["metadata"]
        labels = metadata.get("labels") or {}
        executor = DRIVER_LABEL in labels
        pod = labels.get(DRIVER_LABEL) or labels.get(SERVER_LABEL)
        made = datetime.fromisoformat(metadata["creationTimestamp"])
        if (
            pod is None
            or (metadata["namespace"], pod) in living
            or metadata.get("ownerReferences")
            or metadata.get("deletionTimestamp")
            or now - made < timedelta(seconds=grace_s)
        ):
            continue
        why = "its driver's pod" if executor else "its pod"
        found.append(Orphan(dict(each), f"{why} {pod} is gone"))
    return found


async def reap(
    client: kube_api.Client,
    instance: str,
    now: datetime,
    *,
    namespace: str | None = None,
    grace_s: float = 600,
    timeout_s: float = 30,
    log: logging.Logger | logging.LoggerAdapter[Any] | None = None,
) -> list[Orphan]:
    """Remove what is orphaned, say so in the log, and return it.

    Parameters
    ----------
    client
        An ApiClient of kubernetes_asyncio.
    instance
        Name of the installation: nothing of another one is touched.
    now, grace_s
        As above; the grace must be longer than a start may take.
    namespace
        Where to look; None: in all namespaces.
    timeout_s
        Seconds that a request may take.
    log
        Where it is said.
    """
    log = log or logging.getLogger(__name__)
    selector = f"{INSTANCE_LABEL}={instance}"
    # First the others: a pod that is made in between is then in the second answer.
    others = [
        each
        for kind in ("Secret", "Service", "NetworkPolicy")
        for each in await kube_api.listed(client, kind, selector, timeout_s, namespace)
    ]
    pods = await kube_api.listed(client, "Pod", selector, timeout_s, namespace)
    found = orphans(pods, others, now, grace_s)
    for each in found:
        metadata = each.manifest["metadata"]
        kind, where = each.manifest["kind"], f"{metadata['namespace']}/{metadata['name']}"
        try:
            await kube_api.remove(client, each.manifest, timeout_s)
        except ApiException as error:
            if error.status != 404:
                log.warning("Could not remove the %s %s: %s", kind, where, error.reason)
            continue
        log.info("Removed the %s %s: %s", kind, where, each.why)
    return found
