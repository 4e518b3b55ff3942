"""What the benchmark of starts on Kubernetes makes of what it saw."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from bench import spawn_calls
from bench.spawn_calls import Call


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/lodge-ada", "namespaces"),
        ("/api/v1/namespaces/lodge-ada/pods/jupyter-ada", "pods"),
        ("/api/v1/events", "events"),
        ("/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b", "networkpolicies"),
    ],
)
def test_a_request_is_told_by_its_verb_and_kind(path: str, kind: str) -> None:
    assert Call(0, "GET", path).kind == ("GET", kind)


def test_requests_of_a_start_are_those_after_it_began_without_watches(tmp_path: Path) -> None:
    calls = [
        (1, "POST", "/api/v1/namespaces", []),
        (2, "GET", "/api/v1/pods", ["labelSelector", "resourceVersion"]),
        (32, "GET", "/api/v1/pods", ["resourceVersion", "watch"]),
        (4, "POST", "/api/v1/namespaces/a/pods", []),
        (5, "GET", "/api/v1/namespaces/a/pods/b", []),
    ]
    lines = [json.dumps(call) + "\n" for call in calls]
    file = tmp_path / "calls"
    file.write_text("".join(lines))
    counted = spawn_calls.asked(spawn_calls.read(file, len(lines[0])))
    assert counted == {("POST", "pods"): 1, ("GET", "pods"): 1}
    assert spawn_calls.watches_a_minute(spawn_calls.read(file)) == pytest.approx(4)


def test_a_table_says_what_requests_are_for_and_where_their_number_varies() -> None:
    pods, other = ("POST", "pods"), ("GET", "others")
    none: Counter[tuple[str, str]] = Counter()
    counted = {"one": [Counter({pods: 1, other: 2}), Counter({pods: 1})], "two": [none]}
    told = spawn_calls.table(counted, {pods: "the server", ("GET", "unseen"): "nothing"})
    assert told.splitlines()[2:] == [
        "| POST pods | 1 | 0 | the server |",
        "| GET others | 0 to 2 | 0 |  |",
        "| **all** | **1 to 3** | **0** | |",
    ]
