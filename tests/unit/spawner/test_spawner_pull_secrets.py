"""Secrets of Lodge's own namespace that a user's namespace gets."""

import asyncio
from typing import Any

import pytest
from kubernetes_asyncio.client import ApiException
from lodge_spawner import kube_api

SECRET = {
    "metadata": {"name": "registry", "namespace": "lodge", "uid": "7"},
    "type": "kubernetes.io/dockerconfigjson",
    "data": {".dockerconfigjson": "e30="},
}


class Client:
    """A fake of the client: one Secret, and what was asked for."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[tuple[str, str, Any]] = []

    async def call_api(self, resource_path: str, method: str, **options: Any) -> Any:
        self.asked.append((method, resource_path, options["body"]))
        if self.status != 200:
            raise ApiException(status=self.status, reason="so it is")
        return SECRET


def hand_on(client: Client) -> None:
    asyncio.run(kube_api.hand_on(client, "lodge", "lodge-ada", "lodge", "registry", 1))


def test_the_namespace_gets_it_as_it_is() -> None:
    client = Client()
    hand_on(client)
    read, applied = client.asked
    assert read[:2] == ("GET", "/api/v1/namespaces/lodge/secrets/registry")
    assert applied[:2] == ("PATCH", "/api/v1/namespaces/lodge-ada/secrets/registry")
    assert applied[2]["data"] == SECRET["data"]


def test_one_that_is_missing_is_told() -> None:
    with pytest.raises(kube_api.MissingError, match=r"registry, .* is not in the namespace lodge"):
        hand_on(Client(404))


def test_another_refusal_stays_what_it_is() -> None:
    with pytest.raises(ApiException):
        hand_on(Client(403))
