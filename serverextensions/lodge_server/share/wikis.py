"""Routes of a share's pages in wikis."""

from __future__ import annotations

from typing import Literal

from jupyter_server.auth.decorator import authorized
from pydantic import Field
from tornado import web

from ..handlers import Body, LodgeHandler
from .handlers import SHARES


class PublicationRequest(Body):
    """Where in a wiki a share's page goes, and in which language its own sentences are."""

    parent: str = Field("", max_length=500)
    language: Literal["en", "zh"] = "en"


class WikisHandler(LodgeHandler):
    """The wikis that this user may publish to."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return them."""
        await self.answer(self.cores.share.wikis())


class ParentsHandler(LodgeHandler):
    """What a new page of a wiki can go below."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self, wiki: str) -> None:
        """Return it, of what begins as somebody has typed."""
        await self.answer(self.cores.share.parents(wiki, self.get_query_argument("begun", "")))


class PublicationsHandler(LodgeHandler):
    """A share's pages."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def get(self, share_id: str) -> None:
        """Return them."""
        await self.answer(self.cores.share.publications(share_id))


class PublicationHandler(LodgeHandler):
    """A share's page in one wiki."""

    auth_resource = SHARES

    @web.authenticated
    @authorized
    async def put(self, share_id: str, wiki: str) -> None:
        """Publish the share there, or bring its page up to date."""
        wanted = self.body(PublicationRequest)
        await self.answer(self.cores.share.publish(share_id, wiki, wanted.parent, wanted.language))


ROUTES: list[tuple[str, type[web.RequestHandler]]] = [
    (r"lodge/api/wikis", WikisHandler),
    (r"lodge/api/wikis/([\w-]+)/parents", ParentsHandler),
    (r"lodge/api/shares/([\w-]+)/wikis", PublicationsHandler),
    (r"lodge/api/shares/([\w-]+)/wikis/([\w-]+)", PublicationHandler),
]
