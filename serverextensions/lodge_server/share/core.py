"""Shares a notebook, as a new share or a new version of one, and forks other people's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lodge_runner.asked_for import parameter_values, spark_options
from lodge_runner.environment import environment

from ..errors import BadInput, NotFound, ServiceError, Unavailable
from ..notebooks import check, lodge_metadata, parameters, with_lodge_metadata
from .copying import ForkedFile, forked_files, write_copy
from .environment import Lack, lacks, sources
from .files import Files
from .lacking import tables_of
from .profiles import profile_of
from .shadows import shadows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from ..client import Service
    from ..notebooks import Notebooks

FORKS_FOLDER = "forks"


@dataclass(frozen=True)
class Forked:
    """A fork that was written.

    Attributes
    ----------
    path
        Where.
    lacks
        Packages that it imports and that are not here as they were there.
    sources
        Names of the SQL sources that it asks.
    tables
        Tables that its cells name and do not make, by source; "" is the reader's default one.
    profile
        That the server ran under on which it was shared; "" where nobody has told.
    shadows
        Files of it that take the place of modules, and run once it is opened.
    """

    path: str
    lacks: Sequence[Lack]
    sources: Sequence[str]
    tables: Mapping[str, Sequence[str]]
    profile: str
    shadows: Sequence[str]


class Share:
    """What the share plugin asks.

    Parameters
    ----------
    user
        Whose server this is: a share of somebody else is never overwritten but shared anew.
    notebooks
        The user's notebooks.
    service
        The hub service ``shares``.
    environ
        Of the server: tells its profile.
    session
        Returns what is set of the Spark session that runs for the notebook at a path, by name.
    """

    def __init__(
        self,
        *,
        user: str,
        notebooks: Notebooks,
        service: Service,
        environ: Mapping[str, str],
        session: Callable[[str], Awaitable[Mapping[str, str]]],
    ) -> None:
        self._user = user
        self._notebooks = notebooks
        self._service = service
        self.environ = environ
        self._session = session
        self._files = Files(notebooks, service)

    async def share(
        self,
        path: str,
        title: str,
        description: str,
        tags: Sequence[str],
        readers: dict[str, Any] | None = None,
        files: Sequence[str] | None = None,
    ) -> Any:
        """Share the notebook at `path`; return the share.

        It becomes a new version when the notebook says that it is a share of this user's. Without
        `readers` everyone may read a new share, and another one stays with those who may. Without
        `files` a new version keeps those of the one before.
        """
        notebook = await self._notebooks.read(path)
        own = await self._own_share(lodge_metadata(notebook).get("share"))
        body: dict[str, Any] = {
            "title": title,
            "description": description,
            "tags": list(tags),
            # Which share it is would make each version differ from the one before.
            "notebook": with_lodge_metadata(notebook, drop=("share",)),
            "environment": await self._environment(path, notebook),
        }
        if files is not None:
            body["files"] = await self._files.send(path, files, own)
        if readers is not None:
            body["readers"] = readers
        if own is None:
            return await self._service.request("POST", "shares", body=body)
        return await self._service.request("PATCH", f"shares/{quote(own, safe='')}", body=body)

    async def get(self, share_id: str) -> Any:
        """Return a share."""
        return await self._service.request("GET", f"shares/{quote(share_id, safe='')}")

    async def wikis(self) -> Any:
        """Return the wikis that the user may publish to."""
        return await self._service.request("GET", "wikis")

    async def parents(self, wiki: str, begun: str) -> Any:
        """Return what a new page of a wiki can go below."""
        path = f"wikis/{quote(wiki, safe='')}/parents"
        return await self._service.request("GET", path, query={"begun": begun})

    async def publications(self, share_id: str) -> Any:
        """Return the pages of a share in wikis."""
        return await self._service.request("GET", f"shares/{quote(share_id, safe='')}/wikis")

    async def publish(self, share_id: str, wiki: str, parent: str, language: str) -> Any:
        """Have a share's page made in a wiki, or brought up to date; return how it stands."""
        path = f"shares/{quote(share_id, safe='')}/wikis/{quote(wiki, safe='')}"
        body = {"parent": parent, "language": language}
        return await self._service.request("PUT", path, body=body)

    async def notices(self) -> Any:
        """Return the comments that concern the user and that they have not seen."""
        return await self._service.request("GET", "notices", query={"unseen": "true"})

    async def check(self, path: str) -> dict[str, Any]:
        """Tell which cells readers would see failed or without a result, and where secrets are."""
        # Beside what else the server does: of a large notebook it takes a second.
        return await asyncio.to_thread(check, await self._notebooks.read(path))

    async def changes(self, path: str) -> Any:
        """Return what differs from the newest version of the share that the notebook is.

        Returns
        -------
        dict
            ``version`` is that version, ``added`` and ``removed`` are lines of source, ``cells``
            those that differ.

        Raises
        ------
        NotFound
            It is no share of the user's.
        """
        notebook = await self._notebooks.read(path)
        own = await self._own_share(lodge_metadata(notebook).get("share"))
        if own is None:
            raise NotFound("not_shared", "This notebook is no share of yours.")
        body = {"notebook": with_lodge_metadata(notebook, drop=("share",))}
        path = f"shares/{quote(own, safe='')}/compare"
        found = await self._service.request("POST", path, body=body)
        return {
            "version": found["old"],
            "added": found["added"],
            "removed": found["removed"],
            "cells": sum(cell["kind"] != "same" for cell in found["cells"]),
        }

    async def page(self, path: str) -> dict[str, Any]:
        """Return the share that the notebook is, where it is one of the user's.

        Returns
        -------
        dict
            ``share`` is it, None where the notebook is none; ``wikis`` are the names of the wikis
            that have a page of it.
        """
        notebook = await self._notebooks.read(path)
        own = await self._own_share(lodge_metadata(notebook).get("share"))
        if own is None:
            return {"share": None, "wikis": []}
        pages = (await self.publications(own))["items"]
        return {"share": await self.get(own), "wikis": [one["wiki"] for one in pages]}

    async def files(self, path: str) -> dict[str, Any]:
        """Return the files that the notebook at `path` may come with; see `Files.offered`."""
        notebook = await self._notebooks.read(path)
        own = await self._own_share(lodge_metadata(notebook).get("share"))
        share = None if own is None else await self.get(own)
        return await self._files.offered(path, notebook, share)

    async def file(self, path: str, name: str) -> dict[str, Any]:
        """Return a file beside the notebook at `path` that somebody names; see `Files.one`."""
        return await self._files.one(path, name)

    async def _environment(self, path: str, notebook: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the notebook at `path` runs with, and was set to."""
        running, installed = await asyncio.gather(
            self._session(path), asyncio.to_thread(environment)
        )
        return {
            **installed,
            "profile": profile_of(self.environ),
            "spark": {**running, **spark_options(notebook)},
            "parameters": parameter_values(notebook),
        }

    async def parameters(self, path: str) -> dict[str, Any]:
        """Return the parameters of the notebook at `path`."""
        return {"parameters": parameters(await self._notebooks.read(path))}

    async def fork(self, ticket: str) -> Forked:
        """Redeem a ticket and write the notebook among the user's forks, with its files.

        A notebook with files gets a folder of its own, so that its relative paths hold and nothing
        is written over; it is there as a whole, or not at all.
        """
        answer = await self._service.request("POST", "forks", body={"ticket": ticket})
        try:
            forked = {"id": str(answer["share"]["id"]), "version": int(answer["version"])}
            notebook, name = dict(answer["notebook"]), str(answer["filename"])
        except (KeyError, TypeError, ValueError):
            raise Unavailable(
                "service_unavailable",
                "The shares service sent no notebook; ask for the fork again.",
                status=502,
            ) from None
        files = forked_files(answer.get("files"))
        origin = {**forked, **({"files": [one.name for one in files]} if files else {})}
        copy = with_lodge_metadata(notebook, drop=("share",), forked_from=origin)
        path = await self._write(file_name(name), copy, forked, files)
        recorded = answer.get("environment")
        if not isinstance(recorded, dict):
            recorded = {}
        missing = await asyncio.to_thread(lacks, notebook, recorded)
        return Forked(
            path,
            tuple(missing),
            tuple(sources(notebook)),
            tables_of(answer.get("tables")),
            str(recorded.get("profile") or ""),
            await asyncio.to_thread(shadows, [one.name for one in files]),
        )

    async def _write(
        self, name: str, copy: dict[str, Any], forked: dict[str, Any], files: list[ForkedFile]
    ) -> str:
        """Write a copy with its files; return where."""
        root = self._notebooks.root()
        if not files:
            return await self._notebooks.write_new(f"{FORKS_FOLDER}/{name}", copy)
        if root is None:
            raise BadInput(
                "no_files", "This server's files are no files on its disk: none can be brought."
            )
        above = f"shares/{quote(forked['id'], safe='')}/versions/{forked['version']}/files/"

        async def fetch(file: ForkedFile) -> bytes:
            return await self._service.fetch(above + quote(file.name))

        path = await write_copy(root / FORKS_FOLDER, name, copy, files, fetch)
        return f"{FORKS_FOLDER}/{path}"

    async def _own_share(self, remembered: Any) -> str | None:
        """Return the id of the user's share that a notebook remembers, if it is still there."""
        share_id = remembered.get("id") if isinstance(remembered, dict) else None
        if not isinstance(share_id, str) or not share_id:
            return None
        try:
            share = await self.get(share_id)
        except ServiceError as error:
            if error.status in {400, 403, 404, 410}:
                return None
            raise
        return share_id if share.get("owner") == self._user else None


def file_name(proposed: str) -> str:
    """Return a visible file name for a notebook, without any folders."""
    stem = PurePosixPath(proposed.replace("\\", "/").replace("\0", "")).name.lstrip(". ")
    stem = stem.removesuffix(".ipynb").rstrip(". ")[:120]
    return f"{stem or 'notebook'}.ipynb"
