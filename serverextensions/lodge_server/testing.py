"""A hub service for tests and for trying the plugins: speaks the contract, keeps all in memory.

``python -m lodge_server.testing`` serves it on a port of its own, with runs that take some seconds.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any, Self

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

Json = dict[str, Any]
Clock = Callable[[], datetime]
EVERYONE = {"everyone": True}


def _readers(body: Json) -> Json:
    readers = {"everyone": False, "groups": [], "people": [], **body.get("readers", EVERYONE)}
    return {"readers": readers, "restricted": not readers["everyone"]}


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _id() -> str:
    return secrets.token_hex(6)


class Refusal(Exception):  # noqa: N818
    """An error as the services answer it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class FakeService:
    """Both services at once, for the owner of one token.

    Parameters
    ----------
    user
        Whose token it is.
    token
        What the Authorization header must bear; by default a new one.
    seconds_per_cell
        How long a run takes for each code cell; 0 ends it as soon as it is looked at.

    Attributes
    ----------
    requests
        Method, path and body of each request, in order.
    broken
        When set, each request is answered with this status and a page that is no JSON.
    awake
        While it is cleared no request is answered.
    """

    def __init__(
        self, user: str = "ada", token: str | None = None, *, seconds_per_cell: float = 0.0
    ) -> None:
        self.user, self.seconds_per_cell = user, seconds_per_cell
        self.token = token or secrets.token_hex(16)
        self.shares: dict[str, Json] = {}
        self.versions: dict[str, list[Json]] = {}
        self.tickets: dict[str, tuple[str, int]] = {}
        self.used: set[str] = set()
        self.wikis: list[str] = []
        self.notices: list[Json] = []
        self.environment: Json | None = None
        self.published: dict[str, dict[str, Json]] = {}
        self.jobs: dict[str, Json] = {}
        self.runs: dict[str, Json] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.broken: int | None = None
        self.awake = asyncio.Event()
        self.awake.set()
        self.url = ""
        self._server: HTTPServer | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def start(self, port: int = 0) -> None:
        """Listen on a port of the loopback; `url` says which."""
        sockets = bind_sockets(port, "127.0.0.1")
        self._server = HTTPServer(
            web.Application([(r"/services/(shares|schedules)/api/(.*)", _Handler, {"fake": self})]),
            max_body_size=2**28,
        )
        self._server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/services/"

    async def stop(self) -> None:
        """Close the port and what is open on it."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
            self._server = None

    # Shares

    def post_shares(self, body: Json, notebook_of: str | None = None) -> Json:
        """Make a share."""
        now = _iso(datetime.now(UTC))
        share_id = _id()
        forked = body["notebook"].get("metadata", {}).get("lodge", {}).get("forked_from")
        self.shares[share_id] = {
            "id": share_id,
            "owner": notebook_of or self.user,
            "title": body["title"],
            "description": body.get("description", ""),
            "tags": body.get("tags", []),
            "version": 0,
            "digest": "",
            "created_at": now,
            "updated_at": now,
            "url": f"/services/shares/{share_id}",
            "forked_from": forked,
            "forks": 0,
            "reads": 0,
            "likes": 0,
            **_readers(body),
        }
        self.versions[share_id] = []
        return self._add_version(share_id, body["notebook"])

    def patch_share(self, share_id: str, body: Json) -> Json:
        """Change a share; another notebook is a new version."""
        share = self.share(share_id)
        if share["owner"] != self.user:
            raise Refusal(403, "not_the_owner", "Only its owner can change this share.")
        share |= {key: body[key] for key in ("title", "description", "tags") if key in body}
        if "readers" in body:
            share |= _readers(body)
        return self._add_version(share_id, body["notebook"]) if "notebook" in body else share

    def compare(self, share_id: str, body: Json) -> Json:
        """Compare the newest version with a notebook, cell by cell in order."""
        share = self.share(share_id)
        old, new = (
            [cell["source"] for cell in notebook["cells"]]
            for notebook in (self.versions[share_id][-1], body["notebook"])
        )
        pairs = list(zip_longest(old, new))
        return {
            "base": share_id,
            "old": share["version"],
            "new": None,
            "added": sum(1 for one, other in pairs if other not in (None, one)),
            "removed": sum(1 for one, other in pairs if one not in (None, other)),
            "settings": [],
            "cells": [{"kind": "same" if one == other else "changed"} for one, other in pairs],
        }

    def _add_version(self, share_id: str, notebook: Json) -> Json:
        share, versions = self.shares[share_id], self.versions[share_id]
        if not versions or versions[-1] != notebook:
            versions.append(notebook)
            share["version"] = len(versions)
            share["digest"] = f"{abs(hash(json.dumps(notebook, sort_keys=True))):064x}"
        return share

    def pages(self, share_id: str) -> list[Json]:
        """Return a share's pages in wikis."""
        self.share(share_id)
        return list(self.published.get(share_id, {}).values())

    def publish(self, share_id: str, wiki: str, body: Json) -> Json:
        """Take a share for a wiki."""
        self.share(share_id)
        if wiki not in self.wikis:
            raise Refusal(404, "wiki_not_found", f"Lodge knows no wiki {wiki}.")
        page = {"wiki": wiki, "state": "waiting", "title": "", "url": "", **body}
        return self.published.setdefault(share_id, {}).setdefault(wiki, page)

    def share(self, share_id: str) -> Json:
        """Return a share."""
        if share_id not in self.shares:
            raise Refusal(404, "no_share", "There is no such share; it may have been deleted.")
        return self.shares[share_id]

    def make_ticket(self, share_id: str) -> str:
        """Return a ticket for the newest version."""
        ticket = _id()
        self.tickets[ticket] = (share_id, self.shares[share_id]["version"])
        return ticket

    def redeem(self, body: Json) -> Json:
        """Give out the notebook of a ticket, once."""
        ticket = body["ticket"]
        if ticket in self.used:
            raise Refusal(410, "ticket_used", "This link was used already; press Fork again.")
        if ticket not in self.tickets:
            raise Refusal(404, "no_ticket", "This link is not valid; press Fork again.")
        self.used.add(ticket)
        share_id, version = self.tickets[ticket]
        share = self.shares[share_id]
        share["forks"] += 1
        name = share["title"].lower().replace(" ", "-")
        notebook = self.versions[share_id][version - 1]
        return {
            "share": share,
            "version": version,
            "notebook": notebook,
            "filename": f"{name}.ipynb",
            "environment": self.environment,
        }

    # Schedules

    def post_jobs(self, body: Json) -> Json:
        """Make a job."""
        now = datetime.now(UTC)
        if body["cron"] is not None:
            self.cron(body["cron"], body["timezone"], 1, "en")
        job_id = _id()
        self.jobs[job_id] = {
            "id": job_id,
            "owner": self.user,
            **{key: body[key] for key in ("name", "notebook_path", "cron", "timezone")},
            "parameters": body["parameters"],
            "enabled": body["enabled"],
            "created_at": _iso(now),
            "updated_at": _iso(now),
            "next_run_at": _iso(now + timedelta(hours=3)) if body["cron"] else None,
            "last_run": None,
            "fault": None,
            "notebook": body["notebook"],
        }
        return self.job(job_id)

    def job(self, job_id: str) -> Json:
        """Return a job with its newest run."""
        if job_id not in self.jobs:
            raise Refusal(404, "no_job", "There is no such job; it may have been deleted.")
        runs = self.job_runs(job_id)
        job = {key: value for key, value in self.jobs[job_id].items() if key != "notebook"}
        return job | {"last_run": runs[0] if runs else None}

    def patch_job(self, job_id: str, body: Json) -> Json:
        """Change a job."""
        self.job(job_id)
        self.jobs[job_id] |= body
        job = self.jobs[job_id]
        due = _iso(datetime.now(UTC) + timedelta(hours=3))
        job["next_run_at"] = due if job["enabled"] and job["cron"] else None
        return self.job(job_id)

    def delete_job(self, job_id: str, *, force: bool) -> None:
        """Delete a job; one that runs only by force."""
        active = [run for run in self.job_runs(job_id) if run["state"] in {"queued", "running"}]
        if active and not force:
            raise Refusal(409, "job_running", "A run is under way; cancel it first.")
        del self.jobs[job_id]

    def post_run(self, job_id: str, body: Json, now: datetime | None = None) -> Json:
        """Queue a run."""
        job = self.job(job_id)
        created = _iso(now or datetime.now(UTC))
        run_id = _id()
        cells = self.jobs[job_id]["notebook"]["cells"]
        self.runs[run_id] = {
            "id": run_id,
            "job_id": job_id,
            "owner": self.user,
            "state": "queued",
            "trigger": "manual",
            "late": False,
            "scheduled_for": created,
            "created_at": created,
            "started_at": None,
            "ended_at": None,
            "duration_s": None,
            "parameters": job["parameters"] | body.get("parameters", {}),
            "cells_total": None,
            "cells_done": None,
            "error": None,
            "url": f"/services/schedules/runs/{run_id}",
            "code": [c["source"] for c in cells],
        }
        return self._show(run_id)

    def job_runs(self, job_id: str) -> list[Json]:
        """Return a job's runs, newest first."""
        ids = [run["id"] for run in self.runs.values() if run["job_id"] == job_id]
        shown = [self._show(run_id) for run_id in ids]
        return sorted(shown, key=lambda run: str(run["created_at"]), reverse=True)

    def run(self, run_id: str) -> Json:
        """Return a run."""
        if run_id not in self.runs:
            raise Refusal(404, "no_run", "There is no such run.")
        return self._show(run_id)

    def cancel(self, run_id: str) -> Json:
        """End a run."""
        run = self.runs[self.run(run_id)["id"]]
        if run["state"] in {"queued", "running"}:
            run |= {"state": "cancelled", "ended_at": _iso(datetime.now(UTC))}
        return self._show(run_id)

    def _show(self, run_id: str) -> Json:
        run = self.runs[run_id]
        if run["state"] in {"queued", "running"}:
            self._advance(run, datetime.now(UTC))
        return {key: value for key, value in run.items() if key != "code"}

    def _advance(self, run: Json, now: datetime) -> None:
        waited = (now - datetime.fromisoformat(run["created_at"])).total_seconds()
        cells, each = len(run["code"]), self.seconds_per_cell
        failing = next((i for i, code in enumerate(run["code"]) if "1 / 0" in code), None)
        start, stop = 2 * each, (2 + (cells if failing is None else failing + 1)) * each
        if waited < start:
            return
        created = datetime.fromisoformat(run["created_at"])
        run |= {"state": "running", "started_at": _iso(created + timedelta(seconds=start))}
        run |= {"cells_total": cells, "cells_done": cells}
        if waited < stop:
            run["cells_done"] = int((waited - start) / each)
            return
        ended = created + timedelta(seconds=stop)
        run |= {"ended_at": _iso(ended), "duration_s": stop - start, "state": "succeeded"}
        if failing is not None:
            run |= {"state": "failed", "cells_done": failing}
            run["error"] = {
                "cell": failing,
                "cell_source": run["code"][failing],
                "ename": "ZeroDivisionError",
                "evalue": "division by zero",
                "message": f"Cell {failing + 1} failed: ZeroDivisionError: division by zero",
            }

    def cron(self, expression: str, timezone: str, count: int, language: str) -> Json:
        """Explain a cron expression: any with five fields will do."""
        if len(expression.split()) != 5:
            raise Refusal(
                400,
                "bad_cron",
                f"“{expression}” is not a cron expression: it needs five fields.",
            )
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        words = f"按 {expression}" if language == "zh" else f"At the times of {expression}"
        return {
            "expression": expression,
            "timezone": timezone,
            "description": words,
            "next": [(start + timedelta(days=day)).isoformat() for day in range(1, count + 1)],
        }


