"""A fake Confluence: speaks what is documented of its REST, and keeps pages as Confluence does.

No real one can be had: it is not free. `dialect` "server" is a Data Center (version 1 below
``/confluence``, a personal access token), "cloud" is the Cloud (version 2 below ``/wiki``, account
and API token; files, labels and search by version 1).

As the real one it takes only what is XML, keeps no comments of XML, gives macros ids of their own,
names signs in its own way, wants each version's number, has titles once in a space whatever their
case, takes a file's name once on a page, gives lists in small parts, and wants its XSRF header.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

from support.confluence_stored import Request, Stored, StoredFile
from support.confluence_text import Refusal, kept

TOKEN, USER = "made-up-token", "lodge@example.com"
PART = 25
"""Entries that a list gives at most, whatever it is asked for."""


@dataclass
class ConfluenceFake:
    """What it holds, and what was asked of it.

    Attributes
    ----------
    dialect
        "server" or "cloud".
    troubles
        Answers to the next requests: a status, its headers and its body.
    asked
        The requests that came, as method and path.
    """

    dialect: str
    pages: dict[str, Stored] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=lambda: {"TEAM": "9001", "OPS": "9002"})
    troubles: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    """Spaces that Lodge's account may only read."""
    url: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def root(self) -> str:
        """Path of its root."""
        return "/wiki" if self.dialect == "cloud" else "/confluence"

    def add(self, title: str, text: str = "<p>x</p>", space: str = "TEAM", parent: str = "") -> str:
        """Let a person make a page; return its id."""
        return self._make(space, title, parent, text, "Bob").id

    def edit(self, page_id: str, text: str, title: str = "") -> None:
        """Let a person make the next version of a page."""
        page = self.pages[page_id]
        page.title = title or page.title
        page.versions.append({"text": kept(text), "by": "Bob", "message": ""})

    def one(self, title: str) -> Stored:
        """Return the page of a title that can be read."""
        (found,) = (
            page for page in self.pages.values() if (page.title, page.status) == (title, "current")
        )
        return found

    # --- What both dialects do.

    def _make(self, space: str, title: str, parent: str, text: str, by: str) -> Stored:
        if space not in self.spaces:
            raise Refusal(404, f"No space with key : {space}")
        if by == "Lodge" and space in self.closed:
            raise Refusal(403, "User does not have permission to create new content")
        taken = (
            page.title.lower() == title.lower() and (page.space, page.status) == (space, "current")
            for page in self.pages.values()
        )
        if any(taken):
            raise Refusal(
                400,
                f"A page with this title already exists: A page already exists with the title "
                f"{title} in the space with key {space}",
            )
        if parent and (parent not in self.pages or self.pages[parent].status != "current"):
            raise Refusal(404, f"No parent or not allowed to see it: {parent}")
        stored = kept(text)
        page = Stored(str(100_000 + len(self.pages)), space, title, parent)
        page.versions.append({"text": stored, "by": by, "message": ""})
        self.pages[page.id] = page
        return page

    def _page(self, page_id: str) -> Stored:
        page = self.pages.get(page_id)
        if page is None or (page.status != "current" and self.dialect == "server"):
            raise Refusal(404, f"No content found with id : ContentId{{id={page_id}}}")
        return page

    def _update(self, page_id: str, said: dict[str, Any], text: str) -> Stored:
        page = self._page(page_id)
        if page.space in self.closed:
            raise Refusal(403, "User does not have permission to edit the content")
        number = said.get("version", {}).get("number")
        if number is None:
            raise Refusal(400, "Must supply an incremented version when updating Content.")
        now = len(page.versions)
        if number != now + 1 or page.status != "current":
            raise Refusal(409, f"Version must be incremented on update. Current version is: {now}")
        stored = kept(text)
        page.title = said["title"]
        message = said["version"].get("message", "")
        page.versions.append({"text": stored, "by": "Lodge", "message": message})
        return page

    def _upload(self, page_id: str, request: Request, file_id: str) -> dict[str, Any]:
        if request.headers.get("X-Atlassian-Token") not in ("nocheck", "no-check"):
            raise Refusal(403, "XSRF check failed")
        page = self._page(page_id)
        ((name, content),) = request.files.items()
        found = page.files.get(name)
        if file_id:
            (found,) = (one for one in page.files.values() if one.id == file_id)
            found.versions.append(content)
        elif found is not None:
            raise Refusal(
                400,
                "Cannot add a new attachment with same file name as an existing attachment: "
                f"{found.name}",
            )
        else:
            found = StoredFile(f"att{len(page.files)}", name, [content])
            page.files[name] = found
        return {"results": [self._file(found)]}

    def _file(self, one: StoredFile) -> dict[str, Any]:
        size = len(one.versions[-1])
        if self.dialect == "cloud":
            return {"id": one.id, "title": one.name, "fileSize": size}
        return {"id": one.id, "title": one.name, "extensions": {"fileSize": size}}

    # --- Requests.

    def answer(self, request: Request) -> Any:
        """Return what is to be answered as JSON; None for nothing."""
        path = request.path.removeprefix(self.root)
        self._signed_in(request)
        if path == request.path:
            raise Refusal(404, "")
        for method, pattern, does in _ROUTES:
            found = re.fullmatch(pattern, path)
            if method == request.method and found is not None:
                if pattern.startswith("/api/v2") and self.dialect != "cloud":
                    break
                return does(self, request, *found.groups())
        raise Refusal(404, "")

    def _signed_in(self, request: Request) -> None:
        basic = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        wanted = f"Basic {basic}" if self.dialect == "cloud" else f"Bearer {TOKEN}"
        if request.headers.get("Authorization") != wanted:
            raise Refusal(401, "Client must be authenticated to access this resource.")

    def _me(self, request: Request) -> Any:
        return {"type": "known", "username": "lodge", "displayName": "Lodge"}

    # Version 1.

    def _content(self, page: Stored, expand: str) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": page.id,
            "type": "page",
            "status": page.status,
            "title": page.title,
            "_links": {"webui": f"/pages/viewpage.action?pageId={page.id}"},
        }
        if "version" in expand:
            said["version"] = {"number": len(page.versions), "by": page.versions[-1]["by"]}
        if "space" in expand:
            said["space"] = {"key": page.space}
        if "body.storage" in expand:
            said["body"] = {"storage": {"value": page.text, "representation": "storage"}}
        if "ancestors" in expand:
            above = self._above(page)
            said["ancestors"] = [{"id": one, "title": self.pages[one].title} for one in above]
        return said

    def _get1(self, request: Request, page_id: str) -> Any:
        return self._content(self._page(page_id), _first(request, "expand"))

    def _list1(self, request: Request) -> Any:
        wanted = (_first(request, "spaceKey"), _first(request, "title").lower(), "current")
        found = [
            self._content(page, _first(request, "expand"))
            for page in self.pages.values()
            if (page.space, page.title.lower(), page.status) == wanted
        ]
        return {"results": found, "size": len(found), "_links": {}}

    def _create1(self, request: Request) -> Any:
        said = json.loads(request.body)
        parent = said["ancestors"][-1]["id"] if said.get("ancestors") else ""
        text = said["body"]["storage"]["value"]
        return self._content(
            self._make(said["space"]["key"], said["title"], parent, text, "Lodge"), "version"
        )

    def _update1(self, request: Request, page_id: str) -> Any:
        said = json.loads(request.body)
        if said.get("type") != "page":
            raise Refusal(400, "Type must be specified")
        text = said["body"]["storage"]["value"]
        return self._content(self._update(page_id, said, text), "version")

    def _delete(self, request: Request, page_id: str) -> Any:
        self._page(page_id).status = "trashed"

    def _search1(self, request: Request) -> Any:
        query = _first(request, "cql")
        asked = re.fullmatch(
            r'space = "(\w+)" and type = page(?: and ancestor = (\d+))?(?: and title ~ "(.*)\*")?'
            " order by title",
            query,
        )
        assert asked is not None, query
        space, above, begun = asked.groups()
        results = [
            self._content(page, "space")
            for page in sorted(self.pages.values(), key=lambda page: page.title)
            if (page.space, page.status) == (space, "current")
            and (above is None or above in self._above(page))
            and any(word.startswith(begun or "") for word in page.title.lower().split())
        ]
        return {"results": results[: int(_first(request, "limit"))], "_links": {}}

    def _above(self, page: Stored) -> list[str]:
        found: list[str] = []
        while page.parent:
            found.insert(0, page.parent)
            page = self.pages[page.parent]
        return found

    def _files1(self, request: Request, page_id: str) -> Any:
        return self._part1(request, list(map(self._file, self._page(page_id).files.values())))

    def _part1(self, request: Request, entries: list[Any]) -> Any:
        start = int(_first(request, "start") or 0)
        limit = min(PART, int(_first(request, "limit") or PART))
        links = {}
        if start + limit < len(entries):
            links["next"] = f"{request.path}?start={start + limit}&limit={limit}"
        part = entries[start : start + limit]
        return {"results": part, "start": start, "limit": limit, "size": len(part), "_links": links}

    def _add_file(self, request: Request, page_id: str) -> Any:
        return self._upload(page_id, request, "")

    def _add_data(self, request: Request, page_id: str, file_id: str) -> Any:
        return self._upload(page_id, request, file_id)

    def _label(self, request: Request, page_id: str) -> Any:
        page = self._page(page_id)
        for one in json.loads(request.body):
            if re.search(r"[\s:;,.?&\[\]()#^*@!]", one["name"]):
                raise Refusal(400, f"Label contains invalid characters: {one['name']}")
            if one["name"] not in page.labels:
                page.labels.append(one["name"])
        return {"results": [{"prefix": "global", "name": name} for name in page.labels]}

    # Version 2.

    def _content2(self, page: Stored, request: Request) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": page.id,
            "status": page.status,
            "title": page.title,
            "spaceId": self.spaces[page.space],
            "parentId": page.parent or None,
            "version": {"number": len(page.versions), "message": page.versions[-1]["message"]},
            "body": {},
            "_links": {"webui": f"/spaces/{page.space}/pages/{page.id}/{quote(page.title)}"},
        }
        if _first(request, "body-format") == "storage":
            said["body"] = {"storage": {"value": page.text, "representation": "storage"}}
        return said

    def _get2(self, request: Request, page_id: str) -> Any:
        return self._content2(self._page(page_id), request)

    def _list2(self, request: Request) -> Any:
        wanted = (_first(request, "space-id"), _first(request, "title"), "current")
        found = [
            self._content2(page, request)
            for page in self.pages.values()
            if (self.spaces[page.space], page.title, page.status) == wanted
        ]
        return {"results": found, "_links": {}}

    def _key(self, space_id: str) -> str:
        return next((key for key, one in self.spaces.items() if one == space_id), "")

    def _create2(self, request: Request) -> Any:
        said = json.loads(request.body)
        assert said["body"]["representation"] == "storage"
        page = self._make(
            self._key(said["spaceId"]), said["title"], said.get("parentId", ""),
            said["body"]["value"], "Lodge",
        )  # fmt: skip
        return self._content2(page, request)

    def _update2(self, request: Request, page_id: str) -> Any:
        said = json.loads(request.body)
        if said.get("id") != page_id or said.get("status") != "current":
            raise Refusal(400, "The id and status are required")
        return self._content2(self._update(page_id, said, said["body"]["value"]), request)

    def _files2(self, request: Request, page_id: str) -> Any:
        return self._part2(request, list(map(self._file, self._page(page_id).files.values())))

    def _spaces2(self, request: Request) -> Any:
        keys = _first(request, "keys")
        found = [
            {"id": number, "key": key, "name": f"{key}'s"}
            for key, number in self.spaces.items()
            if not keys or key in keys.split(",")
        ]
        return self._part2(request, found)

    def _part2(self, request: Request, entries: list[Any]) -> Any:
        start = int(base64.b64decode(_first(request, "cursor") or "MA=="))
        limit = min(PART, int(_first(request, "limit") or PART))
        links = {}
        if start + limit < len(entries):
            cursor = quote(base64.b64encode(str(start + limit).encode()).decode())
            links["next"] = f"{request.path}?limit={limit}&cursor={cursor}"
        return {"results": entries[start : start + limit], "_links": links}


