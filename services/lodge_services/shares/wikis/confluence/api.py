"""What of Confluence's REST is asked, in its two dialects: Data Center's and Cloud's.

Data Center speaks version 1, with keys of spaces and expansions; Cloud speaks version 2, with ids
of spaces and cursors, and takes files and labels by version 1 still.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..base import Attachment, Page, Refused
from .session import Session

_LIMIT = "100"
#: Pages that are looked at above one.
_DEPTH = 50
#: Nothing that is listed here has more pages than this.
_PAGES = 1_000


@dataclass(frozen=True)
class File:
    """An attachment that a page has."""

    id: str
    size: int


class Api(ABC):
    """What is asked of a Confluence.

    Parameters
    ----------
    session
        With the wiki.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def me(self) -> str:
        """Return the name of the account."""
        return _account(self.session.ask("sign in", "GET", "/rest/api/user/current"))

    @abstractmethod
    def page(self, page_id: str) -> Page | None:
        """Return the page of an id; None for one that is not there, or in the bin."""

    @abstractmethod
    def titled(self, space: str, title: str) -> Page | None:
        """Return the page of a title in a space; None when there is none."""

    @abstractmethod
    def create(self, space: str, parent: str, title: str, text: str) -> str:
        """Make a page below a parent's id, "" for none; return the page's id."""

    @abstractmethod
    def update(self, page: Page, text: str, message: str) -> None:
        """Make the next version of a page."""

    @abstractmethod
    def remove(self, page_id: str) -> None:
        """Put a page into the bin."""

    @abstractmethod
    def above(self, page_id: str) -> list[str]:
        """Return the titles of the pages above one, the next one last."""

    @abstractmethod
    def files(self, page_id: str) -> dict[str, File]:
        """Return a page's attachments by their names."""

    def upload(self, page_id: str, attachment: Attachment, there: File | None) -> None:
        """Give a page an attachment, or one that is there its content anew."""
        path = f"/rest/api/content/{page_id}/child/attachment"
        if there is not None:
            path += f"/{there.id}/data"
        self.session.ask(
            "bring a picture there",
            "POST",
            path,
            files={"file": (attachment.name, attachment.content, attachment.kind)},
            data={"minorEdit": "true"},
        )

    def label(self, page_id: str, labels: tuple[str, ...]) -> None:
        """Give a page labels; those that it has stay."""
        said = [{"prefix": "global", "name": one} for one in labels]
        self.session.ask("label the page", "POST", f"/rest/api/content/{page_id}/label", json=said)

    def _page(self, found: Any) -> Page:
        return Page(
            id=str(found["id"]),
            revision=str(found["version"]["number"]),
            title=found["title"],
            url=self.session.root + found.get("_links", {}).get("webui", ""),
            text=found["body"]["storage"]["value"],
        )

    def pages(self, space: str, above: str, begun: str, limit: int) -> list[str]:
        """Return titles of pages of a space that have a word which begins so.

        Parameters
        ----------
        space
            Its key.
        above
            Id of a page that they are below; "" for any.
        begun
            What somebody types; "" for any page.
        limit
            At most so many.
        """
        query = f"space = {json.dumps(space)} and type = page"
        if above:
            query += f" and ancestor = {above}"
        if _words(begun):
            query += f" and title ~ {json.dumps(f'{_words(begun)}*')}"
        params = {"cql": f"{query} order by title", "limit": str(limit)}
        found = self.session.ask("search", "GET", "/rest/api/content/search", params=params)
        return [one["title"] for one in (found or {}).get("results", ())]


def _words(begun: str) -> str:
    """Return what somebody types without what means something in a search."""
    return " ".join("".join(char if char.isalnum() else " " for char in begun).split())


class DataCenter(Api):
    """Version 1."""

    def page(self, page_id: str) -> Page | None:
        """Return the page of an id; None for one that is not there, or in the bin."""
        found = self.session.ask(
            "read the page", "GET", f"/rest/api/content/{page_id}", params=_EXPAND
        )
        return None if found is None else self._page(found)

    def titled(self, space: str, title: str) -> Page | None:
        """Return the page of a title in a space; None when there is none."""
        found = self.session.ask(
            "read pages",
            "GET",
            "/rest/api/content",
            params={**_EXPAND, "spaceKey": space, "title": title, "type": "page"},
        )
        results = (found or {}).get("results", ())
        return self._page(results[0]) if results else None

    def create(self, space: str, parent: str, title: str, text: str) -> str:
        """Make a page below a parent's id, "" for none; return the page's id."""
        said: dict[str, Any] = {
            "type": "page",
            "title": title,
            "space": {"key": space},
            "body": _body(text),
        }
        if parent:
            said["ancestors"] = [{"id": parent}]
        made = self.session.ask("make the page", "POST", "/rest/api/content", json=said)
        if made is None:
            raise _no_space(space)
        return str(made["id"])

    def update(self, page: Page, text: str, message: str) -> None:
        """Make the next version of a page."""
        said = {
            "id": page.id,
            "type": "page",
            "title": page.title,
            "body": _body(text),
            "version": {"number": int(page.revision) + 1, "message": message},
        }
        self.session.ask("write the page", "PUT", f"/rest/api/content/{page.id}", json=said)

    def remove(self, page_id: str) -> None:
        """Put a page into the bin."""
        self.session.ask("delete the page", "DELETE", f"/rest/api/content/{page_id}")

    def above(self, page_id: str) -> list[str]:
        """Return the titles of the pages above one, the next one last."""
        path = f"/rest/api/content/{page_id}"
        found = self.session.ask("read the page", "GET", path, params={"expand": "ancestors"})
        return [one["title"] for one in (found or {}).get("ancestors", ())]

    def files(self, page_id: str) -> dict[str, File]:
        """Return a page's attachments by their names."""
        path = f"/rest/api/content/{page_id}/child/attachment"
        return {
            one["title"]: File(str(one["id"]), int(one["extensions"]["fileSize"]))
            for one in self._all("read the page's files", path, {})
        }

    def _all(self, what: str, path: str, params: dict[str, str]) -> Iterator[Any]:
        start = 0
        for _ in range(_PAGES):
            asked = {**params, "limit": _LIMIT, "start": str(start)}
            found = self.session.ask(what, "GET", path, params=asked) or {}
            yield from found.get("results", ())
            # A server may give fewer than it was asked for: what it says of itself counts.
            start += len(found.get("results", ()))
            if "next" not in found.get("_links", {}) or not found["results"]:
                return


