"""What a killed hub or a session with settings of its own left behind: found, removed, logged.

Kubernetes removes what hangs on a pod. Left are a Secret whose pod was never made (and what hangs
on it: policies, node ports), executors whose session did not name its driver's pod, and the pods
of servers that the hub has forgotten, by a database that was lost or a user who was deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kubernetes_asyncio.client import ApiException

from . import kube_api
from .manifests.server import (
    DRIVER_LABEL,
    INSTANCE_LABEL,
    NAME_ANNOTATION,
    SERVER_LABEL,
    USER_ANNOTATION,
    Manifest,
)

#: A server by the hub's names: of its user, and its own.
Known = tuple[str, str]
#: Asks the hub which of some servers it knows as running or pending.
Ask = Callable[[set[Known]], Awaitable[set[Known]]]


@dataclass(frozen=True)
class Orphan:
    """An object that belongs to nothing any more.

    Parameters
    ----------
    manifest
        Its kind and metadata.
    why
        What is said of it in the log.
    server
        The server that it was made for; None where it does not say.
    """

    manifest: Manifest
    why: str
    server: Known | None = None


def candidates(
    pods: Iterable[Mapping[str, Any]],
    others: Iterable[Mapping[str, Any]],
    now: datetime,
    grace_s: float,
) -> list[Orphan]:
    """Return what is an orphan unless the hub knows its server.

    Parameters
    ----------
    pods
        All pods of the installation: servers and executors.
    others
        Its other objects that belong to servers.
    now
        The time, with its zone.
    grace_s
        Seconds that nothing is touched after it was made.
    """
    pods = list(pods)
    living = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in pods}
    found = []
    for each in [*others, *pods]:
        metadata = each["metadata"]
        labels, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
        driver, server = labels.get(DRIVER_LABEL), labels.get(SERVER_LABEL)
        made = datetime.fromisoformat(metadata["creationTimestamp"])
        if (
            metadata.get("ownerReferences")
            or metadata.get("deletionTimestamp")
            or now - made < timedelta(seconds=grace_s)
        ):
            continue
        user = notes.get(USER_ANNOTATION)
        known = (user, notes.get(NAME_ANNOTATION, "")) if user else None
        if driver is not None:
            if (metadata["namespace"], driver) not in living:
                found.append(Orphan(dict(each), f"its driver's pod {driver} is gone"))
        elif server is not None and (metadata["namespace"], server) not in living:
            found.append(Orphan(dict(each), f"its pod {server} is gone", known))
        elif server == metadata["name"] and known is not None:
            found.append(Orphan(dict(each), f"the hub runs no such server of {user}", known))
    return found


async def reap(
    client: kube_api.Client,
    instance: str,
    now: datetime,
    ask: Ask,
    *,
    namespaces: Iterable[str] | None = None,
    grace_s: float = 120,
    timeout_s: float = 30,
    log: logging.Logger | logging.LoggerAdapter[Any] | None = None,
) -> list[Orphan]:
    """Remove what is orphaned, say so in the log, and return it.

    The hub is asked after the objects were read, and what was changed since stays: so nothing is
    removed that a start has just made.

    Parameters
    ----------
    client
        An ApiClient of kubernetes_asyncio.
    instance
        Name of the installation: nothing of another one is touched.
    now, grace_s
        As above.
    ask
        Asks the hub. What it raises ends all of it: nothing is removed.
    namespaces
        Where to look, passing over those that don't exist or are closed to it; None: everywhere,
        which needs rights in the cluster as a whole.
    timeout_s
        Seconds that a request may take.
    log
        Where it is said.
    """
    log = log or logging.getLogger(__name__)
    selector = f"{INSTANCE_LABEL}={instance}"
    pods, others = [], []
    for place in [None] if namespaces is None else dict.fromkeys(namespaces):
        try:
            seen = await _seen(client, selector, timeout_s, place)
        except ApiException as error:
            if place is None or error.status not in (403, 404):
                raise
            log.debug("Passed over the namespace %s: %s", place, error.reason)
            continue
        others += seen[0]
        pods += seen[1]
    found = candidates(pods, others, now, grace_s)
    servers = {each.server for each in found if each.server is not None}
    running = await ask(servers) if servers else set()
    removed = []
    for each in found:
        if each.server in running:
            continue
        metadata = each.manifest["metadata"]
        kind, where = each.manifest["kind"], f"{metadata['namespace']}/{metadata['name']}"
        try:
            await kube_api.remove(client, each.manifest, timeout_s, unchanged=True)
        except ApiException as error:
            # Gone, or changed since: somebody cares for it.
            if error.status not in (404, 409):
                log.warning("Could not remove the %s %s: %s", kind, where, error.reason)
            continue
        removed.append(each)
        log.info("Removed the %s %s: %s", kind, where, each.why)
    return removed


async def _seen(
    client: kube_api.Client, selector: str, timeout_s: float, namespace: str | None
) -> tuple[list[Manifest], list[Manifest]]:
    """Return what belongs to servers, and the pods; all of it, or nothing and an exception."""
    # First the others: a pod that is made in between is then in the second answer.
    others, pods = [
        [
            each
            for kind in kinds
            for each in await kube_api.listed(client, kind, selector, timeout_s, namespace)
        ]
        for kinds in (("Secret", "Service", "NetworkPolicy"), ("Pod",))
    ]
    return others, pods
