"""The files that go with a shared notebook: which are offered, and how they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from ..errors import BadInput, ServiceError, Unavailable
from ..notebooks import lodge_metadata
from .candidates import candidates
from .folder import Folder, Found, bytes_of, digest_of, secrets_of, size_text

if TYPE_CHECKING:
    from pathlib import Path

    from ..client import Service

SEARCHED = 40
"""Files that are looked through for secrets before they are offered."""


class Root(Protocol):
    """Where the user's files are."""

    def root(self) -> Path | None:
        """Return the folder; None where they are no files on this disk."""
        ...


class Files:
    """The files of notebooks that are shared.

    Parameters
    ----------
    root
        Where the user's files are.
    service
        The hub service ``shares``.
    """

    def __init__(self, root: Root, service: Service) -> None:
        self._root = root
        self._service = service

    async def offered(
        self, path: str, notebook: Mapping[str, Any], share: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return the files that the notebook at `path` may come with.

        Parameters
        ----------
        path
            Of the notebook.
        notebook
            The notebook.
        share
            The user's share that it is, if it is one.

        Returns
        -------
        dict
            ``items`` with what each is (`_item`), ``limits`` in bytes, and the ``version`` that
            the files are compared with, None where there is none.
        """
        limits = await self.limits()
        before = await self._before(share) if share is not None else {}
        remembered = lodge_metadata(notebook).get("share")
        left_out = remembered.get("left_out") if isinstance(remembered, dict) else None
        unwanted = set(left_out if share is not None and isinstance(left_out, list) else ())

        def look() -> list[dict[str, Any]]:
            folder = self._folder(path)
            if folder is None:
                return []
            names = [*candidates(notebook), *_came_along(notebook)]
            found = {one.name: one for one in folder.suggested(names)}
            for name in before:
                try:
                    found.setdefault(name, folder.find(name))
                except BadInput:
                    continue
            items = [
                _item(
                    one,
                    before,
                    ticked=one.name in before
                    or (one.name not in unwanted and one.size <= limits["each"]),
                    search=at < SEARCHED,
                )
                for at, one in enumerate(found.values())
            ]
            return items + [_gone(name) for name in before if name not in found]

        return {
            "items": await asyncio.to_thread(look),
            "limits": limits,
            "version": None if share is None else share["version"],
        }

    async def one(self, path: str, name: str) -> dict[str, Any]:
        """Return a file that somebody names by hand; see `offered`.

        Raises
        ------
        BadInput
            There is none that can be shared.
        """

        def look() -> dict[str, Any]:
            folder = self._there(path)
            return _item(folder.find(name), {}, ticked=True, search=True)

        return await asyncio.to_thread(look)

    async def send(
        self, path: str, names: Sequence[str], share_id: str | None
    ) -> list[dict[str, str]]:
        """Send the files that the service does not have; return what a share says of them.

        Raises
        ------
        BadInput
            One is not there any more, or they are too large.
        """
        if not names:
            return []
        folder, limits = self._there(path), await self.limits()
        found = await asyncio.to_thread(lambda: [folder.find(name) for name in names])
        _check(found, limits)
        digests = await asyncio.to_thread(lambda: [digest_of(one) for one in found])
        asked: dict[str, Any] = {"digests": list(dict.fromkeys(digests))}
        if share_id is not None:
            asked["share"] = share_id
        answer = await self._service.request("POST", "files", body=asked)
        wanted = set(answer.get("wanted", ()))
        for one, digest in zip(found, digests, strict=True):
            if digest in wanted:
                wanted.discard(digest)
                # One at a time: together they would not fit into a small server's memory.
                content = await asyncio.to_thread(bytes_of, one, limits["each"])
                try:
                    await self._service.send(f"files/{digest}", content)
                except ServiceError as error:
                    raise ServiceError(
                        error.status, error.reason, f"{one.name}: {error.message}"
                    ) from None
        return [
            {"name": one.name, "digest": digest} for one, digest in zip(found, digests, strict=True)
        ]

    async def limits(self) -> dict[str, int]:
        """Return how large a file and all together may be, in bytes, and how many there may be."""
        answer = await self._service.request("GET", "files")
        try:
            return {name: int(answer[name]) for name in ("each", "all", "most")}
        except (KeyError, TypeError, ValueError):
            raise Unavailable(
                "service_unavailable", "The shares service does not say how large files may be."
            ) from None

    async def _before(self, share: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
        """Return digests and sizes of the files of a share's newest version, by name."""
        one = f"shares/{quote(str(share['id']), safe='')}/versions/{int(share['version'])}"
        answer = await self._service.request("GET", f"{one}/files")
        return {
            str(each["name"]): (str(each["digest"]), int(each["size"])) for each in answer["items"]
        }

    def _folder(self, path: str) -> Folder | None:
        root = self._root.root()
        return None if root is None else Folder(root, path)

    def _there(self, path: str) -> Folder:
        folder = self._folder(path)
        if folder is None:
            raise BadInput("no_files", "The files of this server are no files on its disk.")
        return folder


def _came_along(notebook: Mapping[str, Any]) -> list[str]:
    """Return the files that a fork brought, which its notebook need not name."""
    origin = lodge_metadata(notebook).get("forked_from")
    files = origin.get("files") if isinstance(origin, dict) else None
    return [one for one in files if isinstance(one, str)] if isinstance(files, list) else []


def _check(found: Sequence[Found], limits: Mapping[str, int]) -> None:
    """Let files pass that are neither too many nor too large, before any is sent."""
    if len(found) > limits["most"]:
        raise BadInput(
            "files_refused", f"{len(found)} files are too many: {limits['most']} are the most."
        )
    for one in found:
        if one.size > limits["each"]:
            raise BadInput(
                "file_too_large",
                f"{one.name} has {size_text(one.size)}, and {size_text(limits['each'])} are the "
                "most of a file that can be shared; leave it out, or share a part of it.",
            )
    together = sum(one.size for one in found)
    if together > limits["all"]:
        raise BadInput(
            "files_too_large",
            f"The files have {size_text(together)} together, and {size_text(limits['all'])} are "
            "the most that can be shared with a notebook; leave some out.",
        )


def _item(
    one: Found, before: Mapping[str, tuple[str, int]], *, ticked: bool, search: bool
) -> dict[str, Any]:
    """Return a file as the dialog shows it; ``state`` compares it with the version before."""
    state = "new"
    if one.name in before:
        digest, size = before[one.name]
        same = size == one.size and digest == digest_of(one)
        state = "same" if same else "changed"
    return {
        "name": one.name,
        "size": one.size,
        "ticked": ticked,
        "state": state,
        "danger": one.danger,
        "secrets": secrets_of(one) if search else [],
    }


def _gone(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "size": 0,
        "ticked": False,
        "state": "gone",
        "danger": "",
        "secrets": [],
    }
