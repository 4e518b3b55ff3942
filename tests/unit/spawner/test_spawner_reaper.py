"""What is an orphan, and what is not."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner  # type: ignore[import-untyped]
from lodge_spawner.reaper import Orphan, candidates, reap
from lodge_spawner.reaper_service import Reaper, services
from lodge_spawner.user_namespaces import user_namespace
from traitlets import TraitError

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def thing(name: str, age_s: float = 3600, user: str = "", **labels: str) -> dict[str, Any]:
    made = (NOW - timedelta(seconds=age_s)).isoformat().replace("+00:00", "Z")
    return {
        "metadata": {
            "name": name,
            "namespace": "lodge-ada",
            "uid": f"uid-{name}",
            "resourceVersion": "7",
            "creationTimestamp": made,
            "labels": {f"lodge/{label}": value for label, value in labels.items()},
            "annotations": {"hub.jupyter.org/username": user} if user else {},
        }
    }


def owned(one: dict[str, Any]) -> dict[str, Any]:
    one["metadata"]["ownerReferences"] = [{}]
    return one


def told(found: Iterable[Orphan]) -> list[tuple[str, str]]:
    return [(each.manifest["metadata"]["name"], each.why) for each in found]


def test_what_has_no_pod_any_more_may_be_an_orphan() -> None:
    pods = [thing("jupyter-ada", server="jupyter-ada"), thing("exec-1", driver="jupyter-bob")]
    others = [thing("alive", server="jupyter-ada"), thing("dead", server="jupyter-bob")]
    assert told(candidates(pods, others, NOW, 600)) == [
        ("dead", "its pod jupyter-bob is gone"),
        ("exec-1", "its driver's pod jupyter-bob is gone"),
    ]


def test_a_server_may_be_one_that_the_hub_has_forgotten() -> None:
    pods = [thing("jupyter-bob", server="jupyter-bob", user="bob")]
    (found,) = candidates(pods, [thing("secret", server="jupyter-bob", user="bob")], NOW, 600)
    assert (found.why, found.server) == ("the hub runs no such server of bob", ("bob", ""))


def test_what_is_new_or_goes_with_another_or_is_of_no_server_stays() -> None:
    others = [
        thing("new", age_s=60, server="jupyter-bob"),
        owned(thing("owned", server="jupyter-bob")),
        thing("lodge-closed", instance="lodge"),
    ]
    assert candidates([], others, NOW, 600) == []


class Client:
    """An API server's answers: nothing but a Secret and a server's pod."""

    def __init__(self) -> None:
        self.deleted: list[tuple[str, Any]] = []
        self.asked: list[str] = []
        #: Namespaces that answer with an error, and which.
        self.closed: dict[str, int] = {}

    async def call_api(self, resource_path: str, method: str, **options: Any) -> Any:
        """Answer a request."""
        self.asked.append(resource_path)
        if method == "DELETE":
            self.deleted.append((resource_path, options["body"]["preconditions"]))
            return {}
        for place, status in self.closed.items():
            if resource_path.startswith(f"/api/v1/namespaces/{place}/"):
                raise ApiException(status=status, reason="Closed")
        pod = thing("jupyter-bob", server="jupyter-bob", user="bob")
        secret = thing("jupyter-ada-lodge", server="jupyter-ada", user="ada")
        kind = resource_path.rpartition("/")[2]
        return {"items": {"pods": [pod], "secrets": [secret]}.get(kind, [])}


def test_what_the_hub_knows_stays_and_the_rest_goes_as_it_was_seen() -> None:
    client, asked = Client(), []

    async def ask(servers: set[tuple[str, str]]) -> set[tuple[str, str]]:
        asked.append(servers)
        return {("bob", "")}

    removed = asyncio.run(reap(client, "lodge", NOW, ask))
    assert asked == [{("ada", ""), ("bob", "")}]
    assert told(removed) == [("jupyter-ada-lodge", "its pod jupyter-ada is gone")]
    path = "/api/v1/namespaces/lodge-ada/secrets/jupyter-ada-lodge"
    seen = {"uid": "uid-jupyter-ada-lodge", "resourceVersion": "7"}
    assert client.deleted == [(path, seen)]


def test_without_an_answer_of_the_hub_nothing_goes() -> None:
    client = Client()

    async def ask(_: set[tuple[str, str]]) -> set[tuple[str, str]]:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        asyncio.run(reap(client, "lodge", NOW, ask))
    assert client.deleted == []


async def nobody(_: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return set()


def test_where_namespaces_are_named_nothing_is_asked_of_the_cluster_as_a_whole() -> None:
    client = Client()
    client.closed = {"lodge-bob": 403, "lodge-cyd": 404}
    places = ["lodge-bob", "lodge-ada", "lodge-cyd"]
    removed = asyncio.run(reap(client, "lodge", NOW, nobody, namespaces=places))
    assert "jupyter-ada-lodge" in {each.manifest["metadata"]["name"] for each in removed}
    assert all("/namespaces/" in path for path in client.asked)
    # One look at a closed one is enough.
    assert [path for path in client.asked if "bob/" in path or "cyd/" in path] == [
        "/api/v1/namespaces/lodge-bob/secrets",
        "/api/v1/namespaces/lodge-cyd/secrets",
    ]
    client.asked.clear()
    assert asyncio.run(reap(client, "lodge", NOW, nobody, namespaces=[])) == []
    assert client.asked == []


@pytest.mark.parametrize("status", [401, 500])
def test_a_namespace_that_gives_no_answer_ends_all_of_it(status: int) -> None:
    client = Client()
    client.closed = {"lodge-bob": status}
    with pytest.raises(ApiException):
        asyncio.run(reap(client, "lodge", NOW, nobody, namespaces=["lodge-ada", "lodge-bob"]))
    assert client.deleted == []


@pytest.mark.parametrize(
    "name",
    ["ada", "Ada.Byron@example.com", "a--b", "ada-", "7", "\u5c71\u7530", "x" * 60, "ada_b"],
)
@pytest.mark.parametrize(
    "template", ["lodge-{username}", "{escaped_username}-of-team", "{safe_username}-", "all"]
)
def test_a_namespace_is_called_as_the_spawner_calls_it(name: str, template: str) -> None:
    # All that it takes of a spawner: one itself would load the access to a cluster.
    spawner = SimpleNamespace(
        name="", user=SimpleNamespace(name=name, id=1), _namespace_default=lambda: "lodge"
    )
    expected = KubeSpawner._expand_user_properties(spawner, template, "safe")
    assert user_namespace(template, name) == expected


def test_a_template_that_can_not_be_is_refused_at_the_start() -> None:
    with pytest.raises(TraitError, match=r"of a user it may hold \{username\}"):
        Reaper(user_namespaces="{username}-{userid}")


def test_the_service_is_told_the_template() -> None:
    (service,) = services(user_namespaces="lodge-{username}")
    assert service["command"][-1] == "--Reaper.user_namespaces=lodge-{username}"
    assert "user_namespaces" not in " ".join(services()[0]["command"])


def test_namespaces_are_those_of_all_users_whether_or_not_they_have_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = {
        "users?limit=100&offset=0": ({"name": "ada", "servers": {}}, {"offset": 1}),
        "users?limit=100&offset=1": ({"name": "Bob_1", "servers": {"": {}}}, None),
    }

    async def get(_: Reaper, path: str) -> dict[str, Any]:
        user, following = pages[path]
        return {"items": [user], "_pagination": {"next": following}}

    monkeypatch.setattr(Reaper, "_get", get)
    found = asyncio.run(Reaper(user_namespaces="lodge-{username}").namespaces())
    assert found == {"lodge-ada", user_namespace("lodge-{username}", "Bob_1")}
    assert asyncio.run(Reaper().namespaces()) is None
