"""Routes of the user's SQL sources."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import BadInput
from ..handlers import LodgeHandler

SQL = "lodge-sql"
DEFAULT_ROWS = 20
MAX_ROWS = 100


class _CatalogHandler(LodgeHandler):
    def fresh(self) -> bool:
        """Return whether the source is to be asked anew."""
        return bool(self.get_query_argument("refresh", "") == "true")


class SourcesHandler(_CatalogHandler):
    """The named sources."""

    auth_resource = SQL

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return them with type and description; never how they are reached."""
        await self.answer(self.cores.sql.sources(fresh=self.fresh()))


class TablesHandler(_CatalogHandler):
    """The tables of a source."""

    auth_resource = SQL

    @web.authenticated
    @authorized
    async def get(self, source: str) -> None:
        """Return tables and views."""
        await self.answer(self.cores.sql.tables(source, fresh=self.fresh()))


class ColumnsHandler(_CatalogHandler):
    """The columns of a table."""

    auth_resource = SQL

    @web.authenticated
    @authorized
    async def get(self, source: str, table: str) -> None:
        """Return them with their types."""
        await self.answer(self.cores.sql.columns(source, table, fresh=self.fresh()))


class PreviewHandler(_CatalogHandler):
    """The first rows of a table."""

    auth_resource = SQL

    @web.authenticated
    @authorized
    async def get(self, source: str, table: str) -> None:
        """Return them as text."""
        text = self.get_query_argument("limit", str(DEFAULT_ROWS))
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_ROWS:
            raise BadInput("bad_request", f"limit: a number from 1 to {MAX_ROWS} is wanted.")
        await self.answer(self.cores.sql.preview(source, table, int(text), fresh=self.fresh()))


# Names may hold anything; a slash comes as %2F, and is one again when a verb gets it.
ROUTES: list[tuple[str, type[web.RequestHandler]]] = [
    (r"lodge/api/sql/sources", SourcesHandler),
    (r"lodge/api/sql/sources/([^/]+)/tables", TablesHandler),
    (r"lodge/api/sql/sources/([^/]+)/tables/([^/]+)/columns", ColumnsHandler),
    (r"lodge/api/sql/sources/([^/]+)/tables/([^/]+)/preview", PreviewHandler),
]
