"""Why a pod can't start: the cause in one sentence, from the pod and its events."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: States of a container that waiting doesn't change.
_IMAGE = {"ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}
_CONFIG = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
#: The same, told of a container as if it had run.
_NEVER_RAN = {"StartError", "ContainerCannotRun"}
#: What the kubelet tells once a pod's volumes are there: it mounts them before all else.
_MOUNTED = {"Pulling", "Pulled", "Created", "Started"}
#: An event after which a node may come that the pod fits on.
_HOPE = {"TriggeredScaleUp"}
#: Seconds that volumes take at least to fail for good. The kubelet turns to a pod whose mounts
#: failed again after 10 s and up to half as much more (`backOffPeriod`, and its jitter, in
#: Kubernetes' pkg/kubelet/kubelet.go), and its first try on a busy node often comes to nothing;
#: so two more tries are waited for.
_REMOUNTED_S = 30.0


class SpawnError(Exception):
    """A server can't be started; the message says what failed, why and what to do.

    The hub shows it on the user's page.

    Parameters
    ----------
    message
        One sentence.
    event
        What Kubernetes said.
    """

    def __init__(self, message: str, event: str = "") -> None:
        self.jupyterhub_message = f"{message} Kubernetes says: {event}" if event else message
        super().__init__(self.jupyterhub_message)


@dataclass(frozen=True)
class Cause:
    """Why a pod can't start.

    Parameters
    ----------
    sentence
        For the user.
    event
        What Kubernetes said.
    lasting
        Whether it is no use to wait; a node that is full may have room a moment later.
    least_s
        Seconds that Kubernetes itself takes to try again; before them nothing is decided.
    """

    sentence: str
    event: str
    lasting: bool = True
    least_s: float = 0

    def ends(self, waited_s: float, patience_s: float) -> bool:
        """Tell whether the start ends with this cause.

        Parameters
        ----------
        waited_s
            Seconds since it was first seen.
        patience_s
            Seconds that a start waits for what may come right.
        """
        return self.lasting or waited_s >= max(patience_s, self.least_s)

    def error(self) -> SpawnError:
        """Return the cause as an error."""
        return SpawnError(self.sentence, self.event)


def cause(pod: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Cause | None:
    """Return why a pod does not start, or None where nothing speaks against it.

    Parameters
    ----------
    pod
        The pod, as JSON has it.
    events
        What was told of it, oldest first.
    """
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or []:
        found = _of_container(container, events)
        if found:
            return found
    if status.get("phase") == "Failed":
        return Cause(
            "The server was ended by Kubernetes before it had started; start it again, with "
            "more memory or disk if it happens again.",
            _said(status),
        )
    for condition in status.get("conditions") or []:
        if condition.get("reason") == "Unschedulable":
            return _of_scheduling(str(condition.get("message", "")), events)
    return _of_mounts(events)


def refused(status: int | None, body: str | bytes | None) -> Cause | None:
    """Return why the API server took none of our objects, where a user or admin can mend it."""
    try:
        message = str(json.loads(body or "{}").get("message", ""))
    except ValueError:
        message = str(body)
    if status == 403 and "exceeded quota" in message:
        return Cause(
            "The server can't be started: it would exceed the quota of your namespace; stop "
            "another server or session, choose a smaller profile, or ask an admin for more.",
            message,
        )
    if status == 403 and "violates PodSecurity" in message:
        return Cause(
            "The server can't be started: its pod is not as the namespace's security level asks; "
            "tell an admin.",
            message,
        )
    if status == 403:
        return Cause(
            "The server can't be started: the hub lacks a right in the cluster; tell an admin.",
            message,
        )
    return None


def _of_container(
    container: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> Cause | None:
    state = container.get("state") or {}
    waiting = state.get("waiting") or {}
    reason, image = waiting.get("reason"), container.get("image")
    if reason in _IMAGE or (reason == "ErrImagePull" and _is_missing(waiting)):
        return Cause(
            f"The image {image} can't be fetched; check its name and tag in the profile, and the "
            "registry's password.",
            _last(events, "Failed") or _said(waiting),
        )
    ended = state.get("terminated") or (container.get("lastState") or {}).get("terminated")
    if reason in _CONFIG or (ended and ended.get("reason") in _NEVER_RAN):
        return Cause(
            "The server's container can't be made; tell an admin.",
            _last(events, "Failed") or _said(waiting or ended or {}),
        )
    if ended:
        why = (
            "it ran out of memory; choose a profile with more"
            if ended.get("reason") == "OOMKilled"
            else "see its log, and whether files of your home keep it from starting"
        )
        return Cause(
            f"The server ended at its start with exit code {ended.get('exitCode')}: {why}.",
            _last(events, "BackOff") or _said(ended),
        )
    return None


def _is_missing(waiting: Mapping[str, Any]) -> bool:
    return bool(re.search(r"not found|no such host|denied", str(waiting.get("message", ""))))


def _of_scheduling(message: str, events: Sequence[Mapping[str, Any]]) -> Cause | None:
    if any(event.get("reason") in _HOPE for event in events):
        return None
    if "persistentvolumeclaim" in message.lower():
        return Cause(
            "A volume of the server can't be had: its claim is missing or unbound; tell an admin.",
            message,
            lasting=False,
        )
    return Cause(
        "No node of the cluster has room for the server; choose a smaller profile, or try again "
        "later.",
        message,
        lasting=False,
    )


def _of_mounts(events: Sequence[Mapping[str, Any]]) -> Cause | None:
    message = _last(events, "FailedMount") or _last(events, "FailedAttachVolume")
    if not message or any(event.get("reason") in _MOUNTED for event in events):
        return None
    return Cause(
        "A volume of the server can't be attached; try again later, or tell an admin.",
        message,
        lasting=False,
        least_s=_REMOUNTED_S,
    )


def _last(events: Sequence[Mapping[str, Any]], reason: str) -> str:
    for event in reversed(events):
        if event.get("reason") == reason:
            return str(event.get("message", ""))
    return ""


def _said(status: Mapping[str, Any]) -> str:
    return " ".join(str(status[key]) for key in ("reason", "message") if status.get(key))