_ID = r"(\d+)"
_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/rest/api/user/current", ConfluenceFake._me),
    ("GET", "/rest/api/content/search", ConfluenceFake._search1),
    ("GET", "/rest/api/content", ConfluenceFake._list1),
    ("POST", "/rest/api/content", ConfluenceFake._create1),
    ("GET", f"/rest/api/content/{_ID}", ConfluenceFake._get1),
    ("PUT", f"/rest/api/content/{_ID}", ConfluenceFake._update1),
    ("DELETE", f"/rest/api/content/{_ID}", ConfluenceFake._delete),
    ("GET", f"/rest/api/content/{_ID}/child/attachment", ConfluenceFake._files1),
    ("POST", f"/rest/api/content/{_ID}/child/attachment", ConfluenceFake._add_file),
    ("POST", rf"/rest/api/content/{_ID}/child/attachment/(\w+)/data", ConfluenceFake._add_data),
    ("POST", f"/rest/api/content/{_ID}/label", ConfluenceFake._label),
    ("GET", "/api/v2/spaces", ConfluenceFake._spaces2),
    ("GET", "/api/v2/pages", ConfluenceFake._list2),
    ("POST", "/api/v2/pages", ConfluenceFake._create2),
    ("GET", f"/api/v2/pages/{_ID}", ConfluenceFake._get2),
    ("PUT", f"/api/v2/pages/{_ID}", ConfluenceFake._update2),
    ("DELETE", f"/api/v2/pages/{_ID}", ConfluenceFake._delete),
    ("GET", f"/api/v2/pages/{_ID}/attachments", ConfluenceFake._files2),
]


def _first(request: Request, name: str) -> str:
    return parse_qs(request.query).get(name, [""])[0]
