"""Routes of sharing, checking and forking."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from pydantic import Field
from tornado import web

from ..handlers import Body, LodgeHandler
from .fork import ForkHandler

SHARES = "lodge-shares"
NOTEBOOKS = "lodge-notebooks"


class Readers(Body):
    """Who may read a share."""

    everyone: bool = False
    groups: list[str] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)


class ShareRequest(Body):
    """A notebook to be shared."""

    path: str = Field(min_length=1, max_length=4096)
    title: str = Field(min_length=1)
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    readers: Readers | None = None
    files: list[str] | None = Field(None, max_length=200)


class SharesHandler(LodgeHandler):
    """Shares of this user's notebooks."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Share a notebook."""
        wanted = self.body(ShareRequest)
        readers = wanted.readers.model_dump() if wanted.readers else None
        await self.answer(
            self.cores.share.share(
                *(wanted.path, wanted.title, wanted.description, wanted.tags, readers),
                wanted.files,
            ),
            status=201,
        )


class ShareHandler(LodgeHandler):
    """One share."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self, share_id: str) -> None:
        """Return it."""
        await self.answer(self.cores.share.get(share_id))


class NoticesHandler(LodgeHandler):
    """What others have said to the user."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the comments that they have not seen."""
        await self.answer(self.cores.share.notices())


class CheckHandler(LodgeHandler):
    """What readers would stumble over."""

    auth_resource = NOTEBOOKS

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the cells that failed or never ran."""
        await self.answer(self.cores.share.check(self.required("path")))


class ChangesHandler(LodgeHandler):
    """What a notebook has changed since it was shared."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return how much."""
        await self.answer(self.cores.share.changes(self.required("path")))


class PageHandler(LodgeHandler):
    """The share that a notebook is."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return it, and in which wikis it is."""
        await self.answer(self.cores.share.page(self.required("path")))


class FilesHandler(LodgeHandler):
    """The files that a notebook may come with."""

    auth_resource = NOTEBOOKS

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return them."""
        await self.answer(self.cores.share.files(self.required("path")))


class FileHandler(LodgeHandler):
    """A file that somebody names by hand."""

    auth_resource = NOTEBOOKS

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return what it is."""
        await self.answer(self.cores.share.file(self.required("path"), self.required("name")))


class ParametersHandler(LodgeHandler):
    """The parameters that a notebook declares."""

    auth_resource = NOTEBOOKS

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return them."""
        await self.answer(self.cores.share.parameters(self.required("path")))


ROUTES: list[tuple[str, type[web.RequestHandler]]] = [
    (r"lodge/api/shares", SharesHandler),
    (r"lodge/api/shares/([\w-]+)", ShareHandler),
    (r"lodge/api/notices", NoticesHandler),
    (r"lodge/api/notebooks/check", CheckHandler),
    (r"lodge/api/notebooks/changes", ChangesHandler),
    (r"lodge/api/notebooks/page", PageHandler),
    (r"lodge/api/notebooks/files", FilesHandler),
    (r"lodge/api/notebooks/file", FileHandler),
    (r"lodge/api/notebooks/parameters", ParametersHandler),
    (r"lodge/fork", ForkHandler),
]
