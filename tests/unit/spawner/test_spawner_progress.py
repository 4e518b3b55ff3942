"""The phases of a start: each once, in order."""

from typing import Any

import pytest
from lodge_spawner.kube_progress import Phase, Story, reached

SCHEDULED = {"conditions": [{"type": "PodScheduled", "status": "True"}]}


@pytest.mark.parametrize(
    ("status", "events", "phase"),
    [
        ({}, [], Phase.MADE),
        ({"conditions": [{"type": "PodScheduled", "status": "False"}]}, [], Phase.MADE),
        (SCHEDULED, [{"reason": "Pulling"}], Phase.PLACED),
        (SCHEDULED, [{"reason": "Pulled"}], Phase.IMAGE),
        (SCHEDULED | {"containerStatuses": [{"state": {"running": {}}}]}, [], Phase.CONTAINER),
        (SCHEDULED | {"containerStatuses": [{"ready": True}]}, [], Phase.ANSWERS),
    ],
)
def test_a_pod_tells_how_far_it_is(
    status: dict[str, Any], events: list[dict[str, Any]], phase: Phase
) -> None:
    assert reached({"status": status}, events) == phase
    assert reached(None, events) is None


def test_what_was_jumped_over_is_told_and_nothing_twice() -> None:
    story = Story("server:1", [Phase.RIGHTS, Phase.MADE, Phase.PLACED, Phase.ANSWERS])
    assert story.since(0) == []
    story.reach(Phase.PLACED)
    assert [each["progress"] for each in story.since(0)] == [20, 30, 40]
    assert "server:1" in story.since(30)[0]["message"]
    # A pod whose state is read again, as it was, takes nothing back.
    story.reach(Phase.MADE)
    story.reach(None)
    assert story.since(40) == []
    story.reach(Phase.ANSWERS)
    assert [each["progress"] for each in story.since(40)] == [95]
