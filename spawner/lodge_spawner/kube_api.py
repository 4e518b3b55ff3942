"""The few calls to the API server that KubeSpawner doesn't make."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote

from kubernetes_asyncio.client import ApiException

from . import manifests
from .manifests.server import Manifest

#: Where each kind of object is.
_PATHS = {
    "Pod": "/api/v1/namespaces/{}/pods/{}",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts/{}",
    "Secret": "/api/v1/namespaces/{}/secrets/{}",
    "Service": "/api/v1/namespaces/{}/services/{}",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas/{}",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies/{}",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles/{}",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings/{}",
}


class Client(Protocol):
    """The part of kubernetes_asyncio's ApiClient that is used here."""

    async def call_api(self, resource_path: str, method: str, **options: Any) -> Any:
        """Make a request."""


async def apply(client: Client, manifest: Manifest, timeout_s: float) -> Manifest:
    """Create an object, or make the one of that name as the manifest says; return it.

    Parameters
    ----------
    client
        An ApiClient of kubernetes_asyncio.
    manifest
        The object.
    timeout_s
        Seconds that the request may take.
    """
    return await _call(client, "PATCH", manifest, timeout_s, body=manifest, apply=True)


async def remove(
    client: Client, manifest: Manifest, timeout_s: float, *, unchanged: bool = False
) -> None:
    """Delete an object and what goes with it.

    Parameters
    ----------
    client, timeout_s
        As above.
    manifest
        The object; kind, name and namespace count.
    unchanged
        Whether to delete it only as it was read: another of its name, or a change of it since,
        is refused with status 409.
    """
    body: Manifest = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
    }
    if unchanged:
        read = {key: manifest["metadata"][key] for key in ("uid", "resourceVersion")}
        body["preconditions"] = read
    await _call(client, "DELETE", manifest, timeout_s, body=body)


async def read(client: Client, manifest: Manifest, timeout_s: float) -> Manifest:
    """Return an object as it is.

    Parameters
    ----------
    client, timeout_s
        As above.
    manifest
        The object; kind, name and namespace count.
    """
    return await _call(client, "GET", manifest, timeout_s)


class MissingError(Exception):
    """An object that an admin was to make is not there."""


async def hand_on(
    client: Client, home: str, namespace: str, instance: str, name: str, timeout_s: float
) -> None:
    """Let a namespace have a Secret of Lodge's own one, as it is there now.

    Parameters
    ----------
    client, timeout_s
        As above.
    home, namespace
        Where it is, and where it is to be.
    instance
        Name of this installation.
    name
        Of the Secret.

    Raises
    ------
    MissingError
        Lodge's own namespace has none of that name.
    """
    wanted = {"kind": "Secret", "metadata": {"name": name, "namespace": home}}
    try:
        found = await read(client, wanted, timeout_s)
    except ApiException as error:
        if error.status != 404:
            raise
        raise MissingError(
            f"the Secret {name}, which images are fetched with, is not in the namespace {home}; "
            "tell an admin"
        ) from error
    await apply(client, manifests.handed_on(found, namespace, instance), timeout_s)


async def listed(
    client: Client, kind: str, selector: str, timeout_s: float, namespace: str | None = None
) -> list[Manifest]:
    """Return the objects of a kind.

    Parameters
    ----------
    client, timeout_s
        As above.
    kind
        Such as ``Secret``.
    selector
        Of labels.
    namespace
        Where; None: in all namespaces.
    """
    path = _PATHS[kind].removesuffix("/{}")
    if namespace is None:
        path = path.replace("/namespaces/{}", "")
    made: Manifest = await _request(
        client,
        path.format(namespace),
        "GET",
        timeout_s,
        query=[("labelSelector", selector)],
    )
    # The items of a list don't say what they are.
    return [{**each, "kind": kind} for each in made["items"]]


async def _call(
    client: Client,
    method: str,
    manifest: Manifest,
    timeout_s: float,
    *,
    body: Manifest | None = None,
    apply: bool = False,
) -> Manifest:
    metadata = manifest["metadata"]
    path = _PATHS[manifest["kind"]].format(quote(metadata["namespace"]), quote(metadata["name"]))
    query = [("fieldManager", "lodge"), ("force", "true")] if apply else []
    content = "application/apply-patch+yaml" if apply else "application/json"
    return await _request(client, path, method, timeout_s, query, content, body)


async def _request(
    client: Client,
    path: str,
    method: str,
    timeout_s: float,
    query: list[tuple[str, str]],
    content: str = "application/json",
    body: Manifest | None = None,
) -> Manifest:
    made: Manifest = await client.call_api(
        path,
        method,
        query_params=query,
        header_params={"Accept": "application/json", "Content-Type": content},
        body=body,
        response_types_map={200: "object", 201: "object", 202: "object"},
        auth_settings=["BearerToken"],
        _return_http_data_only=True,
        _request_timeout=timeout_s,
    )
    return made
