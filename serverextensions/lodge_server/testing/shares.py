"""Shares, their versions and forks, and their pages in wikis, in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import zip_longest

from .wire import Json, Refusal, iso, new_id

EVERYONE = {"everyone": True}


class FakeShares:
    """The service of shares.

    Parameters
    ----------
    user
        Who asks.
    """

    def __init__(self, user: str) -> None:
        self.user = user
        self.shares: dict[str, Json] = {}
        self.versions: dict[str, list[Json]] = {}
        self.tickets: dict[str, tuple[str, int]] = {}
        self.used: set[str] = set()
        self.wikis: list[str] = []
        self.notices: list[Json] = []
        self.environment: Json | None = None
        self.limits: Json = {"each": 20 * 2**20, "all": 100 * 2**20, "most": 200}
        self.sent: dict[str, bytes] = {}
        self.files: dict[str, list[list[Json]]] = {}
        self.tables: list[Json] = []
        self.lost: set[str] = set()
        self.published: dict[str, dict[str, Json]] = {}

    def post_shares(self, body: Json, notebook_of: str | None = None) -> Json:
        """Make a share."""
        now = iso(datetime.now(UTC))
        share_id = new_id()
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
        self.versions[share_id], self.files[share_id] = [], []
        return self._add_version(share_id, body["notebook"], body.get("files", []))

    def patch_share(self, share_id: str, body: Json) -> Json:
        """Change a share; another notebook is a new version."""
        share = self.share(share_id)
        if share["owner"] != self.user:
            raise Refusal(403, "not_the_owner", "Only its owner can change this share.")
        share |= {key: body[key] for key in ("title", "description", "tags") if key in body}
        if "readers" in body:
            share |= _readers(body)
        if "notebook" not in body:
            return share
        files = body.get("files", self.files[share_id][-1])
        return self._add_version(share_id, body["notebook"], files)

    def wanted(self, body: Json) -> Json:
        """Tell which files have to be sent."""
        return {"wanted": [one for one in body["digests"] if one not in self.sent]}

    def put_file(self, digest: str, content: bytes) -> None:
        """Keep a file's bytes."""
        self.sent[digest] = content

    def version_files(self, share_id: str, version: str) -> list[Json]:
        """Return the files of a version."""
        self.share(share_id)
        return [
            {**one, "size": len(self.sent[one["digest"]])}
            for one in self.files[share_id][int(version) - 1]
        ]

    def file(self, share_id: str, version: str, name: str) -> bytes:
        """Return a file's bytes."""
        if name in self.lost:
            raise Refusal(410, "file_lost", f"{name} is lost or damaged in Lodge's store.")
        for one in self.version_files(share_id, version):
            if one["name"] == name:
                return self.sent[one["digest"]]
        raise Refusal(404, "file_not_found", "This version has no such file.")

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

    def _add_version(self, share_id: str, notebook: Json, files: list[Json]) -> Json:
        share, versions = self.shares[share_id], self.versions[share_id]
        if not versions or (versions[-1], self.files[share_id][-1]) != (notebook, files):
            versions.append(notebook)
            self.files[share_id].append(files)
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
        ticket = new_id()
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
            "files": self.version_files(share_id, str(version)),
            "tables": self.tables,
        }


def _readers(body: Json) -> Json:
    readers = {"everyone": False, "groups": [], "people": [], **body.get("readers", EVERYONE)}
    return {"readers": readers, "restricted": not readers["everyone"]}
