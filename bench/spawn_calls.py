"""Which requests a hub makes to the API server of Kubernetes, and what each is for.

`count` runs in the hub's process; it writes a line for each request. Watches, and the lists that
they begin with, are told apart: they go on whether or not a server is started.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Verb and kind, of starts.
STARTS = {
    ("POST", "namespaces"): "the user's namespace; answered that it is there",
    ("POST", "persistentvolumeclaims"): "the user's home",
    ("POST", "pods"): "the server",
    ("GET", "pods"): "the pod's uid, so that what was made before it goes with it",
    ("PATCH", "secrets"): "Spark's properties, sources and their passwords, which the pod mounts; "
    "then the pod as its owner",
    ("PATCH", "networkpolicies"): "whom the server may speak with; with executors also theirs, and "
    "one that closes the rest of the namespace",
    ("PATCH", "services"): "the name by which executors find their driver",
    ("PATCH", "serviceaccounts"): "who starts executors",
    ("PATCH", "roles"): "what it may do",
    ("PATCH", "rolebindings"): "that it may",
    ("PATCH", "resourcequotas"): "the most that the namespace may hold",
}
#: The same, of stops.
STOPS = {
    ("DELETE", "pods"): "the server",
    ("DELETE", "secrets"): "and, as they belong to it, the policies of the server",
}

Kind = tuple[str, str]


@dataclass(frozen=True)
class Call:
    """A request.

    Parameters
    ----------
    at
        Seconds, by the machine's clock.
    verb
        Of HTTP.
    path
        Without the query.
    query
        The names in it.
    """

    at: float
    verb: str
    path: str
    query: tuple[str, ...] = ()

    @property
    def watches(self) -> bool:
        """Whether it is a watch, or the list that it begins with."""
        return self.verb == "GET" and not {"watch", "resourceVersion"}.isdisjoint(self.query)

    @property
    def kind(self) -> Kind:
        """Verb, and kind of object in the plural, as paths have it."""
        parts = self.path.strip("/").split("/")
        parts = parts[3 if parts[0] == "apis" else 2 :]
        if parts[0] == "namespaces" and len(parts) > 2:
            parts = parts[2:]
        return self.verb, parts[0]


def count(file: str) -> None:
    """Let this process write down each request that it makes to the API server."""
    from kubernetes_asyncio.client import rest

    request = rest.RESTClientObject.request

    async def counted(self: Any, method: str, url: str, **options: Any) -> Any:
        query = sorted({str(name) for name, _ in options.get("query_params") or ()})
        path = "/" + url.partition("://")[2].partition("/")[2]
        with Path(file).open("a") as written:  # noqa: ASYNC230 - microseconds
            written.write(json.dumps([time.time(), method, path, query]) + "\n")
        return await request(self, method, url, **options)

    rest.RESTClientObject.request = counted  # type: ignore[method-assign,assignment]


def read(file: Path, since: int = 0) -> list[Call]:
    """Return the requests that were written down after `since` bytes."""
    with file.open("rb") as written:
        written.seek(since)
        lines = [json.loads(line) for line in written]
    return [Call(at, verb, path, tuple(query)) for at, verb, path, query in lines]


def asked(calls: Sequence[Call]) -> Counter[Kind]:
    """Return how many requests there are of each verb and kind, watches apart."""
    return Counter(call.kind for call in calls if not call.watches)


def watches_a_minute(calls: Sequence[Call]) -> float:
    """Return how many watches and their lists were begun in a minute of the hub's life."""
    begun = [call.at for call in calls if call.watches]
    return 60 * len(begun) / (max(begun) - min(begun))


def table(counted: Mapping[str, Sequence[Counter[Kind]]], reasons: Mapping[Kind, str]) -> str:
    """Return a table of requests by verb and kind, one column a contender.

    Parameters
    ----------
    counted
        The requests of each start, by contender.
    reasons
        What requests are for.
    """
    seen = {kind for each in counted.values() for one in each for kind in one}
    kinds = [kind for kind in reasons if kind in seen] + sorted(seen - set(reasons))
    lines = [
        "| request | " + " | ".join(counted) + " | for |",
        "|" + "---|" * (len(counted) + 2),
    ]
    for kind in kinds:
        cells = [_number([one[kind] for one in each]) for each in counted.values()]
        row = (" ".join(kind), *cells, reasons.get(kind, ""))
        lines.append(f"| {' | '.join(row)} |")
    totals = [f"**{_number([one.total() for one in each])}**" for each in counted.values()]
    lines.append(f"| **all** | {' | '.join(totals)} | |")
    return "\n".join(lines)


def _number(counts: Sequence[int]) -> str:
    """Return how many there were, from the fewest to the most where it was not always the same."""
    least, most = min(counts), max(counts)
    return str(least) if least == most else f"{least} to {most}"
