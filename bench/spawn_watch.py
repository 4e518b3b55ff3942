"""When each step of a server's start was reached, seen from outside the hub.

The API server tells of pod and events as they change, to a watch that is open before the request:
times in a pod's status are of whole seconds. What a browser would see is asked for.
"""

from __future__ import annotations

import json
import math
import ssl
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from cluster.kubernetes import Cluster
from cluster.kubernetes.names import API

from bench.spawn_hubs import MeasuredHub

#: The steps in their order, and what a table says of each.
STEPS = {
    "made": "the pod is made",
    "scheduled": "it has a node",
    "started": "the container has started",
    "ready": "first response: the hub says that the server is ready",
    "lab": "JupyterLab's page and `api/status` answer",
}
#: What Kubernetes tells beside, before the server answers or after.
ASIDE = {"running": "(beside) the pod is ready, as Kubernetes sees it"}
_LONGEST_S = 180
_PAUSE_S = 0.02

Reached = Callable[[Mapping[str, Any]], bool]


def timed_start(hub: MeasuredHub, user: str, profile: str) -> dict[str, float]:
    """Start a server; return the seconds from the request to each step.

    Parameters
    ----------
    hub
        The hub.
    user
        Who has been there before: there is a namespace.
    profile
        What is started; empty where the hub has none.
    """
    pods = f"/api/v1/namespaces/{hub.namespace(user)}/pods"
    events = f"/api/v1/namespaces/{hub.namespace(user)}/events"
    name = hub.pod(user)
    with _client(hub.cluster) as client, ThreadPoolExecutor(2) as pool:
        open_ = threading.Barrier(3, timeout=_LONGEST_S)
        watches = [
            pool.submit(_seen, hub.cluster, client, open_, *each)
            for each in (
                (pods, f"metadata.name={name}", _POD),
                (events, f"involvedObject.kind=Pod,involvedObject.name={name}", _EVENTS),
            )
        ]
        open_.wait()
        began = time.perf_counter()
        hub.begin(user, profile)
        reached = {"ready": hub.ready(user)}
        for path in (f"/user/{user}/lab", f"/user/{user}/api/status"):
            while not hub.serves(path):
                if time.perf_counter() > began + _LONGEST_S:
                    raise RuntimeError(f"{path} does not answer; see {hub.log}")
                time.sleep(_PAUSE_S)
        reached["lab"] = time.perf_counter()
        for watch in watches:
            reached |= watch.result()
    return {step: reached[step] - began for step in (*STEPS, *ASIDE)}


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the least value that so many percent of all are not above."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def until_table(measured: Mapping[str, Sequence[Mapping[str, float]]], stops: str) -> str:
    """Return a table of p50 and p99 until each step, and how many times the last's they are.

    Parameters
    ----------
    measured
        Seconds of each start by step, by contender.
    stops
        The step that is a stop: it begins anew.
    """
    *_, last = measured
    lines = [f"| until | {' | '.join(measured)} |", "|" + "---|" * (len(measured) + 1)]
    for step, text in {**STEPS, **ASIDE, stops: "(a stop) the server is gone"}.items():
        base = _both([one[step] for one in measured[last]])
        cells = []
        for name, each in measured.items():
            own = _both([one[step] for one in each])
            cell = f"{own[0]:.2f} / {own[1]:.2f} s"
            if name != last:
                cell += f" ({own[0] / base[0]:.2f}x / {own[1] / base[1]:.2f}x)"
            cells.append(cell)
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return "\n".join(lines)


def steps_table(measured: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Return a table of the median seconds from each step to the next."""
    lines = [f"| from the step before | {' | '.join(measured)} |"]
    lines.append("|" + "---|" * (len(measured) + 1))
    before = ""
    for step, text in STEPS.items():
        cells = [
            f"{statistics.median(one[step] - one.get(before, 0) for one in each):.2f} s"
            for each in measured.values()
        ]
        lines.append(f"| {text} | {' | '.join(cells)} |")
        before = step
    return "\n".join(lines)


def _both(values: Sequence[float]) -> tuple[float, float]:
    return statistics.median(values), percentile(values, 99)


def _client(cluster: Cluster) -> httpx.Client:
    pki = cluster.state.pki
    context = ssl.create_default_context(cafile=str(pki / "authority.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    return httpx.Client(base_url=API, verify=context, trust_env=False, timeout=_LONGEST_S)


def _seen(
    cluster: Cluster,
    client: httpx.Client,
    open_: threading.Barrier,
    path: str,
    selector: str,
    steps: Mapping[str, Reached],
) -> dict[str, float]:
    """Return when an object was first seen in each of the steps."""
    query = {"fieldSelector": selector}
    found: dict[str, float] = {}
    with cluster.network():
        version = client.get(path, params=query).json()["metadata"]["resourceVersion"]
        query |= {
            "watch": "1",
            "resourceVersion": version,
            "timeoutSeconds": str(_LONGEST_S),
        }
        with client.stream("GET", path, params=query) as reply:
            open_.wait()
            for line in reply.iter_lines():
                now = time.perf_counter()
                seen = json.loads(line)["object"]
                for step, reached in steps.items():
                    if step not in found and reached(seen):
                        found[step] = now
                if len(found) == len(steps):
                    return found
    raise RuntimeError(f"Within {_LONGEST_S} s the API server told of {path} only {sorted(found)}")


def _has_node(pod: Mapping[str, Any]) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any(each["type"] == "PodScheduled" and each["status"] == "True" for each in conditions)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    containers = pod["status"].get("containerStatuses") or []
    return bool(containers) and all(each["ready"] for each in containers)


_POD: dict[str, Reached] = {
    "made": lambda pod: "uid" in pod["metadata"],
    "scheduled": _has_node,
    "running": _is_ready,
}
_EVENTS: dict[str, Reached] = {"started": lambda event: event["reason"] == "Started"}
