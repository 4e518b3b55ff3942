"""How far a start is, in plain words: what the page of a server that starts shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any


class Phase(IntEnum):
    """The phases of a start in their order; the value is the percent that is done then."""

    NAMESPACE = 5
    VOLUME = 10
    RIGHTS = 20
    MADE = 30
    PLACED = 40
    IMAGE = 65
    CONTAINER = 75
    ANSWERS = 95


TEXTS = {
    Phase.NAMESPACE: "Your namespace is there.",
    Phase.VOLUME: "The volume of your home is claimed.",
    Phase.RIGHTS: "What the server may do, and whom it may speak with, is set.",
    Phase.MADE: "The server waits for a place on a node, and for its volumes.",
    Phase.PLACED: "There is a place for it, with its volumes; the node gets the image {image}.",
    Phase.IMAGE: "The image is there; the container starts.",
    Phase.CONTAINER: "The container has started; the server does.",
    Phase.ANSWERS: "The server answers.",
}


def reached(pod: Mapping[str, Any] | None, events: Sequence[Mapping[str, Any]]) -> Phase | None:
    """Return how far a pod is; None where there is none.

    Parameters
    ----------
    pod
        The pod, as JSON has it.
    events
        What was told of it.
    """
    if pod is None:
        return None
    status = pod.get("status") or {}
    conditions = {each["type"]: each["status"] for each in status.get("conditions") or []}
    containers = status.get("containerStatuses") or []
    if containers and all(each.get("ready") for each in containers):
        return Phase.ANSWERS
    if any("running" in (each.get("state") or {}) for each in containers):
        return Phase.CONTAINER
    if conditions.get("PodScheduled") != "True":
        return Phase.MADE
    pulled = any(each.get("reason") == "Pulled" for each in events)
    return Phase.IMAGE if pulled else Phase.PLACED


class Story:
    """What is told of one start: each phase once, in order, none that was jumped over left out.

    Parameters
    ----------
    image
        The server's image.
    phases
        Those that this start has.
    """

    def __init__(self, image: str, phases: Sequence[Phase] = tuple(Phase)) -> None:
        self._image = image
        self._phases = sorted(phases)
        self._now = 0

    def reach(self, phase: Phase | None) -> None:
        """Note that the start has come to a phase."""
        self._now = max(self._now, phase or 0)

    def since(self, percent: int) -> list[dict[str, Any]]:
        """Return what was reached after `percent`, as the hub's page takes it."""
        return [
            {"progress": int(phase), "message": TEXTS[phase].format(image=self._image)}
            for phase in self._phases
            if percent < phase <= self._now
        ]