class Cloud(Api):
    """Version 2."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._ids: dict[str, str] = {}

    def page(self, page_id: str) -> Page | None:
        """Return the page of an id; None for one that is not there, or in the bin."""
        found = self.session.ask(
            "read the page", "GET", f"/api/v2/pages/{page_id}", params=_STORAGE
        )
        return None if found is None or found["status"] != "current" else self._page(found)

    def titled(self, space: str, title: str) -> Page | None:
        """Return the page of a title in a space; None when there is none."""
        params = {**_STORAGE, "space-id": self._space(space), "title": title, "status": "current"}
        found = self.session.ask("read pages", "GET", "/api/v2/pages", params=params)
        results = (found or {}).get("results", ())
        return self._page(results[0]) if results else None

    def create(self, space: str, parent: str, title: str, text: str) -> str:
        """Make a page below a parent's id, "" for none; return the page's id."""
        said = {
            "spaceId": self._space(space),
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": text},
        }
        if parent:
            said["parentId"] = parent
        made = self.session.ask("make the page", "POST", "/api/v2/pages", json=said)
        if made is None:
            raise _no_space(space)
        return str(made["id"])

    def update(self, page: Page, text: str, message: str) -> None:
        """Make the next version of a page."""
        said = {
            "id": page.id,
            "status": "current",
            "title": page.title,
            "body": {"representation": "storage", "value": text},
            "version": {"number": int(page.revision) + 1, "message": message},
        }
        self.session.ask("write the page", "PUT", f"/api/v2/pages/{page.id}", json=said)

    def remove(self, page_id: str) -> None:
        """Put a page into the bin."""
        self.session.ask("delete the page", "DELETE", f"/api/v2/pages/{page_id}")

    def above(self, page_id: str) -> list[str]:
        """Return the titles of the pages above one, the next one last."""
        titles: list[str] = []
        found = self.session.ask("read the page", "GET", f"/api/v2/pages/{page_id}")
        while found and found.get("parentId") and len(titles) < _DEPTH:
            path = f"/api/v2/pages/{found['parentId']}"
            found = self.session.ask("read the page", "GET", path)
            titles += [found["title"]] if found else []
        return titles[::-1]

    def files(self, page_id: str) -> dict[str, File]:
        """Return a page's attachments by their names."""
        path = f"/api/v2/pages/{page_id}/attachments"
        return {
            one["title"]: File(str(one["id"]), int(one["fileSize"]))
            for one in self._all("read the page's files", path, {})
        }

    def _space(self, key: str) -> str:
        if key not in self._ids:
            params = {"keys": key}
            found = self.session.ask("read the space", "GET", "/api/v2/spaces", params=params)
            results = (found or {}).get("results", ())
            if not results:
                raise _no_space(key)
            self._ids[key] = str(results[0]["id"])
        return self._ids[key]

    def _all(self, what: str, path: str, params: dict[str, str]) -> Iterator[Any]:
        asked = {**params, "limit": _LIMIT}
        for _ in range(_PAGES):
            found = self.session.ask(what, "GET", path, params=asked) or {}
            yield from found.get("results", ())
            following = found.get("_links", {}).get("next", "")
            if not following:
                return
            # An address without its host; only what it asks for is taken of it.
            asked = dict(parse_qsl(urlsplit(following).query))


_EXPAND = {"expand": "body.storage,version,space"}
_STORAGE = {"body-format": "storage"}


def _body(text: str) -> dict[str, Any]:
    return {"storage": {"value": text, "representation": "storage"}}


def _account(found: Any) -> str:
    if not isinstance(found, dict) or found.get("type") == "anonymous":
        raise Refused(
            "The wiki takes Lodge for nobody: check its token, and the user if it is a Cloud's."
        )
    return str(found.get("displayName") or found.get("username") or found.get("accountId"))


def _no_space(space: str) -> Refused:
    return Refused(f"The wiki has no space {space} that Lodge may write to: check its key.")
