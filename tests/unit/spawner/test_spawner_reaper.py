"""What is an orphan, and what is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lodge_spawner.reaper import orphans

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def thing(name: str, age_s: float = 3600, owned: bool = False, **labels: str) -> dict[str, Any]:
    made = (NOW - timedelta(seconds=age_s)).isoformat().replace("+00:00", "Z")
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": "lodge-ada",
        "creationTimestamp": made,
        "labels": {f"lodge/{label}": value for label, value in labels.items()},
    }
    return {"metadata": metadata | ({"ownerReferences": [{}]} if owned else {})}


def test_what_has_no_pod_any_more_is_an_orphan() -> None:
    pods = [thing("jupyter-ada", server="jupyter-ada"), thing("exec-1", driver="jupyter-bob")]
    others = [thing("alive", server="jupyter-ada"), thing("dead", server="jupyter-bob")]
    found = orphans(pods, others, NOW, 600)
    assert [each.manifest["metadata"]["name"] for each in found] == ["dead", "exec-1"]
    assert [each.why for each in found] == [
        "its pod jupyter-bob is gone",
        "its driver's pod jupyter-bob is gone",
    ]


def test_what_is_new_or_goes_with_another_or_is_of_no_server_stays() -> None:
    others = [
        thing("new", age_s=60, server="jupyter-bob"),
        thing("owned", owned=True, server="jupyter-bob"),
        thing("lodge-closed", instance="lodge"),
    ]
    assert orphans([], others, NOW, 600) == []