class _Handler(web.RequestHandler):
    def initialize(self, fake: FakeService) -> None:
        self.fake = fake

    async def prepare(self) -> None:
        fake = self.fake
        body = json.loads(self.request.body) if self.request.body else None
        fake.requests.append((str(self.request.method), self.request.path, body))
        await fake.awake.wait()
        if fake.broken is not None:
            self.set_status(fake.broken)
            self.finish("<html>Service Unavailable</html>")
        elif self.request.headers.get("Authorization") != f"Bearer {fake.token}":
            self._refuse(Refusal(401, "not_signed_in", "The token is not known to the hub."))
        else:
            self._route(body or {})

    def _route(self, body: Json) -> None:
        service, path = self.path_args
        parts = path.split("/")
        known = [part if at % 2 == 0 else "*" for at, part in enumerate(parts)]
        shape = f"{self.request.method} {service} {'/'.join(known)}"
        which = parts[1] if len(parts) > 1 else ""
        fake, force = self.fake, self.get_query_argument("force", "") == "true"
        routes: dict[str, tuple[int, Callable[[], Any]]] = {
            "POST shares shares": (201, lambda: fake.post_shares(body)),
            "GET shares shares/*": (200, lambda: fake.share(which)),
            "PATCH shares shares/*": (200, lambda: fake.patch_share(which, body)),
            "GET shares wikis": (200, lambda: self._page([{"name": one} for one in fake.wikis])),
            "GET shares wikis/*/parents": (200, self._parents),
            "GET shares shares/*/wikis": (200, lambda: self._page(fake.pages(which))),
            "PUT shares shares/*/wikis/*": (200, lambda: fake.publish(which, parts[-1], body)),
            "POST shares shares/*/compare": (200, lambda: fake.compare(which, body)),
            "GET shares notices": (200, lambda: self._page(fake.notices)),
            "POST shares forks": (200, lambda: fake.redeem(body)),
            "GET schedules jobs": (200, lambda: self._page([*map(fake.job, fake.jobs)][::-1])),
            "POST schedules jobs": (201, lambda: fake.post_jobs(body)),
            "GET schedules jobs/*": (200, lambda: fake.job(which)),
            "PATCH schedules jobs/*": (200, lambda: fake.patch_job(which, body)),
            "DELETE schedules jobs/*": (204, lambda: fake.delete_job(which, force=force)),
            "GET schedules jobs/*/runs": (200, lambda: self._page(fake.job_runs(which))),
            "POST schedules jobs/*/runs": (201, lambda: fake.post_run(which, body)),
            "GET schedules runs/*": (200, lambda: fake.run(which)),
            "POST schedules runs/*/cancel": (200, lambda: fake.cancel(which)),
            "GET schedules cron": (200, self._cron),
        }
        try:
            if shape not in routes:
                raise Refusal(404, "no_route", f"Nothing answers {shape}.")
            status, answer = routes[shape]
            value = answer()
        except Refusal as refusal:
            self._refuse(refusal)
            return
        self.set_status(status)
        self.finish(value)

    def _parents(self) -> Json:
        return {"items": [f"Team/{self.get_query_argument('begun', '')}"], "next_cursor": None}

    def _cron(self) -> Json:
        ask = self.get_query_argument
        return self.fake.cron(
            ask("expression", ""),
            ask("timezone", "UTC"),
            int(ask("count", "5")),
            ask("language", "en"),
        )

    def _page(self, items: list[Json]) -> Json:
        start = int(self.get_query_argument("cursor", "0"))
        end = start + int(self.get_query_argument("limit", "24"))
        return {
            "items": items[start:end],
            "next_cursor": str(end) if end < len(items) else None,
        }

    def _refuse(self, refusal: Refusal) -> None:
        self.set_status(refusal.status)
        self.finish({"message": str(refusal), "reason": refusal.reason})


async def _main(port: int) -> None:
    fake = FakeService(seconds_per_cell=1.5)
    fake.start(port)
    sys.stdout.write(f"{fake.url} token {fake.token} user {fake.user}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
